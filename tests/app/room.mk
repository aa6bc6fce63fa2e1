# Tests of app: what a user sees
dist_check_SCRIPTS += tests/app/cases.sh tests/app/outputs.sh tests/app/report.sh tests/app/streams.sh
dist_check_SCRIPTS += tests/app/predict.sh
dist_check_SCRIPTS += tests/app/import.sh
EXTRA_DIST += tests/app/common.sh tests/app/usage.cases tests/app/job.cases tests/app/data.cases \
	tests/app/checkpoint.cases
