# What a person launches. The job files are installed as examples.
dist_pkgdata_DATA = jobs/lenet5-fashion.yaml jobs/lenet5-sigmoid-fashion.yaml jobs/combination-fashion.yaml \
	jobs/small-fashion.yaml jobs/vgg-small.yaml
