# Pages for readers of the code and of the files; README.md stands in front of them.
dist_doc_DATA = doc/mathematics.md doc/formats.md doc/architecture.md doc/combinations.md doc/promises.md doc/platforms.md \
	doc/clusters.md
EXTRA_DIST += doc/images/kernels.png doc/images/maps.png doc/images/report.png doc/images/report-dark.png
