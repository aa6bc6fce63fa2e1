# The installed libraries, used by programs of their own.
if HAVE_LIBRARIES
dist_check_SCRIPTS += tests/library/installed.sh
endif
EXTRA_DIST += tests/library/installed.sh tests/library/common.sh
# What convoy train does, by the library.
dist_check_SCRIPTS += tests/library/same.sh
test_helpers += tests/library/trains$(EXEEXT)
EXTRA_PROGRAMS += tests/library/trains
tests_library_trains_SOURCES = tests/library/trains.c
tests_library_trains_CPPFLAGS = $(test_cppflags) $(MPI_CPPFLAGS)
tests_library_trains_LDADD = libentriesmpi.a libentries.a $(TRAIN_ARCHIVES) $(MPI_LIBS) -lm
check_PROGRAMS += tests/library/test_trainer tests/library/test_predictor
tests_library_test_predictor_SOURCES = tests/library/test_predictor.c tests/store/folder.h tests/train/jobs.h
tests_library_test_predictor_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_library_test_predictor_LDADD = libentries.a $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
tests_library_test_trainer_SOURCES = tests/library/test_trainer.c tests/store/folder.h
tests_library_test_trainer_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE $(MPI_CPPFLAGS)
tests_library_test_trainer_LDADD = libentriesmpi.a libentries.a $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
