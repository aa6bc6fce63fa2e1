# Tests of comm
