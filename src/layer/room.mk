noinst_LIBRARIES += liblayer.a
noinst_HEADERS += include/convoy/layer.h
liblayer_a_SOURCES =
