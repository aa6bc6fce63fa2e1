convoy_SOURCES = src/app/main.c
convoy_LDADD = $(TRAIN_ARCHIVES) $(MPI_LIBS)
