noinst_LIBRARIES += libnet.a
noinst_HEADERS += include/convoy/net.h src/net/net.h
libnet_a_SOURCES = src/net/net.c src/net/graph.c src/net/buffers.c src/net/pass.c src/net/curvature.c src/net/net64.c src/net/check.c
