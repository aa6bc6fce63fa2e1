# The modules for Fortran: a small static library, since names in objects are the compiler's own. Modules are the
# compiler's too: the sources are installed beside them, also where no compiler was found.
fortrandir = $(libdir)/convoy
dist_fortran_DATA = fortran/basics.f90 fortran/models.f90 fortran/predictors.f90 fortran/samples.f90 fortran/training.f90 \
	fortran/convoy.f90
if HAVE_FORTRAN
fortran_objects = fortran/basics.o fortran/models.o fortran/predictors.o fortran/samples.o fortran/training.o \
	fortran/convoy.o
fortran_modules = fortran/convoy_basics.mod fortran/convoy_models.mod fortran/convoy_predictions.mod \
	fortran/convoy_sets.mod fortran/convoy_training.mod fortran/convoy.mod
lib_LIBRARIES = libconvoy-fortran.a
libconvoy_fortran_a_SOURCES =
libconvoy_fortran_a_LIBADD = $(fortran_objects)
nodist_fortran_DATA = $(fortran_modules)
pkgconfig_DATA += fortran/convoy-fortran.pc
CLEANFILES += $(fortran_objects) $(fortran_modules) fortran/stamp
# Each source uses the modules of those before it. Compilers leave modules in the folder they run in.
fortran/stamp: $(dist_fortran_DATA)
	$(AM_V_GEN)$(MKDIR_P) fortran && cd fortran && for source in $(dist_fortran_DATA); do \
		$(MPIFC) $(FORTRAN_FLAGS) $(FCFLAGS) -c '$(abs_top_srcdir)'/$$source || exit 1; \
	done && touch stamp
$(fortran_objects) $(fortran_modules): fortran/stamp
	@touch $@
endif
# The folder of the modules is convoy's own.
uninstall-fortran-places:
	-rmdir '$(DESTDIR)$(fortrandir)' 2>/dev/null
uninstall_places += uninstall-fortran-places
