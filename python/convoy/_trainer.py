"""Training over MPI, on arrays in memory."""
from __future__ import annotations

import contextlib
import ctypes
import os
from typing import Any, Callable, Iterator, NamedTuple, Optional, Sequence

import numpy as np

from . import _library
from ._arrays import array_of, inputs_of
from ._library import TYPES, CSamples, Error, Handle, Library, path_bytes, text_bytes
from ._model import Model, predictor_create


class Step(NamedTuple):
    """What a step gave: means over its mini-batch, before the update."""

    loss: float
    measure: float     # the share of wrong guesses; of values the mean absolute error, in their units


class Trainer:
    """Trains the network of a job on arrays, over the ranks of a communicator.

        with convoy.Trainer(MPI.COMM_WORLD, job, x, y, test=(u, v)) as trainer:
            while trainer.done < trainer.steps:
                loss, measure = trainer.step()
            trainer.save("net.h5")

    The results are the same bytes for any number of ranks, and those of `convoy train` with the same job and samples.

    `comm` is an mpi4py communicator, which is duplicated; None: MPI.COMM_WORLD. `job` is the text of a job file; that
    of rank 0 counts. Of its `data` only pad, normalize, distort and weights have an effect.

    Samples are the same on all ranks. `x` has the shape (count, maps, rows, columns) and one of the types uint8, int8,
    uint16, int16, float16, float32. `y` is what the job's `output` asks for; where each position has a target, rows and
    columns follow:

        classes   (count,), integers from 0 to K − 1
        values    (count, K), float32
        labels    (count, K), uint8 or bool

    `weights`, float32 (count,), are 0 … 1024. `test`, (x, y) or (x, y, weights), are samples that evaluate the network
    at each epoch's end. Inputs, values and labels are used where they are, if type and layout fit: do not change them
    while the trainer lives.

    `start` names a checkpoint of any job, whose parameters the network begins with where names and shapes fit; of the
    layers named in `layers` alone, which must fit as a whole; with `normalization` that of the inputs comes along.

    Trainer(), step(), save() and close() are collective: all ranks call them in the same order, from one thread, and
    they raise Error on all ranks alike. Several threads can each have trainers, over communicators of their own; MPI
    must allow that, as mpi4py has it by default. `with` closes at its end; after an exception only if there is one
    rank, because the others may never come to do so. A trainer of several ranks that nobody closes stays until the
    process ends.
    """

    _handle: Optional[Handle] = None

    def __init__(self, comm, job: str, x, y, *, weights=None, test: Optional[Sequence] = None,
                 start: str | os.PathLike | None = None, layers: Optional[Sequence[str]] = None,
                 normalization: bool = False):
        comm = _communicator(comm)
        library, text, path, names = _agreed(comm, lambda: (
            _library.training(), text_bytes("job", job), *_start(start, layers, normalization)))
        sets = _sets(comm, lambda: Model(library, Handle(library.model_create(text), library.model_free)),
                     (x, y, weights), test)
        if path is None:
            self._begin(comm, library, sets, library.trainer_create, text)
        else:
            self._begin(comm, library, sets, library.trainer_start, text, path, names, int(normalization))

    @classmethod
    def resume(cls, comm, path: str | os.PathLike, x, y, *, weights=None, test: Optional[Sequence] = None) -> Trainer:
        """Continues from a checkpoint, which rank 0 reads, with its job.

        With the samples that it was trained on, the results are those of a training without interruption. They may be
        others, as those of a simulation that has gone on: nothing compares them. Inputs must have the type that the
        network was trained on. Otherwise as Trainer(). Collective.
        """
        comm = _communicator(comm)
        library, name = _agreed(comm, lambda: (_library.training(), path_bytes(path)))
        sets = _sets(comm, lambda: Model(library, Handle(library.model_load(name), library.model_free)),
                     (x, y, weights), test)
        self = cls.__new__(cls)
        self._begin(comm, library, sets, library.trainer_continue, name)
        return self

    def step(self) -> Step:
        """Trains on one mini-batch, and returns its loss and measure. Raises Error if it diverged (70). Collective."""
        loss, measure = ctypes.c_double(), ctypes.c_double()
        self._library.trainer_step(self._open(), ctypes.byref(loss), ctypes.byref(measure))
        return Step(loss.value, measure.value)

    @property
    def done(self) -> int:
        """The number of steps made so far. Local."""
        return self._library.trainer_done(self._open())

    @property
    def epoch_steps(self) -> int:
        """The number of steps in an epoch. Local."""
        return self._library.trainer_epoch(self._open())

    @property
    def steps(self) -> int:
        """The number of steps in all epochs of the job, where its schedule ends; you can make more. Local."""
        return self._library.trainer_steps(self._open())

    @property
    def model(self) -> Model:
        """The network as it is at each use, to predict and to read its history, as long as the trainer lives. Local."""
        return _Training(self)

    def save(self, path: str | os.PathLike) -> None:
        """Writes a checkpoint on rank 0, atomically; an existing file is replaced. Collective."""
        handle = self._open()
        name = _agreed(self._comm, lambda: path_bytes(path))
        self._library.trainer_save(handle, name)

    def close(self) -> None:
        """Frees the memory. The trainer cannot be used any more. Collective."""
        if self._mpi.Is_finalized():
            self._abandon()
        self._handle = None

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, kind, *_) -> None:
        if kind is not None and self._ranks > 1:
            self._abandon()
        self.close()

    def __del__(self):
        if self._handle is not None and (self._ranks > 1 or self._mpi.Is_finalized()):
            self._abandon()

    def _begin(self, comm, library: Library, sets: list[Optional[_Samples]], create: Callable, *of) -> None:
        self._library, self._mpi, self._comm, self._ranks = library, _mpi(), comm, comm.Get_size()
        pointers = [None if samples is None else ctypes.byref(samples.own) for samples in sets]
        self._handle = Handle(create(comm.py2f(), *of, *pointers), library.trainer_free, sets)

    def _open(self) -> Handle:
        if self._handle is None:
            raise Error("the trainer is closed")
        if self._mpi.Is_finalized():
            raise Error("MPI is not running any more")
        return self._handle

    def _abandon(self) -> None:
        if self._handle is not None:
            self._handle.abandon()


class _Training(Model):
    """A trainer's network, which changes: each prediction is one of the parameters of its time."""

    def __init__(self, trainer: Trainer):
        super().__init__(trainer._library, None)
        self._trainer = trainer

    def close(self) -> None:
        """Does nothing: the trainer owns the network."""

    def _open(self) -> Handle:
        trainer = self._trainer._open()
        return Handle(self._library.trainer_model(trainer), None, trainer)

    @contextlib.contextmanager
    def _predictor(self) -> Iterator[Handle]:
        yield predictor_create(self._library, self._open())


# ---- Ranks ----------------------------------------------------------------------------------------------------------


def _mpi():
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise Error("training needs mpi4py, of the MPI library that convoy was built with (Debian: python3-mpi4py): "
                    f"{error}", os.EX_UNAVAILABLE) from None
    return MPI


def _communicator(comm):
    mpi = _mpi()
    if not mpi.Is_initialized() or mpi.Is_finalized():
        raise Error("MPI is not running")
    comm = mpi.COMM_WORLD if comm is None else comm
    if not isinstance(comm, mpi.Intracomm) or comm == mpi.COMM_NULL:
        raise Error(f"the communicator is {comm!r}, not an mpi4py.MPI.Intracomm")
    return comm


def _agreed(comm, make: Callable[[], Any]) -> Any:
    """Returns what make() returns on this rank; raises on all ranks what it raised on the lowest one. Collective."""
    made = error = None
    try:
        made = make()
    except (Error, TypeError, ValueError, OSError) as caught:
        error = caught
    except Exception as caught: # perhaps one that cannot be sent
        error = Error(f"{type(caught).__name__}: {caught}")
    for error in comm.allgather(error):
        if error is not None:
            raise error
    return made


# ---- Samples --------------------------------------------------------------------------------------------------------


class _Sizes(NamedTuple):
    """What a network takes and gives."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    task: str


class _Samples:
    """Samples as the library takes them, and the arrays that they point to."""

    def __init__(self, what: str, sizes: _Sizes, x, y, weights=None):
        inputs = inputs_of(f"{what}: inputs", x, sizes.input_shape)
        count = len(inputs)
        targets = _TARGETS[sizes.task](f"{what}: {sizes.task}", y, (count, *sizes.output_shape))
        self.own = CSamples(count, TYPES.index(inputs.dtype.name) + 1, inputs.ctypes.data)
        setattr(self.own, sizes.task, targets.ctypes.data)
        if weights is not None:
            weights = array_of(f"{what}: weights", weights, ("float32",), (count,))
            self.own.weights = weights.ctypes.data
        self._arrays = inputs, targets, weights


_INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int64", "uint64", "int32")


def _classes(what: str, y, shape: tuple[int, ...]) -> np.ndarray:
    given = array_of(what, y, _INTEGERS, shape[:1] + shape[2:])
    classes = given.astype(np.int32, copy=False)
    if (classes != given).any():
        raise Error(f"{what}: a class is not 0 … {shape[1] - 1}", os.EX_DATAERR)
    return classes


def _values(what: str, y, shape: tuple[int, ...]) -> np.ndarray:
    return array_of(what, y, ("float32",), shape)


def _labels(what: str, y, shape: tuple[int, ...]) -> np.ndarray:
    return array_of(what, y, ("bool", "uint8"), shape).view(np.uint8)


_TARGETS = {"classes": _classes, "values": _values, "labels": _labels}


def _start(start, layers, normalization) -> tuple[Optional[bytes], Optional[bytes]]:
    if start is None and (layers is not None or normalization):
        raise Error("layers and normalization are those of a checkpoint: start names it")
    names = [layers] if isinstance(layers, str) else layers
    return (None if start is None else path_bytes(start),
            None if names is None else text_bytes("layers", ",".join(names)))


def _test(test) -> Optional[Sequence]:
    if test is None or (isinstance(test, (tuple, list)) and len(test) in (2, 3)):
        return test
    what = f"{type(test).__name__} of {len(test)}" if isinstance(test, (tuple, list)) else type(test).__name__
    raise Error(f"test: expected (x, y) or (x, y, weights), not a {what}")


def _sets(comm, network: Callable[[], Model], train: Sequence, test: Optional[Sequence]) -> list[Optional[_Samples]]:
    """Returns the samples of both parts, as the network that rank 0 makes takes them. Collective."""
    def sizes():
        if comm.Get_rank() > 0:
            return None
        with network() as model:
            return _Sizes(model.input_shape, model.output_shape, model.task)

    of_root = comm.bcast(_agreed(comm, sizes))
    return _agreed(comm, lambda: [_Samples("training samples", of_root, *train),
                                  None if _test(test) is None else _Samples("test samples", of_root, *test)])
