# Pages for readers of the code and of the files; README.md stands in front of them.
dist_doc_DATA = doc/mathematics.md doc/formats.md doc/architecture.md doc/combinations.md doc/promises.md doc/platforms.md \
	doc/clusters.md doc/troubleshooting.md doc/ising.md doc/heat.md doc/fine-tuning.md doc/large-batches.md doc/python.md doc/fortran.md
dist_doc_DATA += doc/containers.md
dist_doc_DATA += README.md CONTRIBUTING.md COPYING
imagesdir = $(docdir)/images
dist_images_DATA = doc/images/kernels.png doc/images/maps.png doc/images/report.png doc/images/report-dark.png \
	doc/images/ising-phase.png doc/images/ising-spins.png doc/images/ising-temperature.png \
	doc/images/heat.png doc/images/heat-report.png doc/images/unet-heat.png
# The programs that make the data of examples: `make examples`. Tests build them too.
dist_examples_DATA += doc/examples/ising.c doc/examples/ising.f90 doc/examples/heat.c doc/examples/forward.py
example_programs = doc/examples/ising doc/examples/heat
EXTRA_PROGRAMS += $(example_programs)
CLEANFILES += $(example_programs)
check_DATA += $(example_programs)
doc_examples_ising_SOURCES = doc/examples/ising.c
doc_examples_ising_CPPFLAGS = $(HDF5_CPPFLAGS)
doc_examples_ising_LDADD = $(HDF5_LIBS) -lm
doc_examples_heat_SOURCES = doc/examples/heat.c
doc_examples_heat_CPPFLAGS = $(HDF5_CPPFLAGS)
doc_examples_heat_LDADD = $(HDF5_LIBS) -lm
examples: $(example_programs)
.PHONY: examples
dist_check_SCRIPTS += tests/examples.sh
# Installed, the documents lie in one folder, and the jobs in another.
install-documents-links:
	@$(edit_installed) && cd '$(DESTDIR)$(docdir)' && for page in *.md; do \
		edit "$$page" -e 's|](doc/|](|g' -e 's|="doc/images/|="images/|g' -e 's|](\.\./README|](README|g' \
			-e 's|](\(\.\./\)*jobs/|](../../$(PACKAGE)/|g' || exit 1; \
	done
uninstall-documents-links:
	@for folder in '$(DESTDIR)$(imagesdir)' '$(DESTDIR)$(examplesdir)' '$(DESTDIR)$(docdir)'; do \
		rmdir "$$folder" 2>/dev/null || :; \
	done
install_places += install-documents-links
uninstall_places += uninstall-documents-links
