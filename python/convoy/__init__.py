"""convoy for NumPy: predict with trained networks, train over MPI, read runs.

    convoy.load(path).predict(x)                    a checkpoint's predictions
    convoy.Trainer(comm, job, x, y).step()          training over an mpi4py communicator
    convoy.read_run(directory).history              a run of `convoy train`, as arrays by name

The package calls the C libraries libconvoy and, to train, libconvoy-mpi; their header convoy.h has every detail. Only
NumPy is needed. A Trainer needs mpi4py, of the MPI library that convoy was built with; read_arrays needs h5py.
Whatever is refused raises convoy.Error with one line.
"""
from ._library import Error, version
from ._model import Model, load
from ._run import Run, read_arrays, read_run
from ._trainer import Step, Trainer

__all__ = ["Error", "Model", "Run", "Step", "Trainer", "load", "read_arrays", "read_run", "version"]

# Where people find them, which tracebacks say.
for _public in Error, Model, Run, Step, Trainer:
    _public.__module__ = __name__
