"""Trained networks: what they are, and their predictions."""
from __future__ import annotations

import contextlib
import ctypes
import os
from typing import Iterator, Optional

import numpy as np

from . import _library
from ._arrays import inputs_of
from ._library import FIGURES, TASKS, TYPES, Error, Handle, Library, path_bytes


class Model:
    """A trained network, from load() or Trainer.model. It never changes, and any number of threads can use it.

    Its memory is freed when nothing refers to it any more, after close(), or at the end of `with`. Everything is local.
    """

    def __init__(self, library: Library, handle: Optional[Handle]):
        self._library = library
        self._handle = handle
        self._idle: list[Handle] = []     # predictors: each serves one thread at a time

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The maps, rows and columns of a sample."""
        model, library = self._open(), self._library
        return library.model_maps(model), library.model_rows(model), library.model_columns(model)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The outputs of a sample: (K,), or (K, rows, columns) where each position has K outputs."""
        model, library = self._open(), self._library
        positions = library.model_output_rows(model), library.model_output_columns(model)
        return (library.model_outputs(model), *(positions if positions != (1, 1) else ()))

    @property
    def task(self) -> str:
        """What the outputs are: scores of "classes", "values", or scores of "labels"."""
        return TASKS[self._library.model_task(self._open()) - 1]

    @property
    def dtype(self) -> np.dtype:
        """The type of the numbers that the network was trained on."""
        return np.dtype(TYPES[self._library.model_type(self._open()) - 1])

    @property
    def names(self) -> list[str]:
        """The names of the K classes, values or labels; their numbers as texts where they have none."""
        model = self._open()
        return [self._library.model_name(model, k).decode() for k in range(self.output_shape[0])]

    @property
    def units(self) -> Optional[list[str]]:
        """The units of the K values; None if the job has none."""
        model = self._open()
        units = [self._library.model_unit(model, k) for k in range(self.output_shape[0])]
        return None if None in units else [unit.decode() for unit in units]

    @property
    def probabilities(self) -> bool:
        """Whether scores are probabilities."""
        return self._library.model_probabilities(self._open()) != 0

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Figures of each epoch that was tested, float64 (epochs,): train_loss, train_measure, test_loss, test_measure.

        The measure is the share of wrong guesses of classes or labels; of values the mean absolute error in their unit.
        """
        model, library = self._open(), self._library
        figures = (ctypes.c_double * len(FIGURES))()
        rows = np.empty((library.model_epochs(model), len(FIGURES)))
        for epoch, row in enumerate(rows):
            library.model_epoch(model, epoch, figures)
            row[:] = figures
        return dict(zip(FIGURES, rows.T.copy()))

    def predict(self, x) -> np.ndarray:
        """Returns the outputs of the samples `x`, float32 (count, *output_shape): scores, or values in their units.

        `x` has the shape (count, *input_shape), and one of the types uint8, int8, uint16, int16, float16, float32: the
        numbers as they are in the training data, of bytes 0 … 255, which the network normalises itself. They are read
        where they are if they are float32, or uint8 as in training, and lie in the order of C. Raises Error (65) if
        type or shape is another, or a number is not finite.
        """
        x = inputs_of("inputs", x, self.input_shape)
        if x.dtype == np.uint8 and self.dtype == np.uint8:
            run = self._library.predict
        else:
            x = x.astype(np.float32, copy=False)     # exact for each type
            run = self._library.predict_floats
        outputs = np.empty((len(x), *self.output_shape), np.float32)
        with self._predictor() as predictor:
            run(predictor, len(x), x.ctypes.data, outputs.ctypes.data)
        return outputs

    def close(self) -> None:
        """Frees the memory. The model cannot be used any more."""
        self._handle, self._idle = None, []

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __repr__(self) -> str:
        try:
            what = f"{self.task}, {self.input_shape} to {self.output_shape}"
        except Error:
            what = "closed"
        return f"<convoy.Model: {what}>"

    def _open(self) -> Handle:
        if self._handle is None:
            raise Error("the model is closed")
        return self._handle

    @contextlib.contextmanager
    def _predictor(self) -> Iterator[Handle]:
        """A predictor for one call: one that no other call uses."""
        idle = self._idle
        try:
            predictor = idle.pop()
        except IndexError:
            predictor = predictor_create(self._library, self._open())
        yield predictor
        idle.append(predictor)


def predictor_create(library: Library, model: Handle) -> Handle:
    """Makes a predictor, which lets the model live."""
    return Handle(library.predictor_create(model), library.predictor_free, model)


def load(path: str | os.PathLike) -> Model:
    """Reads a checkpoint, such as runs/NAME/best.h5, and checks every byte of it. Raises Error if it is bad."""
    with _library.files:
        library = _library.models()
        return Model(library, Handle(library.model_load(path_bytes(path)), library.model_free))
