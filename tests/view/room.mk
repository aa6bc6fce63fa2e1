check_PROGRAMS += tests/view/test_view
tests_view_test_view_SOURCES = tests/view/test_view.c tests/train/jobs.h
tests_view_test_view_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_view_test_view_LDADD = libview.a $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
