# Tests of app: what a user sees
dist_check_SCRIPTS += tests/app/cases.sh tests/app/outputs.sh tests/app/report.sh tests/app/streams.sh
dist_check_SCRIPTS += tests/app/export.sh tests/app/predict.sh tests/app/predict_ranks.sh tests/app/answers.sh
dist_check_SCRIPTS += tests/app/import.sh tests/app/photos.sh tests/app/labels.sh tests/app/identity.sh tests/app/import_onnx.sh tests/app/bands.sh \
	tests/app/forward.sh tests/app/terminal.sh
EXTRA_DIST += tests/app/common.sh tests/app/usage.cases tests/app/job.cases tests/app/data.cases \
	tests/app/checkpoint.cases

# Follows runs from outside.
dist_check_SCRIPTS += tests/app/watch.sh

# Sweeps.
dist_check_SCRIPTS += tests/app/sweep.sh tests/app/sweep_report.sh

# Tasks of launchers.
dist_check_SCRIPTS += tests/app/tasks.sh

# Reports in Chromium, where there is one: by `make check-browser`.
EXTRA_DIST += tests/app/browser.sh
CLEANFILES += tests/app/browser.log tests/app/browser.trs
check-browser: all
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS=tests/app/browser.sh
