# The schema's C code is made from the system's onnx.proto, for writing; reading needs none of it.
onnx_reading = src/onnx/proto.c src/onnx/proto.h src/onnx/read.c src/onnx/read.h src/onnx/tensors.c src/onnx/import.c \
	src/onnx/import.h src/onnx/values.c src/onnx/parts.c src/onnx/windows.c src/onnx/windows.h src/onnx/convolutions.c \
	src/onnx/pools.c src/onnx/products.c src/onnx/constants.c src/onnx/activations.c src/onnx/shapes.c src/onnx/wholes.c \
	src/onnx/operators.c src/onnx/result.c src/onnx/text.c src/onnx/confined.c
noinst_LIBRARIES += libonnx.a
noinst_HEADERS += include/convoy/onnx.h
EXTRA_DIST += src/onnx/none.c src/onnx/graph.c src/onnx/graph.h src/onnx/layers.c src/onnx/model.c
ONNX_ARCHIVES = libonnx.a
libonnx_a_CPPFLAGS = $(AM_CPPFLAGS) -Isrc/onnx $(PROTOBUF_C_CFLAGS)
if HAVE_ONNX
libonnx_a_SOURCES = $(onnx_reading) src/onnx/graph.c src/onnx/graph.h src/onnx/layers.c src/onnx/model.c
$(libonnx_a_OBJECTS): src/onnx/onnx.pb-c.h

noinst_LIBRARIES += libonnxschema.a
nodist_libonnxschema_a_SOURCES = src/onnx/onnx.pb-c.c
libonnxschema_a_CPPFLAGS = -Isrc/onnx $(PROTOBUF_C_CFLAGS)
libonnxschema_a_CFLAGS = -fPIC $(HARDENING_CFLAGS) $(SANITIZER_CFLAGS)
$(libonnxschema_a_OBJECTS): src/onnx/onnx.pb-c.h
ONNX_ARCHIVES += libonnxschema.a $(PROTOBUF_C_LIBS)

src/onnx/onnx.pb-c.h: src/onnx/onnx.pb-c.c
src/onnx/onnx.pb-c.c: $(ONNX_PROTO)
	$(AM_V_GEN)$(MKDIR_P) src/onnx && cp $(ONNX_PROTO) src/onnx/onnx.proto && chmod u+w src/onnx/onnx.proto && \
		$(PROTOC_C) --proto_path=src/onnx --c_out=src/onnx src/onnx/onnx.proto
CLEANFILES += src/onnx/onnx.proto src/onnx/onnx.pb-c.c src/onnx/onnx.pb-c.h
else
libonnx_a_SOURCES = $(onnx_reading) src/onnx/none.c
endif
