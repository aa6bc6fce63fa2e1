# What a person launches. The job files are installed as examples, with the scripts for clusters.
EXTRA_DIST += jobs/quickstart.sh jobs/setup.sh
dist_pkgdata_SCRIPTS = jobs/launch.sh jobs/slurm.sbatch jobs/slurm-array.sbatch jobs/pbs.sh jobs/lsf.sh
dist_pkgdata_DATA = jobs/batch.sh jobs/lenet5-fashion.yaml jobs/lenet5-fashion-fast.yaml \
	jobs/lenet5-fashion-best.yaml jobs/lenet5-full-fashion.yaml jobs/lenet5-sigmoid-fashion.yaml jobs/combination-fashion.yaml \
	jobs/small-fashion.yaml jobs/source-layers-fashion.yaml jobs/batch-norm-fashion.yaml \
	jobs/vgg-small.yaml
dist_pkgdata_DATA += jobs/pictures.yaml jobs/ising-phase.yaml jobs/ising-temperature.yaml jobs/heat.yaml \
	jobs/unet-heat.yaml jobs/resnet20-fashion.yaml
# The studies of doc/combinations.md and doc/large-batches.md.
studydir = $(pkgdatadir)/study
dist_study_SCRIPTS = jobs/study/run.sh jobs/study/batches.sh
dist_study_DATA = jobs/study/table.yaml jobs/study/full.yaml jobs/study/random-1.yaml jobs/study/random-2.yaml \
	jobs/study/random-3.yaml jobs/study/shared.yaml jobs/study/pairs.yaml jobs/study/batches.yaml
EXTRA_DIST += bench/README.md bench/compare.sh bench/pytorch.py bench/ising.py bench/scaling.sh \
	bench/simulate.sh bench/simulate.c bench/simulate.h bench/exchange.c bench/platforms/ethernet-10.xml \
	bench/platforms/ethernet-25.xml bench/platforms/infiniband-hdr.xml
# The gallery, whose links lead to the documents; the scripts learn where batch.sh is. `edit FILE SED…` keeps a file's mode.
dist_pkgdata_DATA += jobs/README.md
edit_installed = edit() { file=$$1 && shift && sed "$$@" "$$file" >"$$file.new" && cat "$$file.new" >"$$file" && \
	rm -f "$$file.new"; }
install-scripts-places:
	@$(edit_installed) && cd '$(DESTDIR)$(pkgdatadir)' && \
	edit README.md -e 's|](\.\./doc/|](../doc/$(PACKAGE)/|g' -e 's|](\.\./README|](../doc/$(PACKAGE)/README|g' && \
	for script in slurm.sbatch slurm-array.sbatch launch.sh pbs.sh lsf.sh; do \
		edit $$script -e 's|^share=[^ ]* |share="$(pkgdatadir)" |' || exit 1; \
	done
uninstall-scripts-places:
	@for folder in '$(DESTDIR)$(studydir)' '$(DESTDIR)$(pkgdatadir)'; do rmdir "$$folder" 2>/dev/null || :; done
install_places += install-scripts-places
uninstall_places += uninstall-scripts-places
