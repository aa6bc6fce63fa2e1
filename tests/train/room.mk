# Tests of train
train_tests = tests/train/test_schedule tests/train/test_loss
check_PROGRAMS += $(train_tests)
train_test_cppflags = $(test_cppflags) -D_GNU_SOURCE
train_test_ldadd = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
tests_train_test_schedule_SOURCES = tests/train/test_schedule.c tests/train/jobs.h
tests_train_test_schedule_CPPFLAGS = $(train_test_cppflags)
tests_train_test_schedule_LDADD = $(train_test_ldadd)
tests_train_test_loss_SOURCES = tests/train/test_loss.c tests/train/jobs.h
tests_train_test_loss_CPPFLAGS = $(train_test_cppflags)
tests_train_test_loss_LDADD = $(train_test_ldadd)
