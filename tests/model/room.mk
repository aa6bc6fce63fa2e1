check_PROGRAMS += tests/model/test_predict
tests_model_test_predict_SOURCES = tests/model/test_predict.c tests/train/jobs.h
tests_model_test_predict_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_model_test_predict_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/model/test_names
tests_model_test_names_SOURCES = tests/model/test_names.c tests/store/folder.h tests/train/jobs.h
tests_model_test_names_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_model_test_names_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/model/test_state
tests_model_test_state_SOURCES = tests/model/test_state.c tests/store/folder.h tests/train/jobs.h
tests_model_test_state_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_model_test_state_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/model/test_confusion
tests_model_test_confusion_SOURCES = tests/model/test_confusion.c
tests_model_test_confusion_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_model_test_confusion_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/model/test_totals
tests_model_test_totals_SOURCES = tests/model/test_totals.c tests/train/jobs.h
tests_model_test_totals_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_model_test_totals_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/model/test_start
tests_model_test_start_SOURCES = tests/model/test_start.c tests/store/folder.h tests/train/jobs.h
tests_model_test_start_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_model_test_start_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
