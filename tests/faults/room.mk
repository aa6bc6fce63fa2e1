# Tests with faults, by `make check-faults`: they take minutes. `make -j2 check-faults` runs two side by side.
# A script of faults_tests prints TAP; a result's name tells how many cases stand behind it. The long ones come first.
faults_tests = tests/faults/random.sh tests/faults/errors.sh tests/faults/memory.sh tests/faults/writers.sh tests/faults/stall.sh \
	tests/faults/errors_resumed.sh tests/faults/power.sh tests/faults/signals.sh tests/faults/algorithms.sh \
	tests/faults/node.sh tests/faults/kill.sh tests/faults/disk.sh tests/faults/flips.sh tests/faults/inputs.sh
faults_libraries = tests/faults/slow.so tests/faults/calls.so tests/faults/journal.so tests/faults/memory.so
faults_helpers = $(faults_libraries) $(faults_programs)
EXTRA_DIST += $(faults_tests) tests/faults/common.sh tests/faults/launch.sh tests/faults/mounts.sh $(faults_libraries:.so=.c)
CLEANFILES += $(faults_tests:.sh=.log) $(faults_tests:.sh=.trs)

faults_programs = tests/faults/flips tests/faults/replay
EXTRA_PROGRAMS += $(faults_programs)
tests_faults_flips_SOURCES = tests/faults/flips.c tests/faults/small.h
tests_faults_flips_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS) -lm
tests_faults_replay_SOURCES = tests/faults/replay.c tests/faults/journal.h

# Libraries for LD_PRELOAD, whose functions must be seen.
tests/faults/%.so: $(srcdir)/tests/faults/%.c
	$(AM_V_CC)$(MKDIR_P) tests/faults && $(CC) $(BASE_CFLAGS) $(WARNING_CFLAGS) $(CFLAGS) -fPIC -fvisibility=default -shared \
		-o $@ $< -ldl
CLEANFILES += $(faults_helpers)

check-faults: all-am fuzz-build $(faults_helpers) tests/job/test_errors$(EXEEXT) tests/train/test_load$(EXEEXT)
	FUZZ_SECONDS='$(FUZZ_SECONDS)' $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(fuzz_tests) $(faults_tests)'
