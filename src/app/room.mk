convoy_SOURCES = src/app/app.c src/app/app.h src/app/bench.c src/app/check.c src/app/diff.c src/app/eval.c src/app/main.c \
	src/app/option.c src/app/progress.c src/app/pictures.c src/app/progress.h src/app/prune.c src/app/report.c src/app/show.c src/app/terminal.c src/app/train.c \
	src/app/verify.c src/app/watch.c src/app/watched.c src/app/watched.h src/app/worst.c src/app/worst.h
convoy_SOURCES += src/app/measures.c src/app/measures.h src/app/export.c
convoy_SOURCES += src/app/predict.c src/app/predicting.c src/app/predicting.h src/app/given.c src/app/given.h src/app/images.c \
	src/app/images.h src/app/reply.c src/app/reply.h src/app/answers.c src/app/answers.h src/app/predictions.c \
	src/app/predictions.h src/app/bar.c src/app/bar.h
convoy_SOURCES += src/app/import.c src/app/import_onnx.c src/app/dot.c src/app/sweep.c src/app/sweep_run.c src/app/sweeping.h
convoy_SOURCES += src/app/child.c src/app/child.h
convoy_LDADD = libview.a $(ONNX_ARCHIVES) $(TRAIN_ARCHIVES) $(MPI_LIBS) -lm
