check_PROGRAMS += tests/base/test_base
tests_base_test_base_SOURCES = tests/base/test_base.c
tests_base_test_base_CPPFLAGS = $(test_cppflags)
tests_base_test_base_LDADD = libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += tests/base/test_text
tests_base_test_text_SOURCES = tests/base/test_text.c
tests_base_test_text_CPPFLAGS = $(test_cppflags)
tests_base_test_text_LDADD = libbase.a $(CMOCKA_LIBS)
