# Tests of train
