# Tests of data
