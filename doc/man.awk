# Writes a manual page out of doc/formats.md. The one-line descriptions come from the commands' own sources.
# Usage: awk -v page=PAGE -v version=VERSION -f man.awk src/app/*.c doc/formats.md
# PAGE: convoy, job, checkpoint, a command, or `list`, which prints the names of the commands.

FILENAME ~ /\.c$/ {
	if (match($0, /_command = \{"[a-z-]+", "[^"]*"/)) {
		split(substr($0, RSTART, RLENGTH), part, "\"")
		summary[part[2]] = part[4]
	}
	next
}

# Which page holds what stands below a heading; the names that headings have in links.
{ line[++lines] = $0 }
/^```/ { code_block = !code_block }
code_block { next }
/^## / { command_of = "" }
/^## / { part_of = /Job file|Data sets/ ? "job" : /Checkpoint|Directory/ ? "checkpoint" : "convoy" }
/^### / && part_of == "convoy" { command_of = "" }
/^### `convoy / {
	names[++commands] = command_of = $3
	sub(/`/, "", command_of)
	names[commands] = command_of
}
/^#+ / {
	anchor = tolower($0)
	sub(/^#+ +/, "", anchor)
	gsub(/[^a-z0-9 _-]/, "", anchor)
	gsub(/ /, "-", anchor)
	home["#" anchor] = part_of == "convoy" && command_of != "" ? command_of : part_of
}

# ---- Text ------------------------------------------------------------------------------------------------------------

function plain(text) # no character that troff would take for its own
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/'/, "\\(aq", text)
	gsub(/\^/, "\\(ha", text)
	gsub(/~/, "\\(ti", text)
	gsub(/`/, "\\(ga", text)
	gsub(/"/, "\\(dq", text)
	return text
}

function code(text) # words in capitals are what a user fills in
{
	text = plain(text)
	return "\\fB" text "\\fR"
}

function prose(text) # outside code: apostrophes and hyphens are those of a text
{
	gsub(/\\/, "\\e", text)
	gsub(/~/, "\\(ti", text)
	gsub(/\^/, "\\(ha", text)
	while (match(text, /\*\*[^*]*\*\*/))
		text = substr(text, 1, RSTART - 1) "\\fB" substr(text, RSTART + 2, RLENGTH - 4) "\\fR" \
			substr(text, RSTART + RLENGTH)
	while (match(text, /\*[^* ][^*]*\*/))
		text = substr(text, 1, RSTART - 1) "\\fI" substr(text, RSTART + 1, RLENGTH - 2) "\\fR" \
			substr(text, RSTART + RLENGTH)
	return text
}

function page_name(name)
{
	return name == "convoy" ? "convoy" : "convoy-" name
}

function place(link, of) # " (convoy-job(5))", where the link leads to another page
{
	of = home[link]
	if (of == page || of == "")
		return ""
	return " (\002" page_name(of) "\004(" (of == "job" || of == "checkpoint" ? 5 : 1) "))"
}

# Links to other pages are in italics, those within this one as they are. Fonts: \002 bold, \003 italic, \004 roman.
function links(text, link, name)
{
	while (match(text, /\[[^]]*\]\([^)]*\)/)) {
		link = substr(text, RSTART, RLENGTH)
		name = substr(link, 2, index(link, "](") - 2)
		sub(/^.*\]\(/, "", link)
		sub(/\)$/, "", link)
		if (link ~ /^#/)
			name = name place(link)
		else if (name !~ /`/)
			name = "\003" name "\004"
		text = substr(text, 1, RSTART - 1) name substr(text, RSTART + RLENGTH)
	}
	return text
}

function inline(text, parts, part, i, out) # prose with `code` in it
{
	parts = split(links(text), part, "`")
	out = ""
	for (i = 1; i <= parts; i++)
		out = out (i % 2 == 0 ? code(part[i]) : prose(part[i]))
	# Code within bold, **`75`**: the marks stand in two parts.
	gsub(/\*\*/, "", out)
	gsub(/\002/, "\\fB", out)
	gsub(/\003/, "\\fI", out)
	gsub(/\004/, "\\fR", out)
	return out
}

function say(text) # a line that begins with a control character would be a request
{
	print (text ~ /^[.']/ ? "\\&" text : text)
}

function heading(kind, text)
{
	gsub(/`/, "", text)
	sub(/: --set$/, "", text)
	print kind " " (kind == ".SH" ? toupper(text) : plain(text))
}

# ---- Tables ----------------------------------------------------------------------------------------------------------

# A bar within code is none, nor is one behind a backslash.
function cells_of(row, cell, n, i, c, code_now, before)
{
	sub(/^\| */, "", row)
	n = 1
	cell[1] = ""
	for (i = 1; i <= length(row); i++) {
		c = substr(row, i, 1)
		if (c == "`")
			code_now = !code_now
		if (c == "|" && !code_now && before != "\\") {
			sub(/ +$/, "", cell[n])
			cell[++n] = ""
		} else if (c == "|" && before == "\\") {
			cell[n] = substr(cell[n], 1, length(cell[n]) - 1) c
		} else if (cell[n] != "" || c != " ") {
			cell[n] = cell[n] c
		}
		before = c
	}
	return n - 1 # nothing stands behind the last bar
}

# An option: its letter, its long name, and in italics what its value is.
function option_tag(name, letter, value)
{
	gsub(/`/, "", name)
	gsub(/`/, "", letter)
	value = ""
	if (match(name, /\[?=/)) {
		value = substr(name, RSTART)
		name = substr(name, 1, RSTART - 1)
	}
	tag = (letter != "" ? "\\fB" plain(letter) "\\fR, " : "") "\\fB" plain(name) "\\fR"
	if (value ~ /^\[/)
		return tag "[=\\fI" plain(substr(value, 3, length(value) - 3)) "\\fR]"
	return value == "" ? tag : tag "=\\fI" plain(substr(value, 2)) "\\fR"
}

# What stands before the last cell of a row goes in brackets ahead of it.
function table(from, to, n, i, k, head, heads, cell, tag, note)
{
	heads = cells_of(line[from], head)
	for (i = from + 2; i <= to; i++) {
		n = cells_of(line[i], cell)
		print ".TP"
		if (head[1] == "option") {
			say(option_tag(cell[1], cell[2]))
			note = inline(cell[3])
			if (n >= 4 && cell[4] != "")
				note = note (note == "" ? "" : " ") "(default: " inline(cell[4]) ")"
		} else {
			say(cell[1] ~ /[`*]/ ? inline(cell[1]) : "\\fB" inline(cell[1]) "\\fR")
			tag = ""
			for (k = 2; k < heads; k++)
				if (cell[k] != "")
					tag = tag (tag == "" ? "" : "; ") \
						(head[k] == "default" && cell[k] != "needed" ? "default " : "") inline(cell[k])
			note = (tag == "" ? "" : "(" tag ")" (cell[heads] == "" ? "" : " ")) inline(cell[heads])
		}
		say(note == "" ? "\\&" : note)
	}
	print ".PP"
}

# ---- Blocks ----------------------------------------------------------------------------------------------------------

function listing(from, to, i) # what stands between fences
{
	print ".PP\n.RS 4\n.EX"
	for (i = from; i <= to; i++)
		say(plain(line[i]))
	print ".EE\n.RE\n.PP"
}

# Lines from … to. Headings of a level above `top` become sections, others sub-sections. `options`: where the table of
# options gets a heading of its own.
function blocks(from, to, top, options, i, end, text, level)
{
	for (i = from; i <= to; i++) {
		if (line[i] ~ /^ *$/)
			continue
		if (match(line[i], /^#+ /)) {
			level = RLENGTH - 1
			notes = 0
			heading(level <= top ? ".SH" : ".SS", substr(line[i], RLENGTH + 1))
		} else if (line[i] ~ /^```/) {
			for (end = i + 1; line[end] !~ /^```/; end++)
				;
			listing(i + 1, end - 1)
			i = end
		} else if (line[i] ~ /^\|/) {
			for (end = i; line[end + 1] ~ /^\|/; end++)
				;
			if (options && line[i] ~ /^\| option/)
				print ".SH OPTIONS"
			else if (options && line[i] ~ /^\| signal/)
				print ".SH SIGNALS"
			table(i, end)
			notes = options && line[i] ~ /^\| option/
			i = end
		} else {
			text = line[i]
			while (i < to && line[i + 1] !~ /^ *$|^#|^\||^```|^- /)
				text = text " " line[++i]
			gsub(/  +/, " ", text)
			if (notes)
				print ".SH NOTES"
			notes = 0
			if (text ~ /^- /)
				print ".IP \\(bu 2"
			else
				print ".PP"
			sub(/^- /, "", text)
			say(inline(text))
		}
	}
}

function section_find(title, i) # its first line, behind the heading; section_end is its last
{
	match(title, /^#+/)
	level_found = RLENGTH
	fenced = 0
	for (i = 1; i <= lines; i++)
		if (line[i] == title)
			break
	if (i > lines) {
		print "man.awk: no section " title >"/dev/stderr"
		failed = 1
		exit 1
	}
	section_end = lines
	start = i + 1
	for (i = start; i <= lines; i++) {
		if (line[i] ~ /^```/)
			fenced = !fenced
		if (!fenced && match(line[i], /^#+ /) && RLENGTH - 1 <= level_found) {
			section_end = i - 1
			break
		}
	}
	return start
}

function begin(name, number, what)
{
	print ".\\\" Made by doc/man.awk out of doc/formats.md: change that."
	print ".TH " toupper(name) " " number " \"\" \"convoy " version "\" \"convoy\""
	print ".nh\n.ad l\n.SH NAME\n" plain(name) " \\- " prose(what)
}

function also(words, n, i, word)
{
	print ".SH SEE ALSO"
	n = split(words, word, " ")
	for (i = 1; i <= n; i++) {
		split(word[i], half, "(")
		print ".BR " plain(half[1]) " (" half[2] (i < n ? "," : "")
	}
	print ".PP\nThe formulas stand in \\fImathematics.md\\fR, beside \\fIformats.md\\fR in the documentation."
}

# ---- Pages -----------------------------------------------------------------------------------------------------------

function page_command(name, from, to, i, text, usage, parts, part)
{
	from = section_find("### `convoy " name "`")
	to = section_end
	while (line[from] ~ /^ *$/)
		from++
	begin("convoy-" name, 1, summary[name])
	for (text = line[from]; from < to && line[from + 1] !~ /^ *$|^\||^#|^```/; )
		text = text " " line[++from]
	if (text !~ /^`convoy [^`]*`/) {
		print "man.awk: the section of convoy " name " must begin with its usage between backticks" >"/dev/stderr"
		failed = 1
		exit 1
	}
	match(text, /^`[^`]*`/)
	usage = substr(text, 2, RLENGTH - 2)
	text = substr(text, RLENGTH + 1)
	sub(/^:? */, "", text)
	print ".SH SYNOPSIS"
	match(usage, /^convoy [a-z-]+/)
	say("\\fB" plain(substr(usage, 1, RLENGTH)) "\\fR" plain(substr(usage, RLENGTH + 1)))
	print ".SH DESCRIPTION"
	say(inline(toupper(substr(text, 1, 1)) substr(text, 2)))
	blocks(from + 1, to, 4, 1)
	print ".SH EXIT STATUS"
	print "0: done. Others are those of\n.BR sysexits.h (3head);\nsee\n.BR convoy (1)."
	also("convoy(1) convoy-job(5) convoy-checkpoint(5)")
}

function page_convoy(from, i, end)
{
	begin("convoy", 1, "trains convolutional neural networks over MPI")
	from = section_find("## Commands")
	for (end = from; line[end + 1] !~ /^### /; end++)
		;
	for (i = from; line[i] !~ /^```/; i++)
		;
	print ".SH SYNOPSIS\n.nf"
	for (i++; line[i] !~ /^```/; i++)
		say(plain(line[i]))
	print ".fi\n.SH DESCRIPTION"
	blocks(i + 1, end, 4, 0)
	print ".SH COMMANDS"
	for (i = 1; i <= commands; i++)
		print ".TP\n\\fBconvoy\\-" names[i] "\\fR(1)\n" prose(summary[names[i]])
	print ".SH ENVIRONMENT"
	from = section_find("### Environment")
	blocks(from, section_end, 2, 0)
	print ".SH EXIT STATUS"
	from = section_find("## Exit statuses")
	blocks(from, section_end, 2, 0)
	for (i = 1; i <= commands; i++)
		list = list "convoy-" names[i] "(1) "
	also(list "convoy-job(5) convoy-checkpoint(5)")
}

function page_job(from)
{
	begin("convoy-job", 5, "what a convoy network is, learns from, and how it is trained")
	print ".SH DESCRIPTION"
	from = section_find("## Job file")
	blocks(from, section_end, 3, 0)
	print ".SH DATA SETS"
	from = section_find("## Data sets")
	blocks(from, section_end, 2, 0)
	also("convoy(1) convoy-train(1) convoy-check(1) convoy-checkpoint(5)")
}

function page_checkpoint(from)
{
	begin("convoy-checkpoint", 5, "what convoy keeps of a network in an HDF5 file, and beside it")
	print ".SH DESCRIPTION"
	from = section_find("## Checkpoint")
	blocks(from, section_end, 3, 0)
	print ".SH DIRECTORY OF A RUN"
	from = section_find("## Directory of a run")
	blocks(from, section_end, 2, 0)
	also("convoy(1) convoy-show(1) convoy-verify(1) convoy-diff(1) convoy-job(5) h5dump(1)")
}

END {
	if (failed)
		exit 1
	if (page == "list")
		for (i = 1; i <= commands; i++)
			print names[i]
	else if (page == "convoy")
		page_convoy()
	else if (page == "job")
		page_job()
	else if (page == "checkpoint")
		page_checkpoint()
	else
		page_command(page)
}
