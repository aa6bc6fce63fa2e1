# Pages for readers of the code and of the files; README.md stands in front of them.
dist_doc_DATA = doc/mathematics.md doc/formats.md doc/architecture.md doc/combinations.md
