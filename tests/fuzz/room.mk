# Fuzzing, by `make check-fuzz`, which `make check-faults` runs as well. The rooms that read files are compiled once more,
# with clang, libFuzzer and sanitizers; without these the script is skipped.
FUZZ_CC = clang
FUZZ_FLAGS = -std=gnu17 -O1 -g -ffp-contract=off -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -Wno-psabi
FUZZ_SECONDS = 30
fuzz_tests = tests/fuzz/fuzz.sh
fuzz_names = idx job header checkpoint picture jpeg tiff metrics hdf5 numpy onnx
fuzz_programs = $(fuzz_names:%=tests/fuzz/fuzz_%)
fuzz_rooms = $(foreach room, base store picture layer task net data job model train, $(lib$(room)_a_SOURCES)) \
	$(onnx_reading)
fuzz_objects = $(patsubst %.c, fuzz/%.o, $(filter %.c, $(fuzz_rooms)))
# Calls that files.c answers, and process.c.
fuzz_wraps = open fstat read pread close access \
	pipe fcntl poll posix_spawn_file_actions_adddup2 posix_spawn waitpid kill
EXTRA_DIST += $(fuzz_tests) tests/fuzz/files.c tests/fuzz/process.c tests/fuzz/files.h $(fuzz_names:%=tests/fuzz/%.c)
CLEANFILES += $(fuzz_tests:.sh=.log) $(fuzz_tests:.sh=.trs) $(fuzz_programs) fuzz/libfuzzed.a

EXTRA_PROGRAMS += tests/fuzz/seeds
tests_fuzz_seeds_SOURCES = tests/fuzz/seeds.c tests/faults/small.h tests/picture/png_files.c tests/picture/png_files.h \
	tests/picture/jpeg_files.c tests/picture/jpeg_files.h tests/picture/tiff_files.c tests/picture/tiff_files.h
tests_fuzz_seeds_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(ZLIB_CFLAGS) $(JPEG_CFLAGS) $(TIFF_CFLAGS)
tests_fuzz_seeds_LDADD = $(ONNX_ARCHIVES) $(TRAIN_ARCHIVES) $(MPI_LIBS) -lm

fuzz/%.o: $(srcdir)/%.c $(wildcard $(srcdir)/include/convoy/*.h $(srcdir)/src/*/*.h $(srcdir)/tests/fuzz/*.h)
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(FUZZ_CC) $(FUZZ_FLAGS) -I. $(AM_CPPFLAGS) -I$(srcdir)/src -I$(srcdir)/tests \
		$(HDF5_CPPFLAGS) $(NETTLE_CFLAGS) $(ZLIB_CFLAGS) $(YAML_CFLAGS) $(PNG_CFLAGS) $(JPEG_CFLAGS) $(TIFF_CFLAGS) $(MPI_CPPFLAGS) -c -o $@ $<
.PRECIOUS: fuzz/tests/fuzz/%.o
fuzz/libfuzzed.a: $(fuzz_objects) fuzz/tests/fuzz/files.o fuzz/tests/fuzz/process.o
	$(AM_V_AR)rm -f $@ && $(AR) $(ARFLAGS) $@ $^
# What is not fuzzed, arithmetic and messages, comes from the ordinary archives.
tests/fuzz/fuzz_%: fuzz/tests/fuzz/%.o fuzz/libfuzzed.a libcomm.a libkernel.a
	$(AM_V_CCLD)$(MKDIR_P) tests/fuzz && $(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer $(fuzz_wraps:%=-Wl,--wrap=%) -o $@ $< \
		-Wl,--start-group fuzz/libfuzzed.a libcomm.a $(KERNEL_ARCHIVES) -Wl,--end-group \
		$(PNG_LIBS) $(JPEG_LIBS) $(TIFF_LIBS) $(YAML_LIBS) $(ZLIB_LIBS) $(HDF5_LIBS) $(NETTLE_LIBS) $(MPI_LIBS) -lm

# Nothing is built, and the script skips itself, where FUZZ_CC cannot do it.
fuzz-build: all-am tests/fuzz/seeds$(EXEEXT)
	@if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(FUZZ_CC) -x c -fsanitize=fuzzer,address -o /dev/null - 2>/dev/null; \
	then $(MAKE) $(AM_MAKEFLAGS) $(fuzz_programs); fi
check-fuzz: fuzz-build
	FUZZ_SECONDS='$(FUZZ_SECONDS)' $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(fuzz_tests)'
