noinst_LIBRARIES += libdata.a
noinst_HEADERS += include/convoy/data.h
libdata_a_SOURCES =
libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
