# Tests of task
check_PROGRAMS += tests/task/test_auc
tests_task_test_auc_SOURCES = tests/task/test_auc.c $(kernel_test_files)
tests_task_test_auc_CPPFLAGS = $(test_cppflags)
tests_task_test_auc_LDADD = $(TASK_BELOW) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/task/test_loss
tests_task_test_loss_SOURCES = tests/task/test_loss.c $(kernel_test_files)
tests_task_test_loss_CPPFLAGS = $(test_cppflags)
tests_task_test_loss_LDADD = $(TASK_BELOW) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/task/test_block
tests_task_test_block_SOURCES = tests/task/test_block.c $(kernel_test_files)
tests_task_test_block_CPPFLAGS = $(test_cppflags)
tests_task_test_block_LDADD = $(TASK_BELOW) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/task/test_measures
tests_task_test_measures_SOURCES = tests/task/test_measures.c $(kernel_test_files)
tests_task_test_measures_CPPFLAGS = $(test_cppflags)
tests_task_test_measures_LDADD = $(TASK_BELOW) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/task/test_optimizer
tests_task_test_optimizer_SOURCES = tests/task/test_optimizer.c $(kernel_test_files)
tests_task_test_optimizer_CPPFLAGS = $(test_cppflags)
tests_task_test_optimizer_LDADD = $(TASK_BELOW) $(CMOCKA_LIBS) -lm
