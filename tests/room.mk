# Tests speak TAP (cmocka prints it), under Automake's driver. What a test of a room links: the room and what lies below.
KERNEL_BELOW = $(KERNEL_ARCHIVES) libbase.a
STORE_BELOW = libstore.a libbase.a $(HDF5_LIBS) $(NETTLE_LIBS)
PICTURE_BELOW = libpicture.a libbase.a $(PNG_LIBS) $(JPEG_LIBS) $(TIFF_LIBS)
LAYER_BELOW = liblayer.a $(KERNEL_BELOW)
TASK_BELOW = libtask.a $(KERNEL_BELOW)
NET_BELOW = libnet.a libtask.a $(LAYER_BELOW)
DATA_BELOW = libdata.a libtask.a $(LAYER_BELOW) $(PICTURE_BELOW) $(STORE_BELOW) $(ZLIB_LIBS)
JOB_BELOW = libjob.a $(DATA_BELOW) $(YAML_LIBS)
COMM_BELOW = libcomm.a $(KERNEL_ARCHIVES) $(STORE_BELOW) $(MPI_LIBS)
TRAIN_ARCHIVES = libtrain.a libmodel.a libjob.a libnet.a libdata.a libtask.a liblayer.a libcomm.a libstore.a libpicture.a \
	$(KERNEL_BELOW) $(PNG_LIBS) $(JPEG_LIBS) $(TIFF_LIBS) $(YAML_LIBS) $(ZLIB_LIBS) $(HDF5_LIBS) $(NETTLE_LIBS)

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/tap.sh
# The wrapper that the modules were built with, if they were.
if HAVE_FORTRAN
TESTS_MPIFC = $(MPIFC)
endif
# Libraries for networks that are not here, which Open MPI would load, take longer to start than most tests to run.
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	: "$${OMPI_MCA_mtl=^ofi,psm,psm2}"; export OMPI_MCA_mtl; \
	CONVOY='$(abs_top_builddir)/convoy'; export CONVOY; MPIRUN='$(MPIRUN)'; export MPIRUN; \
	CC='$(CC)'; MPICC='$(MPICC)'; MPIFC='$(TESTS_MPIFC)'; BUILD='$(abs_top_builddir)'; export CC MPICC MPIFC BUILD; \
	OMPI_ALLOW_RUN_AS_ROOT=1; OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; OMPI_MCA_rmaps_base_oversubscribe=1; \
	PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe; export OMPI_ALLOW_RUN_AS_ROOT \
	OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe PRTE_MCA_rmaps_default_mapping_policy;
AM_TESTS_FD_REDIRECT =
TESTS = $(check_PROGRAMS) $(dist_check_SCRIPTS)
# Programs that tests run but that are none themselves: rooms list them here and in EXTRA_PROGRAMS.
test_helpers =
EXTRA_PROGRAMS =
check_DATA = $(test_helpers)
CLEANFILES += $(test_helpers)
EXTRA_DIST += tests/run.sh tests/systems.sh tests/common.sh tests/tap.sh tests/style.awk tests/hard_sentences
dist_check_SCRIPTS += tests/style.sh tests/style_fails.sh tests/docs.sh tests/docs_fails.sh tests/bench.sh tests/man.sh tests/completion.sh \
	tests/install.sh

# The programs that need no MPI: what a build with sanitizers runs.
SERIAL_ROOMS = base kernel store picture layer task net data job
check-serial:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS dist_check_SCRIPTS= \
		check_PROGRAMS='$(filter-out $(LEFT_OUT), $(filter $(SERIAL_ROOMS:%=tests/%/%), $(check_PROGRAMS)))'
# The same under valgrind, some minutes: memory that was never set, and what the sanitizers' own allocator hides. What
# starts its own program once more starts valgrind's there.
check-valgrind:
	$(MAKE) $(AM_MAKEFLAGS) check-serial LEFT_OUT='$(patsubst %,tests/data/test_%$(EXEEXT),hdf5 stream arrays refused)' \
		LOG_COMPILER='$(LOG_COMPILER) valgrind -q --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite'
# Their rooms have the others.
.PHONY: check-serial check-valgrind check-faults check-fuzz fuzz-build check-cluster check-faults-cluster check-onnx check-arm \
	check-browser

# Everything that is built for a test finds its helpers here.
test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -I$(top_srcdir)/tests

if HAVE_CMOCKA
include tests/base/room.mk
include tests/kernel/room.mk
include tests/store/room.mk
include tests/picture/room.mk
include tests/comm/room.mk
include tests/layer/room.mk
include tests/task/room.mk
include tests/net/room.mk
include tests/data/room.mk
include tests/job/room.mk
include tests/model/room.mk
include tests/onnx/room.mk
include tests/library/room.mk
include tests/python/room.mk
include tests/fortran/room.mk
include tests/train/room.mk
include tests/view/room.mk
include tests/app/room.mk
include tests/fuzz/room.mk
include tests/faults/room.mk
include tests/arm/room.mk
include tests/cluster/room.mk
endif
