# Tests of net
check_PROGRAMS += tests/net/test_net tests/net/test_pass tests/net/test_check tests/net/test_curvature \
	tests/net/test_frozen
net_test_files = tests/net/nets.c tests/net/nets.h $(layer_test_files)
net_test_libs = $(NET_BELOW) $(CMOCKA_LIBS) -lm

tests_net_test_net_SOURCES = tests/net/test_net.c $(net_test_files)
tests_net_test_net_CPPFLAGS = $(test_cppflags)
tests_net_test_net_LDADD = $(net_test_libs)

tests_net_test_pass_SOURCES = tests/net/test_pass.c $(net_test_files)
tests_net_test_pass_CPPFLAGS = $(test_cppflags)
tests_net_test_pass_LDADD = $(net_test_libs)

tests_net_test_check_SOURCES = tests/net/test_check.c $(net_test_files)
tests_net_test_check_CPPFLAGS = $(test_cppflags)
tests_net_test_check_LDADD = $(net_test_libs)

tests_net_test_curvature_SOURCES = tests/net/test_curvature.c $(net_test_files)
tests_net_test_curvature_CPPFLAGS = $(test_cppflags)
tests_net_test_curvature_LDADD = $(net_test_libs)

tests_net_test_frozen_SOURCES = tests/net/test_frozen.c $(net_test_files)
tests_net_test_frozen_CPPFLAGS = $(test_cppflags)
tests_net_test_frozen_LDADD = $(net_test_libs)

check_PROGRAMS += tests/net/test_graph
tests_net_test_graph_SOURCES = tests/net/test_graph.c $(net_test_files)
tests_net_test_graph_CPPFLAGS = $(test_cppflags)
tests_net_test_graph_LDADD = $(net_test_libs)
