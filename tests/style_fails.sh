#!/bin/sh
# tests/style.sh must see each offence: plants them one by one in a small tree and looks which rule breaks. Prints TAP.
set -u

here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/common.sh
. "$here/common.sh"
work_make style
tree=$work

# Begins a header of the tree.
guarded() # FILE
{
	guard=$(echo "${1#include/}" | sed 's|^src/|convoy/|' | tr 'a-z/.' 'A-Z__')
	mkdir -p "$tree/${1%/*}"
	printf '/* A header. */\n#ifndef %s\n#define %s\n#endif\n\n' "$guard" "$guard" >"$tree/$1"
}

# The tree breaks no rule, and holds what looks like an offence but is none.
tree_plant()
{
	rm -rf "$tree/src" "$tree/include" "$tree/tests" "$tree/python" "$tree/fortran" "$tree/doc"
	mkdir -p "$tree/tests" "$tree/src/comm" "$tree/src/layer" "$tree/src/net" "$tree/src/app" "$tree/include/convoy"
	cat >"$tree/include/convoy/net.h" <<-'END'
		/* net: #include <mpi.h> in a comment, and the word abort. */
		#ifndef CONVOY_NET_H
		#define CONVOY_NET_H

		#include <convoy/layer.h>

		/* ---- Nets: all functions are pure ---- */

		struct net *net_create(size_t layers,
		                       size_t units);
		void net_destroy(struct net *net) FORMAT(printf, 1, 2);

		struct plan {
			int (*plan)(void);
		} *plans;

		typedef void (*done)(int, void *);

		// A function with a body.
		static inline int net_size(void)
		{
			return 1;
		}

		#endif
	END
	cat >"$tree/src/net/net.c" <<-'END'
		#include <convoy/net.h>
		#include "inside.h"
		#include <stdio.h>

		const char text[] = "exit(1); /* printf(" "\"abort", quote = '"';
		int length = snprintf(NULL, 0, "%d",
		                      1), aborted, exit_code;
	END
	printf 'result()\n{\n\techo "not ok $1"\n}\necho "1..$tests"\n' >"$tree/tests/common.sh"
	printf '# shellcheck source=tests/common.sh\n. tests/common.sh\nstart()\n{\n}\n' >"$tree/tests/launch.sh"
	printf 'const struct layer_type dense_type = {\n\t.name = "dense",\n};\n' >"$tree/src/layer/dense.c"
	guarded src/net/inside.h
	printf '#include <mpi.h>\nint f(void) { return MPI_Abort(w, 1); }\n' >"$tree/src/comm/comm.c"
	printf '#include <convoy/train.h>\n#include <argp.h>\nint f(void) { exit(printf("")); }\n' >"$tree/src/app/main.c"
}

breaks_only() # RULE NAME: RULE alone must have been broken (0: none)
{
	broken=$(sh "$here/style.sh" "$tree" | sed -n 's/^not ok \([0-9]*\).*/\1/p' | tr '\n' ' ')
	echo "broken: ${broken:-none}, expected: $1" >"$tree/broken"
	[ "${broken% }" = "${1#0}" ]
	result $? "$2" "$tree/broken"
}

# Adds TEXT (printf's escapes) to the end of FILE.
breaks() # RULE FILE TEXT
{
	tree_plant
	mkdir -p "$tree/${2%/*}"
	[ -e "$tree/$2" ] || [ "${2%.h}" = "$2" ] || guarded "$2"
	# shellcheck disable=SC2059 # the text is the format
	printf "$3\n" >>"$tree/$2"
	breaks_only "$1" "rule $1 and $2: $(printf '%.60s' "$3" | tr '\n#' ' .')"
}

tree_plant
breaks_only 0 'a tree without offence'
breaks 1 src/office/a.c 'int a;'
breaks 1 src/a.c 'int a;'
breaks 1 include/a.h '/* a */'
breaks 2 src/base/a.c '#include <convoy/kernel.h>'
breaks 2 src/kernel/a.c '#include <convoy/store.h>'
breaks 2 src/store/a.c '#include <convoy/comm.h>'
breaks 2 src/comm/a.c '#include <convoy/layer.h>'
breaks 2 src/layer/a.c '#include <convoy/store.h>'
breaks 2 src/layer/a.c '#include <convoy/net.h>'
breaks 2 src/data/a.c '\t# include <convoy/net.h>'
breaks 2 src/data/a.c '#include "convoy/comm.h"'
breaks 2 src/net/a.c '#include <convoy/data.h>'
breaks 2 src/net/a.c '#include "../comm/comm.h"'
breaks 2 src/net/a.c '#include "comm/comm.h"'
breaks 2 src/net/a.c '#include <src/comm/comm.h>'
breaks 2 src/net/a.c '/* */ #include HEADER'
breaks 2 src/job/a.c '#include <convoy/net.h>'
breaks 2 src/job/a.c '#include <convoy/comm.h>'
breaks 2 src/train/a.c '#include <convoy/app.h>'
breaks 2 src/train/a.c '#include <convoy/office.h>'
breaks 2 include/convoy/base.h '#include <convoy/layer.h>'
breaks 3 src/train/a.c '#include <mpi.h>'
breaks 3 src/train/a.c '#include "mpi.h"'
breaks 3 src/comm/a.c '#include <hdf5.h>'
breaks 3 src/app/a.c '#include <H5public.h>'
breaks 3 src/comm/a.c '#include <nettle/sha2.h>'
breaks 3 src/store/a.c '#include <zlib.h>'
breaks 3 src/app/a.c '#include <yaml.h>'
breaks 3 src/job/a.c '#include <argp.h>'
breaks 3 include/convoy/data.h '#include <zlib.h>'
breaks 3 python/convoy/a.py '    import h5py'
breaks 3 python/convoy/_run.py 'import h5py'
breaks 0 python/convoy/_run.py '    import h5py'
breaks 4 src/train/a.c '\texit(1);'
breaks 4 src/comm/a.c '\t_exit(1);'
breaks 4 src/base/a.c '#define STOP abort()'
breaks 4 src/base/a.c '\tprintf ("a");'
breaks 4 src/base/a.c "\tc = '\"'; puts(text);"
breaks 4 src/base/a.c '\tfprintf(stderr, "a");'
breaks 4 src/base/a.c '\tfwrite(a, 1, 1, stdout);'
breaks 4 src/base/a.c '\twrite(2, a, 1);'
breaks 4 src/base/a.c '\tperror("a");'
breaks 4 src/train/a.c '\tMPI_Abort(w, 1);'
breaks 5 include/convoy/job.h '/* job */\n\nint f(void);'
breaks 5 include/convoy/job.h '/* f */\nint f(void);\n\nstruct shape\ng(void);'
breaks 5 include/convoy/job.h '/* ---- Title ---- */\n\nint f(void);'
breaks 5 include/convoy/job.h '/* ---- Title ---- */\nint f(void);'
breaks 5 include/convoy/job.h 'struct s {\n\tint a; /* a */\n};\nvoid f(struct s *s);'
breaks 5 include/convoy/job.h '/* ---- Title: all ---- */\n\n#define A 1\n\nint f(void);'
breaks 5 include/convoy/job.h 'static inline int f(void)\n{\n\treturn 1;\n}'
breaks 6 src/net/a.c "$(awk 'BEGIN { for (i = 0; i < 401; i++) print "int a;" }')"
breaks 0 src/net/a.c "$(awk 'BEGIN { for (i = 0; i < 400; i++) print "int a;" }')"
long=$(awk 'BEGIN { for (i = 0; i < 115; i++) printf "a" }')
breaks 7 src/net/a.c "\t${long}b;"
breaks 0 src/net/a.c "\t${long};"
breaks 7 include/convoy/job.h "/* é$long */"
breaks 0 src/net/a.c "//é→$long;"
breaks 7 tests/python/a.py "    ${long}bb"
breaks 0 python/convoy/a.py "    $long"
breaks 8 python/convoy/a.py 'a = 1 '
breaks 9 python/convoy/a.py '\ta = 1'
breaks 7 fortran/a.f90 "    ${long}bb"
breaks 8 tests/fortran/a.f90 'a = 1 '
breaks 9 doc/examples/a.f90 '\ta = 1'
breaks 8 src/net/a.c 'int a; '
breaks 8 src/net/a.c '\t'
breaks 8 src/net/a.c 'int a;\r'
breaks 9 src/net/a.c '\t \tint a;'
breaks 9 src/net/a.c '{\n    int a;'
breaks 10 src/app/a.c '\tif (strcmp(layer->type->name, "dense") == 0)'
breaks 10 src/onnx/a.c '\t{"cube", f}, {"dense", g},'
breaks 0 src/layer/a.c '\tif (strcmp(name, "dense") == 0)'
breaks 0 src/app/a.c '\tif (strcmp(name, "denser") == 0)'
breaks 11 tests/a.sh '\techo "1..$n"'
breaks 11 tests/base/a.sh 'printf "not ok %%d - %%s\\n" $n "$1"'
breaks 11 tests/launch.sh 'result()\n{\n}'
breaks 11 tests/a.sh '# shellcheck source=tests/launch.sh\n. "$here/launch.sh"\nresult()\n{\n}'
breaks 0 tests/a.sh '# shellcheck source=tests/launch.sh\n. "$here/launch.sh"\nresults()\n{\n}'
breaks 0 tests/a.sh 'result()\n{\n}\nsed "s/not ok//"'
breaks 12 src/task/a.c '\tsum += exp(x);'
breaks 12 src/kernel/a.h '\tfloat y = tanhf (x);'
breaks 0 src/kernel/reference.c '\ty = erf(x);'
breaks 0 src/net/net64.c '\ty = log(x);'
breaks 0 src/net/a.c '\tint exp = scalar_exp(x); /* exp(x) */'
breaks 13 src/net/a.c '\tif (net_plan(net, err) < 0)'
breaks 13 src/net/a.c '\tif (net_plan(net, &err) < 0 || all)'
breaks 13 src/net/a.c '\treturn code < 0 ? NULL : net;'
breaks 0 src/net/a.c '\tif (read(file, bytes, count) < 0 || exit_code < 0) /* code < 0 */'
breaks 14 src/net/a.c '\terr_set(err, 65, "is %%.100s", text);'
breaks 0 src/net/a.c '\terr_set(err, 65, "is %%.*s", (int)text_head(text, 100), text);'
for header in src/net/b.h include/convoy/net.h tests/net/b.h; do
	tree_plant
	guarded $header
	breaks_only 0 "a guard that names $header"
	sed -i 's/^#\(ifndef\|define\) [A-Z_]*/&_/' "$tree/$header"
	breaks_only 15 "another guard in $header"
	echo '/* b */' >"$tree/$header"
	breaks_only 15 "no guard in $header"
done
results_end
