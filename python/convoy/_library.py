"""The C libraries: where they are, their functions as convoy.h has them, their errors, and what is freed once."""
from __future__ import annotations

import ctypes
import functools
import os
import threading
from ctypes import POINTER, c_char, c_char_p, c_double, c_int, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Callable, Optional

TASKS = ("classes", "values", "labels")                                       # enum convoy_task, from 1
TYPES = ("uint8", "int8", "uint16", "int16", "float16", "float32")            # enum convoy_type, from 1
FIGURES = ("train_loss", "train_measure", "test_loss", "test_measure")        # enum convoy_figure, from 0


class Error(Exception):
    """What cannot be done, in one line: str(error). `code` says of what kind it is, as convoy's exit status does."""

    def __init__(self, text: str, code: int = os.EX_USAGE):
        super().__init__(text, code)
        self.code = code

    def __str__(self) -> str:
        return self.args[0]


class CError(ctypes.Structure):
    """struct convoy_error."""

    _fields_ = [("code", c_int), ("text", c_char * 512)]


class CSamples(ctypes.Structure):
    """struct convoy_samples."""

    _fields_ = [("count", c_size_t), ("type", c_int), ("inputs", c_void_p), ("classes", c_void_p), ("values", c_void_p),
                ("labels", c_void_p), ("weights", c_void_p)]


# Functions of convoy.h without their prefix: what they return, and their arguments. Arrays and structures are c_void_p.
_ERROR, _SAMPLES = POINTER(CError), POINTER(CSamples)
MODELS = {
    "version": (c_char_p,),
    "model_load": (c_void_p, c_char_p, _ERROR),
    "model_free": (None, c_void_p),
    "model_create": (c_void_p, c_char_p, _ERROR),
    "model_maps": (c_size_t, c_void_p),
    "model_rows": (c_size_t, c_void_p),
    "model_columns": (c_size_t, c_void_p),
    "model_type": (c_int, c_void_p),
    "model_task": (c_int, c_void_p),
    "model_outputs": (c_size_t, c_void_p),
    "model_output_rows": (c_size_t, c_void_p),
    "model_output_columns": (c_size_t, c_void_p),
    "model_name": (c_char_p, c_void_p, c_size_t),
    "model_unit": (c_char_p, c_void_p, c_size_t),
    "model_probabilities": (c_int, c_void_p),
    "model_epochs": (c_size_t, c_void_p),
    "model_epoch": (c_int, c_void_p, c_size_t, POINTER(c_double)),
    "predictor_create": (c_void_p, c_void_p, _ERROR),
    "predictor_free": (None, c_void_p),
    "predict_floats": (c_int, c_void_p, c_size_t, c_void_p, c_void_p, _ERROR),
    "predict": (c_int, c_void_p, c_size_t, c_void_p, c_void_p, _ERROR),
}
TRAINING = {
    "trainer_create": (c_void_p, c_int, c_char_p, _SAMPLES, _SAMPLES, _ERROR),
    "trainer_start": (c_void_p, c_int, c_char_p, c_char_p, c_char_p, c_int, _SAMPLES, _SAMPLES, _ERROR),
    "trainer_continue": (c_void_p, c_int, c_char_p, _SAMPLES, _SAMPLES, _ERROR),
    "trainer_free": (None, c_void_p),
    "trainer_step": (c_int, c_void_p, POINTER(c_double), POINTER(c_double), _ERROR),
    "trainer_done": (c_uint64, c_void_p),
    "trainer_epoch": (c_uint64, c_void_p),
    "trainer_steps": (c_uint64, c_void_p),
    "trainer_model": (c_void_p, c_void_p),
    "trainer_save": (c_int, c_void_p, c_char_p, _ERROR),
}


class Library:
    """A library's functions as methods. Those whose last argument is the error go without it, and raise it."""

    def __init__(self, file: str, functions: dict[str, tuple]):
        path = _place(file)
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            raise Error(f"{path} cannot be loaded ({error}): install convoy's libraries, or name their folder in "
                        "CONVOY_LIBRARY_PATH", os.EX_UNAVAILABLE) from None
        for name, (result, *arguments) in functions.items():
            try:
                function = getattr(library, "convoy_" + name)
            except AttributeError:
                raise Error(f"{path} has no convoy_{name}: it is of another version than this Python package, "
                            f"{Path(__file__).parent}; install both of the same", os.EX_UNAVAILABLE) from None
            function.restype, function.argtypes = result, arguments
            setattr(self, name, _raising(function) if arguments and arguments[-1] is _ERROR else function)


def _place(file: str) -> str:
    """Returns a path: in CONVOY_LIBRARY_PATH; where `make install` puts both; or the name, for the system to find."""
    folder = os.environ.get("CONVOY_LIBRARY_PATH")
    if folder:
        return os.path.join(folder, file)
    above = Path(__file__).resolve().parents     # LIB/pythonX.Y/site-packages/convoy/this
    beside = above[min(3, len(above) - 1)] / file
    return str(beside) if beside.exists() else file


def _raising(function: Callable) -> Callable:
    def call(*arguments):
        error = CError()
        result = function(*arguments, ctypes.byref(error))
        if error.code != 0:
            raise Error(error.text.decode(errors="replace"), error.code)
        return result
    return call


def models() -> Library:
    """Returns libconvoy, which needs no MPI; or libconvoy-mpi, which has all functions, once training() has loaded it:
    each of them keeps apart only the threads that read with itself. Read while you hold `files`."""
    return _training() if _training.cache_info().currsize else _models()


def training() -> Library:
    """Returns libconvoy-mpi, when nobody reads with libconvoy any more."""
    with files:
        return _training()


@functools.lru_cache(None)
def _models() -> Library:
    return Library("libconvoy.so.0", MODELS)


@functools.lru_cache(None)
def _training() -> Library:
    return Library("libconvoy-mpi.so.0", {**MODELS, **TRAINING})


def version() -> str:
    """Returns the version of the library, such as "0.1.0"."""
    return models().version().decode()


# Held while a file is read. Never while other ranks are waited for: what they wait for may need it.
files = threading.Lock()


class Handle:
    """A structure of the library, which functions take as it is. It is freed when nobody holds it any more."""

    def __init__(self, pointer: int, free: Optional[Callable], *needs):
        self._as_parameter_ = c_void_p(pointer)
        self._free, self._needs = free, needs     # what the structure uses lives as long

    def abandon(self) -> None:
        """Leaves the structure to the end of the process."""
        self._free = None

    def __del__(self):
        if self._free is not None:
            self._free(self._as_parameter_)


def text_bytes(what: str, text: str) -> bytes:
    """Returns a text for the library, in which a text ends at its first character 0."""
    return _whole(what, text.encode())


def path_bytes(path: str | os.PathLike) -> bytes:
    """Returns a path for the library."""
    return _whole("path", os.fsencode(path))


def _whole(what: str, out: bytes) -> bytes:
    if b"\0" in out:
        raise Error(f"{what}: it holds the character 0")
    return out
