noinst_LIBRARIES += libview.a
noinst_HEADERS += include/convoy/view.h
libview_a_SOURCES = src/view/answers.c src/view/class_maps.c src/view/fields.c src/view/graph.c src/view/inputs.c \
	src/view/labels.c src/view/panels.c src/view/plot.c src/view/values.c src/view/worst.c src/view/confusion.c src/view/draw.c src/view/gallery.c src/view/html.c \
	src/view/view.h src/view/parameters.c src/view/page.c src/view/report.c src/view/run.c src/view/samples.c src/view/sheet.c src/view/strongest.c src/view/tables.c
libview_a_SOURCES += src/view/sweep.c src/view/sweep.h src/view/sweep_plots.c src/view/trials.c src/view/span.c src/view/span.h
libview_a_CPPFLAGS = $(AM_CPPFLAGS) -Isrc/view

# What a report's page looks like and does stands in files of its own kind; the compiler gets their lines as texts.
page_names = src/view/report.css src/view/report.js src/view/sweep.css src/view/sweep.js
EXTRA_DIST += src/view/embed.awk $(page_names)
CLEANFILES += src/view/report_page.h
src/view/report_page.h: src/view/embed.awk $(page_names)
	$(AM_V_GEN)$(MKDIR_P) src/view && LC_ALL=C $(AWK) -f $(srcdir)/src/view/embed.awk $(page_names:%=$(srcdir)/%) >$@.new && mv $@.new $@
src/view/libview_a-page.$(OBJEXT): src/view/report_page.h
