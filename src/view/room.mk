noinst_LIBRARIES += libview.a
noinst_HEADERS += include/convoy/view.h
libview_a_SOURCES = src/view/draw.c src/view/draw.h src/view/parameters.c src/view/samples.c
