noinst_LIBRARIES += libbase.a
noinst_HEADERS += include/convoy/base.h
libbase_a_SOURCES = src/base/err.c src/base/memory.c src/base/random.c src/base/clock.c src/base/process.c src/base/threads.c \
	src/base/suggestion.c src/base/key.c src/base/json.c src/base/text.c
