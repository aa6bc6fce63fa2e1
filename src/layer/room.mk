noinst_LIBRARIES += liblayer.a
noinst_HEADERS += include/convoy/layer.h
liblayer_a_SOURCES = src/layer/layer.c src/layer/layer.h src/layer/affine.c src/layer/affine.h src/layer/connections.c src/layer/convolution.c \
	src/layer/convolution.h src/layer/correlator.c src/layer/correlator.h src/layer/full.c src/layer/join.c src/layer/windows.c src/layer/combination.c \
	src/layer/combination.h src/layer/combination64.c src/layer/combination_curve.c src/layer/dropout.c \
	src/layer/batch_norm.c src/layer/outline.c src/layer/scale.c src/layer/sparsity.c src/layer/tensor.c \
	src/layer/upsampling.c
