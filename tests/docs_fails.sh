#!/bin/sh
# tests/docs.sh must see each kind of drift: breaks a copy of the documents in every way and looks which tests fail.
# Prints TAP. Usage: CONVOY=PROGRAM tests/docs_fails.sh
set -u

LC_ALL=C
export LC_ALL
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
top=$(CDPATH='' cd "$here/.." && pwd)
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make docs

tree=$work/tree
mkdir "$tree"
for part in COPYING README.md CONTRIBUTING.md NEWS doc jobs bench include src tests m4; do
	[ ! -e "$top/$part" ] || cp -R "$top/$part" "$tree"
done
chmod -R u+w "$tree"

sh "$here/docs.sh" "$tree" >"$work/whole"
result $? 'the copy is without a fault' "$work/whole"

# FILE SED-SCRIPT: one thing of the copy becomes wrong.
change()
{
	cp "$tree/$1" "$work/before"
	sed "$2" "$work/before" >"$tree/$1"
	! cmp -s "$work/before" "$tree/$1"
	result $? "$1 is changed: $2"
}

change README.md 's/rate: 0.01,/rate: 0.02,/'
change README.md '/^| `convoy diff /d'
change README.md '$ s|$| [nowhere](doc/nowhere.md)|'
awk 'BEGIN { for (i = 0; i < 151; i++) print "" }' >>"$tree/README.md"
change doc/architecture.md 's|`src/net/pass.c`, `pass_backward`|`src/net/net.c`, `pass_backward`|'
change doc/architecture.md '/^| 6 | `onnx`/d'
change doc/architecture.md 's/^| 3 | `data`/| 2 | `data`/'
change doc/architecture.md '/^| 2 | `layer`/ s/base, kernel/base, kernel, store/'
change doc/architecture.md '/^| `tests\/view\/`/d'
change doc/architecture.md 's|window (`src/comm/shared.c`)|window (`src/comm/sum.c`)|'
change doc/architecture.md 's|`src/task/optimizer.c` |`src/task/optimiser.c` |'
change doc/mathematics.md 's/^| e^x | 1.5 ulp/| e^x | 1.4 ulp/'
change doc/mathematics.md '/each weight has its own rate/ s/`adagrad`/others/'
change doc/mathematics.md 's/(#the-exact-sum)/(#the-inexact-sum)/'
change doc/mathematics.md 's/^  ```$/  ``` x = 1/'
change doc/formats.md 's/^| `numerics` | uint64 | [0-9]*;/| `numerics` | uint64 | 1;/'
change doc/formats.md '/^| 69 |/d'
change doc/formats.md 's/`train.average`, //'
change doc/formats.md 's/^| `train.epochs` | whole/| `train.epochs` | real/'
change doc/formats.md 's/^| `--interval=SECONDS`/| `--every=SECONDS`/'
change doc/formats.md 's/^convoy watch --once/convoy watch --twice/'
change doc/formats.md '/^Each layer has a `type`/,/tables list/ s/`scale`/`scala`/'
change jobs/README.md 's/15\.14 %/15.13 %/'
change NEWS '/^New: networks/ i\
- A point below no heading.'
change doc/clusters.md '$ a\
\
A job that you start here stops in\
time by itself.'
change include/convoy/job.h 's/^#endif$/\/* Whether it is so. *\/\
bool job_is_so(void);\
\
#endif/'

sh "$here/docs.sh" "$tree" >"$work/broken"
[ $? -ne 0 ]
result $? 'the broken copy fails'

seen() # NAME OFFENCE: that test fails with that text
{
	awk -v name="$1" -v offence="$2" '/^(not )?ok / { inside = /^not ok/ && index($0, name) }
		inside && index($0, offence) { found = 1 }
		END { exit !found }' "$work/broken"
	result $? "seen: $1: $2" "$work/broken"
}

seen 'README.md: links' doc/nowhere.md
seen 'README.md can be read' '150 lines'
seen 'README.md shows' 'rate: 0.02'
seen "README.md's table" diff
seen 'functions stand in' 'pass_backward does not stand in src/net/net.c'
seen 'rooms (<' onnx
seen 'floors are' "data: floor '3' in its header"
seen 'may include' 'layer store'
seen "tests' map" tests/view/
seen 'shared memory' src/comm/sum.c
seen 'files that are named' src/task/optimiser.c
seen 'bounds of elementary' 'e^x: 1.4 ulp'
seen 'lists of the text' adagrad
seen 'doc/mathematics.md: links' '#the-inexact-sum'
seen 'doc/mathematics.md: links' '``` x = 1'
seen 'versions are' "numerics is '1'"
seen 'exit statuses' 69
seen 'must not change' train.average
seen 'keys of train' 'real, needed'
seen 'convoy watch: options that' '--interval '
seen 'convoy watch: options of' '--every'
seen 'convoy watch: examples' '--twice'
seen 'lists of the text' scale
seen 'jobs/README.md lists' '15.13'
seen 'NEWS is grouped' 'below no heading'
seen 'hard to read' 'stops in time by itself'
seen 'begin with the verb' 'Whether it is so'
results_end
