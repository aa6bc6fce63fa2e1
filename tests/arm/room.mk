# The same bytes on AArch64, with a cross compiler and an emulator: not part of make check.
EXTRA_DIST += tests/arm/same.sh tests/arm/packages.sh
CLEANFILES += tests/arm/same.log tests/arm/same.trs
check-arm: all $(test_helpers)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='tests/arm/same.sh'
