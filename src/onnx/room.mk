# The schema's C code is made from the system's onnx.proto.
noinst_LIBRARIES += libonnx.a
noinst_HEADERS += include/convoy/onnx.h
EXTRA_DIST += src/onnx/none.c src/onnx/graph.c src/onnx/graph.h src/onnx/layers.c src/onnx/model.c
ONNX_ARCHIVES = libonnx.a
libonnx_a_CPPFLAGS = $(AM_CPPFLAGS) -Isrc/onnx $(PROTOBUF_C_CFLAGS)
if HAVE_ONNX
libonnx_a_SOURCES = src/onnx/graph.c src/onnx/graph.h src/onnx/layers.c src/onnx/model.c
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
libonnx_a_SOURCES = src/onnx/none.c
endif
