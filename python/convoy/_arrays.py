"""Arrays as the library takes them: of a type that it knows, in the shape that it needs, in the order of C."""
from __future__ import annotations

import os
from typing import Optional, Sequence

import numpy as np

from ._library import TYPES, Error


def array_of(what: str, given, types: Sequence[str], shape: Sequence[Optional[int]]) -> np.ndarray:
    """Returns the array itself if it lies in memory as the library reads it, otherwise a copy that does.

    Raises Error (65) if its type is none of `types`, its shape is not `shape` (None: any number), or some are masked.
    """
    if np.ma.is_masked(given):
        raise Error(f"{what}: some numbers are masked; fill them, or leave their samples out", os.EX_DATAERR)
    array = np.asarray(given)
    if array.dtype not in [np.dtype(name) for name in types]:
        raise Error(f"{what}: the type is {array.dtype}, not {' or '.join(types)}: .astype({types[-1]!r}) converts it",
                    os.EX_DATAERR)
    if array.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, array.shape)):
        wanted = ", ".join("count" if n is None else str(n) for n in shape)
        raise Error(f"{what}: the shape is {array.shape}, not ({wanted}{',' * (len(shape) == 1)})", os.EX_DATAERR)
    return np.require(array, requirements=("C", "A"))


def inputs_of(what: str, given, shape: Sequence[int]) -> np.ndarray:
    """Returns inputs [count][maps][rows][columns] as array_of does."""
    return array_of(what, given, TYPES, (None, *shape))
