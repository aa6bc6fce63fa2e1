noinst_LIBRARIES += libmodel.a
noinst_HEADERS += include/convoy/model.h
libmodel_a_SOURCES = src/model/checkpoint.c src/model/member.c src/model/model.c src/model/pictures.c \
	src/model/confusion.c src/model/names.c src/model/state.c src/model/model.h src/model/test_set.c src/model/totals.c \
	src/model/predict.c src/model/start.c src/model/adopt.c
