# What a person launches. The job files are installed as examples, with the scripts for clusters.
EXTRA_DIST += jobs/quickstart.sh jobs/setup.sh
dist_pkgdata_SCRIPTS = jobs/launch.sh jobs/slurm.sbatch jobs/slurm-array.sbatch jobs/pbs.sh jobs/lsf.sh
dist_pkgdata_DATA = jobs/batch.sh jobs/lenet5-fashion.yaml jobs/lenet5-fashion-fast.yaml \
	jobs/lenet5-fashion-best.yaml jobs/lenet5-full-fashion.yaml jobs/lenet5-sigmoid-fashion.yaml jobs/combination-fashion.yaml \
	jobs/small-fashion.yaml jobs/source-layers-fashion.yaml jobs/batch-norm-fashion.yaml \
	jobs/vgg-small.yaml
dist_pkgdata_DATA += jobs/pictures.yaml jobs/ising-phase.yaml jobs/ising-temperature.yaml jobs/heat.yaml \
	jobs/unet-heat.yaml jobs/resnet20-fashion.yaml
# The study of doc/combinations.md.
studydir = $(pkgdatadir)/study
dist_study_SCRIPTS = jobs/study/run.sh
dist_study_DATA = jobs/study/table.yaml jobs/study/full.yaml jobs/study/random-1.yaml jobs/study/random-2.yaml \
	jobs/study/random-3.yaml jobs/study/shared.yaml jobs/study/pairs.yaml
EXTRA_DIST += bench/README.md bench/compare.sh bench/pytorch.py bench/ising.py bench/scaling.sh \
	bench/simulate.sh bench/simulate.c bench/simulate.h bench/exchange.c bench/platforms/ethernet-10.xml \
	bench/platforms/ethernet-25.xml bench/platforms/infiniband-hdr.xml
