# Tests of store
