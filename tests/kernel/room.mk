# Tests of kernel
