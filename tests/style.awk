# Reads C files named src/ROOM/… or include/convoy/ROOM.h, Python, Fortran, shell scripts and headers of tests/, and prints
# TAP: a test per rule, under it what breaks it.

BEGIN {
	COLUMNS = 120; TAB = 4; LINES = 400

	# What a room may include besides itself: only what lies below it.
	below["base"] = " "
	below["kernel"] = " base "
	below["store"] = " base "
	below["picture"] = " base "
	below["comm"] = " base kernel store "
	below["layer"] = " base kernel "
	below["task"] = " base kernel "
	below["data"] = " base kernel store picture layer task "
	below["net"] = " base kernel layer task "
	below["job"] = " base kernel store picture layer task data "
	below["model"] = " base kernel store layer task data net job picture "
	below["onnx"] = below["model"] "model "
	below["train"] = below["model"] "model comm "
	below["view"] = below["train"] "train "
	below["library"] = below["train"] "train "
	below["app"] = below["view"] "view onnx "

	# Libraries come in by one door each. (mpi.h, and all that begins with hdf5 or H5, …)
	doors = split("^mpi comm|^hdf5 store|^H5 store|^nettle/ store|^png picture|^jpeglib picture|^tiff picture|^jerror picture|" \
		"^onnx[.]pb-c onnx|^protobuf-c onnx|^zlib data|^zconf data|^yaml job|" \
		"^argp app|^err[.]h app|^error[.]h app|^Random123/ base", door, "|")

	# Ends the process, or is the terminal's: the app's. The second list counts only where it is called.
	words("exit _exit _Exit quick_exit abort stdout stderr STDOUT_FILENO STDERR_FILENO", app_word)
	words("printf vprintf puts putchar perror psignal psiginfo", app_call)

	# Functions of libm whose bits differ between machines, and files that no result comes from: plain references.
	words("exp exp2 exp10 expm1 log log2 log10 log1p pow cbrt hypot sin cos tan asin acos atan atan2 sinh cosh tanh " \
		"asinh acosh atanh erf erfc tgamma lgamma", libm)
	reference = "^src/kernel/reference[.]c$|64[.]c$"

	title["files"] = "every file stands in a room"
	title["floors"] = "rooms include only what lies below them"
	title["doors"] = "each library is included by its room alone"
	title["app"] = "only app prints, exits or aborts"
	title["prototypes"] = "every public prototype has a comment"
	title["lines"] = "no file is longer than " LINES " lines"
	title["columns"] = "no line is longer than " COLUMNS " columns (a tab is " TAB ")"
	title["trailing"] = "no line ends with white space"
	title["indentation"] = "indentation is tabs, and spaces only behind them to align"
	title["types"] = "no room but layer asks for a layer type by its name"
	title["scripts"] = "test scripts report through tests/common.sh, and redefine nothing that they source"
	title["libm"] = "no result hangs on the bits of the system's libm"
	title["codes"] = "what gives 0 or −1 is compared with 0 by == or !="
	title["cuts"] = "no format cuts a text within a character"
	title["guards"] = "a header is guarded by its path: CONVOY_ROOM_FILE_H, CONVOY_ROOM_H, TESTS_FOLDER_FILE_H"
	rules = split("files floors doors app prototypes lines columns trailing indentation types scripts libm codes cuts guards", rule, " ")

	for (i = 1; i < ARGC; i++) {
		exists[ARGV[i]] = 1
		if (ARGV[i] ~ /^src\/layer\//)
			types_read(ARGV[i])
	}
	asked = "(strcmp[ \t]*[(].*|{[ \t]*)\"(" types ")\""
}

# Names of layer types, joined by |: a struct layer_type is a constant of its own, so its members stand one tab in.
function types_read(file,    line)
{
	while ((getline line <file) > 0)
		if (match(line, /^\t[.]name = "[^"]*",$/))
			types = types (types == "" ? "" : "|") substr(line, RSTART + 10, RLENGTH - 12)
	close(file)
}

function words(list, set,    word, n)
{
	n = split(list, word, " ")
	while (n > 0)
		set[word[n--]] = 1
}

function offend(rule, text)
{
	offences[rule] = offences[rule] "# " FILENAME ":" FNR ": " text "\n"
}

# The line without comments (`commented` says whether one is open) and with empty strings.
function code_of(line,    code, token)
{
	code = ""
	while (line != "") {
		if (commented) {
			if (!index(line, "*/"))
				break
			line = substr(line, index(line, "*/") + 2)
			commented = 0
			code = code " "
		}
		if (!match(line, /\/\*|\/\/|"|'/))
			return code line
		code = code substr(line, 1, RSTART - 1)
		token = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (token == "//")
			break
		if (token == "/*") {
			commented = 1
			continue
		}
		code = code token token
		while (line != "" && substr(line, 1, 1) != token)
			line = substr(line, substr(line, 1, 1) == "\\" ? 3 : 2)
		line = substr(line, 2)
	}
	return code
}

# ---- Includes ----------------------------------------------------------------------------------------------------

function include_check(line,    name, part, i)
{
	if (!match(line, /<[^>]*>|"[^"]*"/)) {
		offend("floors", "cannot see what is included")
		return
	}
	name = substr(line, RSTART + 1, RLENGTH - 2)
	if (name == "convoy.h" && room == "library")
		return
	if (name ~ /^convoy\/[a-z0-9_]*[.]h$/) {
		part = name
		gsub(/^convoy\/|[.]h$/, "", part)
		if (!(part in below))
			offend("floors", "there is no room " part)
		else if (part != room && !index(below[room], " " part " "))
			offend("floors", room " may not include " part " (but:" below[room] ")")
		return
	}
	if (name ~ /^[.]|\/[.]|^src\/|^convoy|^include\// || (line ~ /include[ \t]*"/ && name ~ /\//)) {
		offend("floors", "other rooms are included as <convoy/ROOM.h>, own files by their name, not " name)
		return
	}
	if (line ~ /include[ \t]*"/ && ((folder name) in exists))
		return
	for (i = 1; i <= doors; i++) {
		split(door[i], part_of, " ")
		if (name ~ part_of[1] && (public || part_of[2] != room))
			offend("doors", name " is included in src/" part_of[2] " alone")
	}
}

# ---- What only app may do ----------------------------------------------------------------------------------------

function app_check(code,    word)
{
	if (code ~ /(^|[^A-Za-z0-9_])(write|dprintf|vdprintf)[ \t]*\([ \t]*[12][ \t]*,/)
		offend("app", "writes to the terminal")
	while (match(code, /[A-Za-z_][A-Za-z0-9_]*/)) {
		word = substr(code, RSTART, RLENGTH)
		code = substr(code, RSTART + RLENGTH)
		if ((word in app_word) || ((word in app_call) && code ~ /^[ \t]*\(/) || (word == "MPI_Abort" && room != "comm"))
			offend("app", word)
	}
}

# ---- What differs between machines ---------------------------------------------------------------------------------

function libm_check(code,    word, double)
{
	while (match(code, /[A-Za-z_][A-Za-z0-9_]*/)) {
		word = double = substr(code, RSTART, RLENGTH)
		code = substr(code, RSTART + RLENGTH)
		sub(/[fl]$/, "", double)
		if (((word in libm) || (double in libm)) && code ~ /^[ \t]*\(/)
			offend("libm", word "(): there are scalar_exp and its kin")
	}
}

# ---- Prototypes --------------------------------------------------------------------------------------------------

# A paragraph (lines without a blank one between) is explained from its first comment on; one that follows a heading with
# more than a title, "/* ---- Title: what holds for all ---- */", is explained from its first line.
function prototypes_begin()
{
	depth = 0
	statement = ""
	explained = heading = macro = 0
}

function prototypes_check(line, code, in_comment,    at, sign)
{
	if (line ~ /^[ \t]*$/ && !in_comment && depth == 0 && statement == "") {
		explained = heading
		heading = 0
		return
	}
	if (in_comment || line ~ /^\/[*\/]/) {
		if (!in_comment && line ~ /^\/\* ----/) {
			explained = commented
			heading = commented || line ~ /: /
		} else if (depth == 0 && statement == "") {
			explained = 1
		}
	}
	if (macro || code ~ /^[ \t]*#/) {
		heading = 0
		macro = line ~ /\\$/
		return
	}
	while (code ~ /[^ \t]/) {
		heading = 0
		if (!match(code, /[{};]/)) {
			at = length(code)
			sign = ""
		} else {
			at = RSTART
			sign = substr(code, at, 1)
		}
		if (depth == 0) {
			statement = statement " " substr(code, 1, at - (sign != ""))
			if (sign == ";" || (sign == "{" && statement ~ /\)/)) {
				if (!explained && statement ~ /\(/ && statement !~ /^[ \t]*(typedef|_Static_assert|static_assert|})/)
					offend("prototypes", "no comment above" statement)
				statement = ""
			}
		}
		if (sign == "{")
			depth++
		else if (sign == "}" && --depth == 0)
			statement = ""
		code = substr(code, at + 1)
	}
}

# ---- Lines -------------------------------------------------------------------------------------------------------

function columns_of(line,    n, part, i, parts)
{
	gsub(/[\200-\277]/, "", line) # the rest of a character in UTF-8
	if (!index(line, "\t"))
		return length(line)
	parts = split(line, part, "\t")
	for (i = 1; i < parts; i++) {
		n += length(part[i])
		n += TAB - n % TAB
	}
	return n + length(part[parts])
}

function lines_check(line, in_comment, n)
{
	n = columns_of(line)
	if (n > COLUMNS)
		offend("columns", n " columns")
	if (line ~ /[ \t\r\f]$/)
		offend("trailing", "white space at the end")
	if (line ~ /^\t* +\t/)
		offend("indentation", "a tab behind a space")
	else if (line ~ /^ +[^ ]/ && !in_comment && ended)
		offend("indentation", "a new statement is indented with spaces")
}

# ---- Headers -------------------------------------------------------------------------------------------------------

# The first two lines for the preprocessor.
function guard_check(line,    name)
{
	if (line !~ /^#/ || guarded[FILENAME] == 2)
		return
	name = FILENAME
	sub(/^include\//, "", name)
	sub(/^src\//, "convoy/", name)
	gsub(/[^a-z0-9]/, "_", name)
	name = (guarded[FILENAME]++ ? "#define " : "#ifndef ") toupper(name)
	if (line != name)
		offend("guards", name " should stand here")
}

# ---- Other languages -----------------------------------------------------------------------------------------------

function spaces_check(line, language)
{
	if (columns_of(line) > COLUMNS)
		offend("columns", columns_of(line) " columns")
	if (line ~ /[ \t\r\f]$/)
		offend("trailing", "white space at the end")
	if (line ~ /^ *\t/)
		offend("indentation", language " is indented with spaces")
	if (FNR == LINES + 1)
		offend("lines", "goes on")
}

# ---- Python --------------------------------------------------------------------------------------------------------

# Nothing but NumPy is needed to import the package: what else it can use comes in by one door each.
function python_check(line)
{
	spaces_check(line, "Python")
	if (FILENAME ~ /^python\// && (line ~ /^ *(import|from) mpi4py/ && FILENAME !~ /_trainer[.]py$/ ||
	    line ~ /^ *(import|from) h5py/ && FILENAME !~ /_run[.]py$/ || line ~ /^(import|from) (mpi4py|h5py)/))
		offend("doors", "mpi4py is imported in _trainer.py, h5py in _run.py, where it is used")
}

# ---- Test scripts ------------------------------------------------------------------------------------------------

function script_check(line)
{
	if (FILENAME !~ /^tests\/(common|tap|style_fails)[.]sh$/ && line ~ /(echo|printf) .*(1[.][.]|not ok )/)
		offend("scripts", "prints TAP: result, skip, skip_all and results_end of tests/common.sh do")
	if (match(line, /^\t*# shellcheck source=/))
		sources[FILENAME] = sources[FILENAME] " " substr(line, RLENGTH + 1)
	if (match(line, /^[a-z_]+[(][)]/))
		functions[FILENAME] = functions[FILENAME] " " substr(line, 1, RLENGTH - 2)
}

# What a file sources, and what that does, must have none of its functions.
function sourced_check(file, source,    name, i, n)
{
	n = split(functions[file], name, " ")
	for (i = 1; i <= n; i++)
		if (index(functions[source] " ", " " name[i] " "))
			offences["scripts"] = offences["scripts"] "# " file ": " name[i] " is a function of " source "\n"
	n = split(sources[source], name, " ")
	for (i = 1; i <= n; i++)
		sourced_check(file, name[i])
}

function scripts_check(    file, name, i, n)
{
	for (file in functions) {
		n = split(sources[file], name, " ")
		for (i = 1; i <= n; i++)
			sourced_check(file, name[i])
	}
}

FILENAME ~ /[.]py$/ {
	python_check($0)
	next
}

FILENAME ~ /[.]f90$/ {
	spaces_check($0, "Fortran")
	next
}

FILENAME ~ /[.]sh$/ {
	script_check($0)
	next
}

FILENAME ~ /[.]h$/ {
	guard_check($0)
}

FILENAME ~ /^tests\// {
	next
}

FNR == 1 {
	room = folder = FILENAME
	if (room ~ /^include\/convoy\/[^\/]*[.]h$/)
		gsub(/^include\/convoy\/|[.]h$/, "", room)
	else if (room == "include/convoy.h")
		room = "library"
	else if (!sub(/^src\//, "", room) || !sub(/\/.*/, "", room))
		room = ""
	sub(/[^\/]*$/, "", folder)
	public = FILENAME ~ /^include\//
	if (!(room in below)) {
		offend("files", "not in a room")
		room = "base"
	}
	files++
	commented = ended = 0
	prototypes_begin()
}

{
	in_comment = commented
	code = code_of($0)
	if (code ~ /^[ \t]*#[ \t]*include/)
		include_check($0)
	else if (room != "app")
		app_check(code)
	if (FILENAME !~ reference)
		libm_check(code)
	if (types != "" && room != "layer" && code ~ /"/ && $0 ~ asked)
		offend("types", "a member of struct layer_type is missing")
	if (code ~ /([, (&]err[)]|(^|[^A-Za-z0-9_])(code|status|result)) < 0/)
		offend("codes", "a failure is != 0; < 0 is for calls of the system and HDF5")
	if (code ~ /"/ && $0 ~ /%-?[0-9]*[.][0-9]+s/)
		offend("cuts", "cuts at a byte: text_head says how many bytes hold the first characters")
	if (public)
		prototypes_check($0, code, in_comment)
	lines_check($0, in_comment)
	if (code ~ /[^ \t]/)
		ended = code ~ /[;{}][ \t]*$/
	if (FNR == LINES + 1)
		offend("lines", "goes on")
}

END {
	scripts_check()
	for (i = 1; i < ARGC; i++)
		if (ARGV[i] ~ /[.]h$/ && guarded[ARGV[i]] < 2)
			offences["guards"] = offences["guards"] "# " ARGV[i] ": has no guard\n"
	print "1.." rules
	if (!files)
		offences["files"] = "# there are no files\n"
	for (i = 1; i <= rules; i++) {
		broken += rule[i] in offences
		print ((rule[i] in offences) ? "not ok " : "ok ") i " - " title[rule[i]]
		printf "%s", offences[rule[i]]
	}
	exit broken > 0
}
