# Tests of layer
