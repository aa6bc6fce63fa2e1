# Turns text files into C: for each, an array of its lines, closed by NULL, named after the file (report.css: report_css).
FNR == 1 {
	if (open)
		print "\tNULL,\n};"
	name = FILENAME
	sub(/.*\//, "", name)
	gsub(/[^a-z]/, "_", name)
	print "static const char *const " name "[] = {"
	open = 1
}
{
	sub(/^[ \t]+/, "")
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\?/, "\\?")
	print "\t\"" $0 "\\n\","
}
END { print "\tNULL,\n};" }
