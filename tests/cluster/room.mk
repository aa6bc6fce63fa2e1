# Tests of clusters, for `make check-cluster` only: the batch scripts against stubs, two hosts, and a Slurm of their own.
cluster_tests = tests/cluster/hosts.sh tests/cluster/slurm.sh tests/cluster/scripts.sh
EXTRA_DIST += $(cluster_tests) tests/cluster/alone.sh tests/cluster/common.sh \
	tests/cluster/stub.sh tests/cluster/slurm.conf.in
CLEANFILES += $(cluster_tests:.sh=.log) $(cluster_tests:.sh=.trs)
check-cluster: all $(test_helpers)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(cluster_tests)'
# Both at once: these wait for most of their time, those compute.
check-faults-cluster: all $(test_helpers)
	$(MAKE) $(AM_MAKEFLAGS) check-faults faults_tests='$(cluster_tests) $(faults_tests)'
