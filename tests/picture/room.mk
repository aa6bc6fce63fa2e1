check_PROGRAMS += tests/picture/test_canvas tests/picture/test_photo
tests_picture_test_canvas_SOURCES = tests/picture/test_canvas.c
tests_picture_test_canvas_CPPFLAGS = $(test_cppflags)
tests_picture_test_canvas_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) -lm
tests_picture_test_photo_SOURCES = tests/picture/test_photo.c
tests_picture_test_photo_CPPFLAGS = $(test_cppflags)
tests_picture_test_photo_LDADD = $(PICTURE_BELOW) $(CMOCKA_LIBS) -lm
