# Tests of net
