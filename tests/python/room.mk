# The Python package as it is installed, and its page.
if HAVE_LIBRARIES
dist_check_SCRIPTS += tests/python/package.sh
endif
EXTRA_DIST += tests/python/package.sh tests/python/conftest.py tests/python/test_header.py tests/python/test_model.py \
	tests/python/test_run.py tests/python/test_trainer.py
