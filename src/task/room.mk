noinst_LIBRARIES += libtask.a
noinst_HEADERS += include/convoy/task.h
libtask_a_SOURCES = src/task/auc.c src/task/block.c src/task/loss.c src/task/measure.c src/task/optimizer.c \
	src/task/targets.c
