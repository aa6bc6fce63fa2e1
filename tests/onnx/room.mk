if HAVE_ONNX
check_PROGRAMS += tests/onnx/test_onnx tests/onnx/test_import tests/onnx/test_refused
endif
EXTRA_PROGRAMS += tests/onnx/test_onnx tests/onnx/test_import tests/onnx/test_refused
tests_onnx_test_onnx_SOURCES = tests/onnx/test_onnx.c tests/onnx/wire.c tests/onnx/wire.h tests/onnx/operators.c \
	tests/onnx/operators.h tests/onnx/networks.c tests/onnx/networks.h tests/train/jobs.h
tests_onnx_test_onnx_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_onnx_test_onnx_LDADD = $(ONNX_ARCHIVES) $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
tests_onnx_test_import_SOURCES = tests/onnx/test_import.c tests/onnx/build.c tests/onnx/build.h tests/onnx/networks.c \
	tests/onnx/networks.h tests/train/jobs.h
tests_onnx_test_import_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_onnx_test_import_LDADD = $(ONNX_ARCHIVES) $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
tests_onnx_test_refused_SOURCES = tests/onnx/test_refused.c tests/onnx/build.c tests/onnx/build.h tests/onnx/networks.c \
	tests/onnx/networks.h tests/train/jobs.h
tests_onnx_test_refused_CPPFLAGS = $(test_cppflags) -D_GNU_SOURCE
tests_onnx_test_refused_LDADD = $(ONNX_ARCHIVES) $(TRAIN_ARCHIVES) $(MPI_LIBS) $(CMOCKA_LIBS) -lm
dist_check_SCRIPTS += tests/onnx/pytorch.sh
EXTRA_DIST += tests/onnx/pytorch.py
EXTRA_DIST += tests/onnx/activations.yaml tests/onnx/every.yaml tests/onnx/outputs.yaml tests/onnx/branches.yaml tests/onnx/compare.js \
	tests/onnx/arrays.js \
	tests/onnx/npy.js tests/onnx/tasks.js

# Exported networks in onnxruntime, which npm brings: not part of make check.
EXTRA_DIST += tests/onnx/runtime.sh
CLEANFILES += tests/onnx/runtime.log tests/onnx/runtime.trs
check-onnx: convoy$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='tests/onnx/runtime.sh'
