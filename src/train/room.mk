noinst_LIBRARIES += libtrain.a
noinst_HEADERS += include/convoy/train.h
libtrain_a_SOURCES =
