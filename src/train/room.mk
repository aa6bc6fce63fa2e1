noinst_LIBRARIES += libtrain.a
noinst_HEADERS += include/convoy/train.h
libtrain_a_SOURCES = src/train/areas.c src/train/arrays.c src/train/bench.c src/train/broadcast.c src/train/curvature.c \
	src/train/directory.c src/train/evaluate.c src/train/files.c src/train/metrics.c \
	src/train/metrics_read.c src/train/mixup.c src/train/doubts.c src/train/open.c src/train/run.c src/train/samples.c src/train/samples.h \
	src/train/schedule.c src/train/step.c src/train/stepper.c src/train/streamed.c src/train/tensors.c \
	src/train/train.h src/train/trainer.c src/train/update.c src/train/whole.c src/train/wishes.c src/train/workers.c

# What the ranks of a run compare instead of their programs, so that unlike machines can work together: a digest of the
# sources.
nodist_libtrain_a_SOURCES = src/train/sources.c
sources = $(sort $(wildcard $(top_srcdir)/include/convoy/*.h $(top_srcdir)/src/*/*.[ch]))
sources_written = $(filter-out %/sources.c %.pb-c.c %.pb-c.h %/report_page.h, $(sources))
src/train/sources.c: $(sources_written)
	$(AM_V_GEN)$(MKDIR_P) src/train && digest=$$(cat $(sources_written) | sha256sum) && \
		printf 'extern const char sources_digest[];\nconst char sources_digest[] = "%s";\n' "$${digest%% *}" >$@
CLEANFILES += src/train/sources.c
