noinst_LIBRARIES += libstore.a
noinst_HEADERS += include/convoy/store.h
libstore_a_SOURCES =
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(HDF5_CPPFLAGS) $(NETTLE_CFLAGS)
