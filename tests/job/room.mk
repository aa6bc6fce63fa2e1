# Tests of job
job_tests = tests/job/test_parse tests/job/test_errors tests/job/test_edit tests/job/test_text tests/job/test_mutations \
	tests/job/test_keys tests/job/test_space
check_PROGRAMS += $(job_tests)
job_test_cppflags = $(test_cppflags) -DJOBS='"$(abs_top_srcdir)/jobs/"'
job_test_libraries = $(JOB_BELOW) $(CMOCKA_LIBS) -lm
tests_job_test_parse_SOURCES = tests/job/test_parse.c tests/job/text.h tests/layer/specs.c tests/layer/specs.h
tests_job_test_parse_CPPFLAGS = $(job_test_cppflags)
tests_job_test_parse_LDADD = $(job_test_libraries)
tests_job_test_errors_SOURCES = tests/job/test_errors.c tests/job/text.h
tests_job_test_errors_CPPFLAGS = $(job_test_cppflags)
tests_job_test_errors_LDADD = $(job_test_libraries)
tests_job_test_edit_SOURCES = tests/job/test_edit.c tests/job/text.h
tests_job_test_edit_CPPFLAGS = $(job_test_cppflags)
tests_job_test_edit_LDADD = $(job_test_libraries)
tests_job_test_text_SOURCES = tests/job/test_text.c tests/job/text.h tests/layer/specs.c tests/layer/specs.h
tests_job_test_text_CPPFLAGS = $(job_test_cppflags)
tests_job_test_text_LDADD = $(job_test_libraries)
tests_job_test_mutations_SOURCES = tests/job/test_mutations.c tests/job/text.h
tests_job_test_mutations_CPPFLAGS = $(job_test_cppflags)
tests_job_test_mutations_LDADD = $(job_test_libraries)
tests_job_test_keys_SOURCES = tests/job/test_keys.c tests/job/text.h
tests_job_test_keys_CPPFLAGS = $(job_test_cppflags)
tests_job_test_keys_LDADD = $(job_test_libraries)
tests_job_test_space_SOURCES = tests/job/test_space.c tests/job/text.h tests/store/folder.h
tests_job_test_space_CPPFLAGS = $(job_test_cppflags) -D_GNU_SOURCE
tests_job_test_space_LDADD = $(job_test_libraries)
