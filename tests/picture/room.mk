dist_check_SCRIPTS += tests/picture/pil.sh tests/picture/jpeg.sh tests/picture/tiff.sh
check_PROGRAMS += tests/picture/test_canvas tests/picture/test_photo
tests_picture_test_canvas_SOURCES = tests/picture/test_canvas.c
tests_picture_test_canvas_CPPFLAGS = $(test_cppflags)
tests_picture_test_canvas_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) -lm
tests_picture_test_photo_SOURCES = tests/picture/test_photo.c
tests_picture_test_photo_CPPFLAGS = $(test_cppflags)
tests_picture_test_photo_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/picture/test_png
tests_picture_test_png_SOURCES = tests/picture/test_png.c tests/picture/png_files.c tests/picture/png_files.h
tests_picture_test_png_CPPFLAGS = $(test_cppflags) $(ZLIB_CFLAGS)
tests_picture_test_png_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) $(ZLIB_LIBS) -lm
check_PROGRAMS += tests/picture/test_jpeg
tests_picture_test_jpeg_SOURCES = tests/picture/test_jpeg.c tests/picture/jpeg_files.c tests/picture/jpeg_files.h \
	tests/picture/folder.c tests/picture/folder.h
tests_picture_test_jpeg_CPPFLAGS = $(test_cppflags) $(JPEG_CFLAGS)
tests_picture_test_jpeg_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/picture/test_tiff
tests_picture_test_tiff_SOURCES = tests/picture/test_tiff.c tests/picture/tiff_files.c tests/picture/tiff_files.h \
	tests/picture/folder.c tests/picture/folder.h
tests_picture_test_tiff_CPPFLAGS = $(test_cppflags) $(TIFF_CFLAGS)
tests_picture_test_tiff_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) -lm
