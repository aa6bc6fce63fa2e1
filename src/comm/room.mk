noinst_LIBRARIES += libcomm.a
noinst_HEADERS += include/convoy/comm.h
libcomm_a_SOURCES = src/comm/comm.c src/comm/message.c src/comm/agree.c src/comm/broadcast.c src/comm/collect.c src/comm/same.c \
	src/comm/progress.c src/comm/watchdog.c src/comm/board.c src/comm/node.c src/comm/shared.c src/comm/cores.c src/comm/others.c \
	src/comm/sum.c src/comm/pieces.c src/comm/reduce.c src/comm/form.c src/comm/exchange.c src/comm/exponent.c \
	src/comm/comm.h src/comm/watchdog.h src/comm/form.h src/comm/exchange.h src/comm/exponent.h
libcomm_a_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CPPFLAGS)
