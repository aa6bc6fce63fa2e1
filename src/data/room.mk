noinst_LIBRARIES += libdata.a
noinst_HEADERS += include/convoy/data.h
libdata_a_SOURCES = src/data/dataset.c src/data/idx.c src/data/idx_names.c src/data/cifar10.c src/data/cifar100.c src/data/input.c \
	src/data/normalize.c src/data/moments.c src/data/order.c src/data/batch.c src/data/distort.c src/data/hdf5.c \
	src/data/inputs.c src/data/pieces.c src/data/pieces.h src/data/import.c src/data/import_arrays.c \
	src/data/source.h src/data/folders.c src/data/folders_parts.c src/data/folders_pages.c src/data/folders_labels.c src/data/folders_read.c src/data/folders_ahead.c src/data/folders.h \
	src/data/listing.c src/data/identity.c src/data/names.c src/data/elements.c src/data/check.c src/data/convert.c \
	src/data/numpy.c src/data/open.c src/data/plain.c src/data/stream.c src/data/stream.h src/data/scan.c \
	src/data/split.c src/data/input.h src/data/data.h src/data/distort.h
libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
