"""The package binds what include/convoy.h declares: all of it, and nothing else."""
import ctypes
import os
import re

import pytest

from convoy import _library

HEADER = re.sub(r"/\*.*?\*/", "", open(os.environ["HEADER"], encoding="utf-8").read(), flags=re.DOTALL)
KINDS = {"int": ctypes.c_int, "size_t": ctypes.c_size_t, "uint64_t": ctypes.c_uint64, "void": None}


def kind_of(declared):
    """The ctypes of an argument or of what a function returns."""
    words = [word for word in re.findall(r"\w+|\*|\[", declared) if word != "const"]
    if "*" not in words and "[" not in words:
        return KINDS[words[0]]
    if words[0] == "char":
        return ctypes.c_char_p
    of = {"convoy_error": _library.CError, "convoy_samples": _library.CSamples, "double": ctypes.c_double}
    name = words[1] if words[0] == "struct" else words[0]
    return ctypes.POINTER(of[name]) if name in of else ctypes.c_void_p


def functions():
    for result, name, arguments in re.findall(r"CONVOY_API ([\w ]+\*?) ?\*?convoy_(\w+)\(([^)]*)\);", HEADER):
        star = re.search(rf"CONVOY_API [^;]*?(\*?)convoy_{name}\(", HEADER).group(1)
        given = [] if arguments == "void" else arguments.split(",")
        yield name, (kind_of(result + star), *map(kind_of, given))


def test_functions_are_those_of_the_header():
    assert dict(functions()) == {**_library.MODELS, **_library.TRAINING}


@pytest.mark.parametrize("enum, names", [("task", _library.TASKS), ("type", _library.TYPES),
                                         ("figure", _library.FIGURES)])
def test_enums_are_those_of_the_header(enum, names):
    words = re.search(rf"enum convoy_{enum} {{(.*?)}}", HEADER, re.DOTALL).group(1)
    words = [word.strip() for word in words.split(",") if "FIGURES" not in word]
    first = "" if enum == "figure" else " = 1"
    assert words == [f"CONVOY_{name.upper()}{first if k == 0 else ''}" for k, name in enumerate(names)]


@pytest.mark.parametrize("struct, own", [("error", _library.CError), ("samples", _library.CSamples)])
def test_structures_are_those_of_the_header(struct, own):
    words = re.search(rf"struct convoy_{struct} {{(.*?)}}", HEADER, re.DOTALL).group(1)
    members = re.findall(r"([\w ]+?) ?(\*?)(\w+)(?:\[(\d+)\])?;", words)
    of = {"char": ctypes.c_char, "int": ctypes.c_int, "size_t": ctypes.c_size_t}
    wanted = [(name, ctypes.c_void_p if star else of[kind.strip()] * int(count) if count else of[kind.strip()])
              for kind, star, name, count in members]
    assert own._fields_ == wanted
