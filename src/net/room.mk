noinst_LIBRARIES += libnet.a
noinst_HEADERS += include/convoy/net.h
libnet_a_SOURCES =
