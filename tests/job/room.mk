# Tests of job
