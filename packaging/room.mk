# What those need who make packages: debian/ for dpkg-buildpackage, recipes for Spack and Apptainer.
EXTRA_DIST += debian/changelog debian/control debian/convoy.docs debian/convoy.install debian/copyright \
	debian/libconvoy-dev.install debian/libconvoy-mpi0.install debian/libconvoy0.install debian/not-installed \
	debian/python3-convoy.install \
	debian/rules debian/source/format packaging/spack/package.py packaging/convoy.def

EXTRA_DIST += doc/man.awk

# Manual pages: one for each command that formats.md has a section of, convoy-job(5) and convoy-checkpoint(5).
man_sources = $(srcdir)/src/app/*.c $(srcdir)/doc/formats.md
man/stamp: doc/man.awk doc/formats.md $(convoy_SOURCES)
	$(AM_V_GEN)rm -rf man && $(MKDIR_P) man && page() { LC_ALL=C $(AWK) -v page="$$1" \
		-v version='$(PACKAGE_VERSION)' -f '$(srcdir)/doc/man.awk' $(man_sources); } && commands=`page list` && \
	for name in convoy $$commands job checkpoint; do \
		case $$name in job | checkpoint) file=convoy-$$name.5 ;; convoy) file=convoy.1 ;; \
		*) file=convoy-$$name.1 ;; esac; \
		page $$name >man/$$file || exit 1; \
	done && touch $@
all-local: man/stamp
install-man-pages: man/stamp
	@for page in man/*.[15]; do \
		folder='$(DESTDIR)$(mandir)'/man$${page##*.}; $(MKDIR_P) "$$folder" && \
		echo " $(INSTALL_DATA) $$page '$$folder'" && $(INSTALL_DATA) "$$page" "$$folder" || exit 1; \
	done
uninstall-man-pages: man/stamp
	@for page in man/*.[15]; do \
		rm -f '$(DESTDIR)$(mandir)'/man$${page##*.}/"$${page##*/}" || exit 1; \
	done
clean-man-pages:
	rm -rf man
install-data-local: install-man-pages
uninstall-local: uninstall-man-pages
clean-local: clean-man-pages
.PHONY: install-man-pages uninstall-man-pages clean-man-pages

# Completion of commands, options and files.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completion/bash/convoy
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = completion/zsh/_convoy

# The tutorial, which a test walks through, and the gallery of jobs.
dist_doc_DATA += doc/tutorial.md
dist_check_SCRIPTS += tests/tutorial.sh
