# Tests of train
train_tests = tests/train/test_schedule tests/train/test_loss tests/train/test_checkpoint tests/train/test_load \
	tests/train/test_directory tests/train/test_metrics tests/train/test_samples tests/train/test_update \
	tests/train/test_extremes tests/train/test_penalty tests/train/test_weights tests/train/test_run tests/train/test_resume \
	tests/train/test_doubts tests/train/test_frozen tests/train/test_changed tests/train/test_maps \
	tests/train/test_trust tests/train/test_mixup tests/train/test_done
check_PROGRAMS += $(train_tests)
train_test_cppflags = $(test_cppflags) -D_GNU_SOURCE
train_test_ldadd = $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
train_test_folder = tests/store/folder.h tests/train/jobs.h
train_test_run = tests/train/run.h tests/comm/open.h tests/train/data.c tests/train/data.h $(train_test_folder)
tests_train_test_schedule_SOURCES = tests/train/test_schedule.c tests/train/jobs.h
tests_train_test_schedule_CPPFLAGS = $(train_test_cppflags)
tests_train_test_schedule_LDADD = $(train_test_ldadd)
tests_train_test_mixup_SOURCES = tests/train/test_mixup.c
tests_train_test_mixup_CPPFLAGS = $(train_test_cppflags)
tests_train_test_mixup_LDADD = $(train_test_ldadd)
tests_train_test_done_SOURCES = tests/train/test_done.c $(train_test_run)
tests_train_test_done_CPPFLAGS = $(train_test_cppflags)
tests_train_test_done_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sum_add -Wl,--wrap=sum_done
tests_train_test_done_LDADD = $(train_test_ldadd)
tests_train_test_loss_SOURCES = tests/train/test_loss.c tests/train/jobs.h
tests_train_test_loss_CPPFLAGS = $(train_test_cppflags)
tests_train_test_loss_LDADD = $(train_test_ldadd)
tests_train_test_checkpoint_SOURCES = tests/train/test_checkpoint.c $(train_test_folder)
tests_train_test_checkpoint_CPPFLAGS = $(train_test_cppflags)
tests_train_test_checkpoint_LDADD = $(train_test_ldadd)
tests_train_test_load_SOURCES = tests/train/test_load.c $(train_test_folder)
tests_train_test_load_CPPFLAGS = $(train_test_cppflags)
tests_train_test_load_LDADD = $(train_test_ldadd)
tests_train_test_directory_SOURCES = tests/train/test_directory.c $(train_test_folder)
tests_train_test_directory_CPPFLAGS = $(train_test_cppflags)
tests_train_test_directory_LDADD = $(train_test_ldadd)
tests_train_test_metrics_SOURCES = tests/train/test_metrics.c tests/store/folder.h
tests_train_test_metrics_CPPFLAGS = $(train_test_cppflags)
tests_train_test_metrics_LDADD = $(train_test_ldadd)
tests_train_test_samples_SOURCES = tests/train/test_samples.c $(train_test_run)
tests_train_test_samples_CPPFLAGS = $(train_test_cppflags)
tests_train_test_samples_LDADD = $(train_test_ldadd)
tests_train_test_update_SOURCES = tests/train/test_update.c tests/train/naive.h $(train_test_run)
tests_train_test_update_CPPFLAGS = $(train_test_cppflags)
tests_train_test_update_LDADD = $(train_test_ldadd)
tests_train_test_changed_SOURCES = tests/train/test_changed.c $(train_test_run)
tests_train_test_changed_CPPFLAGS = $(train_test_cppflags)
tests_train_test_changed_LDADD = $(train_test_ldadd)
tests_train_test_frozen_SOURCES = tests/train/test_frozen.c $(train_test_run)
tests_train_test_frozen_CPPFLAGS = $(train_test_cppflags)
tests_train_test_frozen_LDADD = $(train_test_ldadd)
tests_train_test_doubts_SOURCES = tests/train/test_doubts.c tests/train/jobs.h
tests_train_test_doubts_CPPFLAGS = $(train_test_cppflags)
tests_train_test_doubts_LDADD = $(train_test_ldadd)
tests_train_test_extremes_SOURCES = tests/train/test_extremes.c tests/train/jobs.h
tests_train_test_extremes_CPPFLAGS = $(train_test_cppflags)
tests_train_test_extremes_LDADD = $(train_test_ldadd)
tests_train_test_trust_SOURCES = tests/train/test_trust.c tests/train/jobs.h
tests_train_test_trust_CPPFLAGS = $(train_test_cppflags)
tests_train_test_trust_LDADD = $(train_test_ldadd)
tests_train_test_run_SOURCES = tests/train/test_run.c tests/train/watch.h $(train_test_run)
tests_train_test_run_CPPFLAGS = $(train_test_cppflags)
tests_train_test_run_LDADD = $(train_test_ldadd)
tests_train_test_maps_SOURCES = tests/train/test_maps.c $(train_test_run)
tests_train_test_maps_CPPFLAGS = $(train_test_cppflags)
tests_train_test_maps_LDADD = $(train_test_ldadd)
tests_train_test_weights_SOURCES = tests/train/test_weights.c $(train_test_run)
tests_train_test_weights_CPPFLAGS = $(train_test_cppflags)
tests_train_test_weights_LDADD = $(train_test_ldadd)
tests_train_test_penalty_SOURCES = tests/train/test_penalty.c $(train_test_run)
tests_train_test_penalty_CPPFLAGS = $(train_test_cppflags)
tests_train_test_penalty_LDADD = $(train_test_ldadd)
tests_train_test_resume_SOURCES = tests/train/test_resume.c tests/train/watch.h $(train_test_run)
tests_train_test_resume_CPPFLAGS = $(train_test_cppflags)
tests_train_test_resume_LDADD = $(train_test_ldadd)
# Shell tests; make_data writes their data set.
test_helpers += tests/train/make_data$(EXEEXT)
EXTRA_PROGRAMS += tests/train/make_data
tests_train_make_data_SOURCES = tests/train/make_data.c tests/train/data.c tests/train/data.h
tests_train_make_data_CPPFLAGS = $(train_test_cppflags)
tests_train_make_data_LDADD = libbase.a
test_helpers += tests/train/make_type$(EXEEXT)
EXTRA_PROGRAMS += tests/train/make_type
tests_train_make_type_SOURCES = tests/train/make_type.c tests/data/npy.h
tests_train_make_type_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_train_make_type_LDADD = $(HDF5_LIBS)
test_helpers += tests/train/drift$(EXEEXT)
EXTRA_PROGRAMS += tests/train/drift
tests_train_drift_SOURCES = tests/train/drift.c
tests_train_drift_CPPFLAGS = $(train_test_cppflags)
tests_train_drift_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) -lm
dist_check_SCRIPTS += tests/train/ranks.sh tests/train/threads.sh tests/train/resume.sh tests/train/signals.sh tests/train/learns.sh \
	tests/train/published.sh
EXTRA_DIST += tests/train/common.sh tests/train/launch.sh tests/train/lenet.yaml tests/train/combine.yaml tests/train/pool.yaml \
	tests/train/distort.yaml tests/train/scale.yaml tests/train/frozen.yaml tests/train/start.yaml tests/train/branch.yaml \
	tests/train/lars.yaml tests/train/lamb.yaml tests/train/activate.yaml tests/train/mixup.yaml \
	tests/train/geometry.yaml tests/train/wide.yaml tests/train/running.yaml
dist_check_SCRIPTS += tests/train/stream.sh tests/train/classes.sh tests/train/weights.sh tests/train/types.sh tests/train/parts.sh
dist_check_SCRIPTS += tests/train/values.sh tests/train/bound.sh
dist_check_SCRIPTS += tests/train/maps.sh tests/train/start.sh tests/train/changed.sh
test_helpers += tests/train/make_values$(EXEEXT)
EXTRA_PROGRAMS += tests/train/make_values
tests_train_make_values_SOURCES = tests/train/make_values.c
tests_train_make_values_CPPFLAGS = $(test_cppflags) $(HDF5_CPPFLAGS)
tests_train_make_values_LDADD = libbase.a $(HDF5_LIBS)
