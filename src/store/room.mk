noinst_LIBRARIES += libstore.a
noinst_HEADERS += include/convoy/store.h
libstore_a_SOURCES = src/store/store.h src/store/content.h src/store/base64.c src/store/digest.c src/store/read.c src/store/write.c \
	src/store/directory.c src/store/header.c src/store/store.c src/store/attribute.c src/store/open.c \
	src/store/array.c src/store/names.c src/store/walk.c src/store/samples.c src/store/checksum.c src/store/csv.c src/store/rows.c src/store/driver.c src/store/serve.c src/store/index.c \
	src/store/seek.c src/store/number.c src/store/places.c src/store/run.c src/store/numpy.c
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(HDF5_CPPFLAGS) $(NETTLE_CFLAGS)
