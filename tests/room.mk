# Tests speak TAP (cmocka prints it), under Automake's driver. What a test of a room links: the room and what lies below.
KERNEL_BELOW = $(KERNEL_ARCHIVES) libbase.a
STORE_BELOW = libstore.a libbase.a $(HDF5_LIBS) $(NETTLE_LIBS)
LAYER_BELOW = liblayer.a $(KERNEL_BELOW)
NET_BELOW = libnet.a $(LAYER_BELOW)
DATA_BELOW = libdata.a $(LAYER_BELOW) $(ZLIB_LIBS)
JOB_BELOW = libjob.a $(DATA_BELOW) $(YAML_LIBS)
COMM_BELOW = libcomm.a $(KERNEL_ARCHIVES) $(STORE_BELOW) $(MPI_LIBS)
TRAIN_ARCHIVES = libtrain.a libjob.a libnet.a libdata.a liblayer.a libcomm.a libstore.a $(KERNEL_BELOW) \
	$(YAML_LIBS) $(ZLIB_LIBS) $(HDF5_LIBS) $(NETTLE_LIBS)

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	CONVOY='$(abs_top_builddir)/convoy'; export CONVOY; MPIRUN='$(MPIRUN)'; export MPIRUN;
AM_TESTS_FD_REDIRECT =
TESTS = $(check_PROGRAMS) $(dist_check_SCRIPTS)
EXTRA_DIST += tests/run.sh
# Everything that is built for a test finds its helpers here.
test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -I$(top_srcdir)/tests

if HAVE_CMOCKA
include tests/base/room.mk
include tests/kernel/room.mk
include tests/store/room.mk
include tests/comm/room.mk
include tests/layer/room.mk
include tests/net/room.mk
include tests/data/room.mk
include tests/job/room.mk
include tests/train/room.mk
include tests/app/room.mk
endif
