# The Python package, which reaches the installed libraries through ctypes: there is nothing to compile.
python_files = python/convoy/__init__.py python/convoy/_arrays.py python/convoy/_library.py python/convoy/_model.py \
	python/convoy/_run.py python/convoy/_trainer.py
EXTRA_DIST += $(python_files)
if HAVE_PYTHON
convoypackagedir = $(pythondir)/convoy
convoypackage_DATA = $(python_files)
# Python keeps what it has compiled beside the sources.
uninstall-python-places:
	rm -rf '$(DESTDIR)$(convoypackagedir)/__pycache__'
	-rmdir '$(DESTDIR)$(convoypackagedir)' 2>/dev/null
uninstall_places += uninstall-python-places
endif
