noinst_LIBRARIES += libpicture.a
noinst_HEADERS += include/convoy/picture.h
libpicture_a_SOURCES = src/picture/canvas.c src/picture/glyphs.h src/picture/scale.c src/picture/grid.c \
	src/picture/colour.c src/picture/png.c src/picture/png_read.c src/picture/pnm.c src/picture/photo.c \
	src/picture/format.c src/picture/fit.c src/picture/jpeg_read.c src/picture/tiff_read.c src/picture/tiff_samples.c src/picture/tiff.h \
	src/picture/turn.c src/picture/confined.c \
	src/picture/picture.h src/picture/serve.c src/picture/decode.h
libpicture_a_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS) $(JPEG_CFLAGS) $(TIFF_CFLAGS)
