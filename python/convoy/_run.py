"""Runs of `convoy train`: their history, and the arrays of checkpoints."""
from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ._library import Error
from ._model import load


@dataclass(frozen=True)
class Run:
    """A directory that `convoy train` wrote.

    `history` has an array (epochs,) for each column of metrics.csv, and of validation.csv if there is one: epoch and
    step as int64, the others as float64, NaN where a cell is empty.
    """

    directory: Path
    history: dict[str, np.ndarray]

    @property
    def best(self) -> Path:
        """The checkpoint with the lowest error."""
        return self.directory / "best.h5"

    @property
    def latest(self) -> Path:
        """The newest checkpoint."""
        return self.directory / "latest.h5"


def read_run(directory: str | os.PathLike) -> Run:
    """Reads a run, also one that still goes on. Raises Error if there is no metrics.csv (66), or a damaged one (65)."""
    directory = Path(directory)
    history = _table(directory / "metrics.csv")
    validation = directory / "validation.csv"
    if validation.exists():
        history.update(_table(validation))
        epochs = min(map(len, history.values()))     # a run writes one file, then the other
        history = {name: column[:epochs] for name, column in history.items()}
    return Run(directory, history)


def _table(path: Path) -> dict[str, np.ndarray]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        if any(len(row) != len(head) for row in rows):
            raise ValueError("rows have other numbers of columns")
        return {name: _column(name, [row[k] for row in rows]) for k, name in enumerate(head)}
    except OSError as error:
        raise Error(f"{path}: {error.strerror}: no run of convoy train", os.EX_NOINPUT) from None
    except ValueError as error:
        raise Error(f"{path}: no table as convoy train writes it: {error}", os.EX_DATAERR) from None


def _column(name: str, cells: list[str]) -> np.ndarray:
    if name in ("epoch", "step"):
        return np.array([int(cell) for cell in cells], np.int64)
    return np.array([float(cell or "nan") for cell in cells], np.float64)


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads the arrays of a checkpoint by name, such as "layers/01-convolution/kernels"; texts are arrays of str.

    doc/formats.md lists them. Checks every byte of the checkpoint first, as load() does. Raises Error, also if there is
    no h5py (69).
    """
    try:
        import h5py
    except ImportError:
        raise Error("reading arrays needs h5py (Debian: python3-h5py)", os.EX_UNAVAILABLE) from None
    load(path).close()
    arrays: dict[str, np.ndarray] = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()]

    with h5py.File(path, "r") as file:
        file.visititems(take)
    return arrays
