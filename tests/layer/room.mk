# Tests of layer
check_PROGRAMS += tests/layer/test_connections tests/layer/test_plan tests/layer/test_passes tests/layer/test_sparsity
layer_test_files = tests/layer/layers.c tests/layer/layers.h tests/layer/specs.c tests/layer/specs.h $(kernel_test_files)
layer_test_libs = $(LAYER_BELOW) $(CMOCKA_LIBS) -lm

tests_layer_test_connections_SOURCES = tests/layer/test_connections.c $(kernel_test_files)
tests_layer_test_connections_CPPFLAGS = $(test_cppflags)
tests_layer_test_connections_LDADD = $(layer_test_libs)

tests_layer_test_plan_SOURCES = tests/layer/test_plan.c $(layer_test_files)
tests_layer_test_plan_CPPFLAGS = $(test_cppflags)
tests_layer_test_plan_LDADD = $(layer_test_libs)

tests_layer_test_passes_SOURCES = tests/layer/test_passes.c tests/layer/naive.c tests/layer/naive.h \
	$(layer_test_files)
tests_layer_test_passes_CPPFLAGS = $(test_cppflags)
tests_layer_test_passes_LDADD = $(layer_test_libs)

tests_layer_test_sparsity_SOURCES = tests/layer/test_sparsity.c $(layer_test_files)
tests_layer_test_sparsity_CPPFLAGS = $(test_cppflags)
tests_layer_test_sparsity_LDADD = $(layer_test_libs)

check_PROGRAMS += tests/layer/test_types
tests_layer_test_types_SOURCES = tests/layer/test_types.c $(layer_test_files)
tests_layer_test_types_CPPFLAGS = $(test_cppflags)
tests_layer_test_types_LDADD = $(layer_test_libs)

check_PROGRAMS += tests/layer/test_modes
tests_layer_test_modes_SOURCES = tests/layer/test_modes.c $(layer_test_files)
tests_layer_test_modes_CPPFLAGS = $(test_cppflags)
tests_layer_test_modes_LDADD = $(layer_test_libs)

check_PROGRAMS += tests/layer/test_folding
tests_layer_test_folding_SOURCES = tests/layer/test_folding.c $(layer_test_files)
tests_layer_test_folding_CPPFLAGS = $(test_cppflags)
tests_layer_test_folding_LDADD = $(layer_test_libs)

check_PROGRAMS += tests/layer/test_joins
tests_layer_test_joins_SOURCES = tests/layer/test_joins.c $(layer_test_files)
tests_layer_test_joins_CPPFLAGS = $(test_cppflags)
tests_layer_test_joins_LDADD = $(layer_test_libs)
