noinst_LIBRARIES += libpicture.a
noinst_HEADERS += include/convoy/picture.h
libpicture_a_SOURCES = src/picture/canvas.c src/picture/glyphs.h src/picture/scale.c src/picture/grid.c \
	src/picture/colour.c src/picture/png.c src/picture/png_read.c src/picture/pnm.c src/picture/photo.c src/picture/picture.h \
	src/picture/format.c src/picture/fit.c
libpicture_a_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS)
