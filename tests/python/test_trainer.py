"""Trainings give the checkpoints of `convoy train`, byte by byte, on any number of ranks; order of calls, refusals."""
import os
import shlex
import subprocess
import sys

import pytest

from conftest import KINDS, job_of

LAUNCH = os.environ.get("LAUNCH")
pytestmark = pytest.mark.skipif(not LAUNCH, reason="no mpi4py of the library's MPI, or no launcher")

HEAD = """\
import gc, sys
import numpy as np
from mpi4py import MPI
import convoy
from conftest import KINDS, job_of, samples_of
rank, ranks = MPI.COMM_WORLD.Get_rank(), MPI.COMM_WORLD.Get_size()

def given(kind):
    "Arguments of a trainer of that kind."
    (x, y, weights), test = samples_of(kind)["train"], samples_of(kind)["test"]
    return (x, y), dict(weights=weights, test=test)

def refused(call, code, text):
    try:
        call()
    except convoy.Error as error:
        assert (str(error), error.code) == (text, code), (str(error), error.code)
    else:
        assert False, "not refused: " + text
"""


def on_ranks(ranks, code, *words, status=0, level="multiple"):
    """Runs a program behind HEAD; gives what it prints. With 0 ranks without the launcher."""
    launch = [*shlex.split(LAUNCH), str(ranks)] if ranks else []
    head = f"import mpi4py\nmpi4py.rc.thread_level = {level!r}\n" + HEAD
    command = [*launch, sys.executable, "-m", "mpi4py", "-c", head + code, *map(str, words)]
    here = os.path.dirname(__file__)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200,
                          env={**os.environ, "PYTHONPATH": os.environ["PYTHONPATH"] + os.pathsep + here})
    assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
    return done.stdout + (done.stderr if status else "")


@pytest.mark.parametrize("ranks", [0, 1, 2])
def test_writes_the_bytes_of_the_command(ranks, trained, tmp_path):
    """Of each task and type; the last checkpoint, and one within an epoch that is continued."""
    on_ranks(ranks, """
for kind in KINDS:
    arrays, options = given(kind)
    with convoy.Trainer(None if kind == "classes" else MPI.COMM_WORLD, job_of(kind), *arrays, **options) as trainer:
        assert (trainer.done, trainer.epoch_steps, trainer.steps) == (0, 3, 9)
        while trainer.done < 4:
            loss, measure = trainer.step()
            assert loss > 0 and 0 <= measure
        trainer.save(f"{sys.argv[1]}/{kind}-4.h5")
        while trainer.done < trainer.steps:
            trainer.step()
        trainer.save(f"{sys.argv[1]}/{kind}.h5")
    with convoy.Trainer.resume(MPI.COMM_WORLD, f"{sys.argv[1]}/{kind}-4.h5", *arrays, **options) as trainer:
        assert trainer.done == 4
        while trainer.done < trainer.steps:
            trainer.step()
        trainer.save(f"{sys.argv[1]}/{kind}-resumed.h5")
""", tmp_path)
    for kind in KINDS:
        wanted = (trained(kind) / "latest.h5").read_bytes()
        assert (tmp_path / f"{kind}.h5").read_bytes() == wanted, kind
        assert (tmp_path / f"{kind}-resumed.h5").read_bytes() == wanted, kind


def test_starts_with_parameters_of_another_network(trained, tmp_path):
    old = trained("values") / "latest.h5"
    (tmp_path / "data-labels").symlink_to(trained("labels").parent / "data-labels")
    (tmp_path / "job.yaml").write_text(job_of("labels"))
    done = subprocess.run([os.environ["CONVOY"], "train", "job.yaml", "-o", "run", "--start-from", old, "--layers",
                           "01-convolution", "--take-normalization"], cwd=tmp_path, env=os.environ, capture_output=True)
    assert done.returncode == 0, done.stderr
    on_ranks(2, """
arrays, options = given("labels")
options |= dict(start=sys.argv[1], layers=["01-convolution"], normalization=True)
with convoy.Trainer(None, job_of("labels"), *arrays, **options) as trainer:
    while trainer.done < trainer.steps:
        trainer.step()
    trainer.save("started.h5" if rank else sys.argv[2])
refused(lambda: convoy.Trainer(None, job_of("labels"), *arrays, layers=["a"]), 64,
        "layers and normalization are those of a checkpoint: start names it")
""", old, tmp_path / "started.h5")
    assert (tmp_path / "started.h5").read_bytes() == (tmp_path / "run/latest.h5").read_bytes()


def test_uses_arrays_where_they_are(tmp_path):
    on_ranks(0, """
from convoy import _library
library, seen = _library.training(), []
def spy(number, job, train, test, create=library.trainer_create):
    seen.append(train._obj)
    return create(number, job, train, test)
library.trainer_create = spy
for kind in KINDS:
    (x, y), options = given(kind)
    x.flags.writeable = False
    convoy.Trainer(None, job_of(kind), x, y, **options).close()
    task = {"halves": "classes", "maps": "classes", "weighted": "classes", "fields": "values"}.get(kind, kind)
    assert seen[-1].inputs == x.ctypes.data and getattr(seen[-1], task) == y.ctypes.data, kind
    assert [name for name in ("classes", "values", "labels") if getattr(seen[-1], name)] == [task]
# Layouts and integers that do not fit are copied, and what a trainer uses lives as long as it does.
(x, y), options = given("classes")
losses = []
for a, b in ((x, y), (np.asfortranarray(x), y.astype("int64")), (x.repeat(2, 0)[::2].copy(), y.astype("uint8"))):
    trainer = convoy.Trainer(None, job_of("classes"), a, b)
    del a, b
    gc.collect()
    losses.append([trainer.step() for _ in range(9)])
    trainer.close()
assert losses[0] == losses[1] == losses[2]
""")


def test_its_model_is_the_network_of_the_time(tmp_path):
    """Of a layer that a predictor prepares for what its parameters are."""
    on_ranks(2, """
job = job_of("values").replace("convolution", "combination")
arrays, options = given("values")
x = options["test"][0]
trainer = convoy.Trainer(None, job, *arrays, **options)
model = trainer.model
assert model.names == ["x", "y", "z"] and model.input_shape == (2, 5, 4) and len(model.history["test_loss"]) == 0
before = model.predict(x)
for _ in range(3):
    trainer.step()
after = model.predict(x)
assert (before != after).all() and len(model.history["test_loss"]) == 1
assert abs(np.abs(after - options["test"][1]).mean() - model.history["test_measure"][0]) < 1e-4
trainer.save(sys.argv[1])
if rank == 0:
    assert (convoy.load(sys.argv[1]).predict(x) == after).all()
model.close()
assert (model.predict(x) == after).all() and "values" in repr(model)
trainer.close()
trainer.close()
refused(lambda: model.predict(x), 64, "the trainer is closed")
refused(trainer.step, 64, "the trainer is closed")
refused(lambda: trainer.save("x.h5"), 64, "the trainer is closed")
for name in "done", "steps", "epoch_steps":
    refused(lambda: getattr(trainer, name), 64, "the trainer is closed")
assert repr(model) == "<convoy.Model: closed>"
""", tmp_path / "net.h5")


def test_refuses_on_all_ranks_alike(tmp_path):
    """What one rank alone refuses, too: nobody waits for it."""
    on_ranks(2, """
(x, y), options = given("classes")
job = job_of("classes")
def refuses(text, code=65, job=job, x=x, y=y, **options):
    refused(lambda: convoy.Trainer(None, job, x, y, **options), code, text)
only = lambda wrong, right: wrong if rank == 1 else right      # on one rank
types = "uint8 or int8 or uint16 or int16 or float16 or float32: .astype('float32') converts it"
refuses("training samples: inputs: the type is float64, not " + types, x=only(x.astype(float), x))
refuses("training samples: inputs: the shape is (90, 2, 4, 5), not (count, 2, 5, 4)", x=only(x.reshape(90, 2, 4, 5), x))
refuses("training samples: classes: the shape is (89,), not (90,)", y=only(y[1:], y))
refuses("training samples: classes: the shape is (90, 3), not (90,)", y=np.eye(3, dtype="int32")[y])
refuses("training samples: classes: the type is float32, not uint8 or int8 or uint16 or int16 or uint32 or int64 or "
        "uint64 or int32: .astype('int32') converts it", y=y.astype("float32"))
refuses("training samples: classes: a class is not 0 … 2", y=only(y + (1 << 32), y))
refuses("training samples: class 3 of sample 0 is not 0 … 2", y=np.full(90, 3))
refuses("training samples: weights: the type is float64, not float32: .astype('float32') converts it",
        weights=np.ones(90))
refuses("test samples: inputs: the shape is (5, 4), not (count, 2, 5, 4)", test=(x[0, 0], y))
for wrong, what in ((x, "ndarray"), ((x,), "tuple of 1"), ([x, y, None, 1], "list of 4"), (3, "int"), ("xy", "str")):
    refuses(f"test: expected (x, y) or (x, y, weights), not a {what}", 64, test=only(wrong, None))
(u, v), more = given("values")
refused(lambda: convoy.Trainer(None, job_of("values"), u, v.astype(float)), 65,
        "training samples: values: the type is float64, not float32: .astype('float32') converts it")
(u, v), more = given("labels")
refused(lambda: convoy.Trainer(None, job_of("labels"), u, v.astype(int)), 65,
        "training samples: labels: the type is int64, not bool or uint8: .astype('uint8') converts it")
convoy.Trainer(None, job_of("labels"), u, v.astype(bool)).close()
refused(lambda: convoy.Trainer(4, job, x, y), 64, "the communicator is 4, not an mpi4py.MPI.Intracomm")
refused(lambda: convoy.Trainer(MPI.COMM_NULL, job, x, y), 64,
        f"the communicator is {MPI.COMM_NULL!r}, not an mpi4py.MPI.Intracomm")
for wrong in job.replace("full", "fall"), "name: [", job + "\\0":
    try:
        convoy.Trainer(None, wrong, x, y)
        assert False
    except convoy.Error as error:
        assert str(error).startswith("job:") and "\\n" not in str(error)
try:
    convoy.Trainer.resume(None, "no.h5", x, y)
    assert False
except convoy.Error as error:
    assert "no.h5" in str(error) and error.code == 66
# After all this a trainer still trains.
with convoy.Trainer(None, job, x, y) as trainer:
    trainer.step()
    try:
        trainer.save(only(None, "saved.h5"))
        assert False
    except TypeError:
        pass
    trainer.step()
""")


def test_threads_train_over_communicators_of_their_own(tmp_path):
    """They are made, step and save at the same time; each gives the bytes that it gives alone."""
    on_ranks(2, """
import threading
from convoy import _library
kinds, folder = ("classes", "values"), sys.argv[1]
def train(kind, comm, name):
    arrays, options = given(kind)
    for start in None, f"{folder}/{kind}-first.h5":
        with convoy.Trainer(comm, job_of(kind), *arrays, start=start, **options) as trainer:
            for _ in range(4):
                trainer.step()
            trainer.save(f"{folder}/{kind}-{name}.h5")
for kind in kinds:
    arrays, options = given(kind)
    with convoy.Trainer(None, job_of(kind), *arrays, **options) as trainer:
        trainer.save(f"{folder}/{kind}-first.h5")
    train(kind, MPI.COMM_WORLD, "alone")
# Nobody goes on before both are there: a lock that one of them held would keep the other one away.
library, met = _library.training(), threading.Barrier(2)
def together(call):
    def wrapped(*words):
        met.wait(60)
        return call(*words)
    return wrapped
for name in "trainer_create", "trainer_start", "trainer_save":
    setattr(library, name, together(getattr(library, name)))
comms, caught = [MPI.COMM_WORLD.Dup() for _ in kinds], []
threading.excepthook = lambda args: (caught.append(args.exc_value), met.abort())
threads = [threading.Thread(target=train, args=(kind, comm, "beside"), daemon=True) for kind, comm in zip(kinds, comms)]
for thread in threads[::1 if rank else -1]:
    thread.start()
for thread in threads:
    thread.join(150)
if caught or any(thread.is_alive() for thread in threads):
    print(caught, flush=True)
    MPI.COMM_WORLD.Abort(1)
""", tmp_path)
    for kind in "classes", "values":
        assert (tmp_path / f"{kind}-alone.h5").read_bytes() == (tmp_path / f"{kind}-beside.h5").read_bytes(), kind


def test_refuses_a_thread_that_must_not_call_mpi():
    on_ranks(0, """
import mpi4py, threading
(x, y), options = given("classes")
assert MPI.Query_thread() == MPI.THREAD_FUNNELED
called = lambda: refused(lambda: convoy.Trainer(None, job_of("classes"), x, y), 64, "MPI was started for one thread, "
    "which this one is not: start it with MPI_THREAD_SERIALIZED, or if several threads train at once with "
    "MPI_THREAD_MULTIPLE")
done = []
thread = threading.Thread(target=lambda: done.append(called()))
thread.start()
thread.join()
assert done == [None]
""", level="funneled")


def test_reads_with_one_library():
    """Each library keeps apart only the threads that read with itself."""
    on_ranks(0, """
from convoy import _library
assert _library.models() is not None and not hasattr(_library.models(), "trainer_save")
assert _library.training() is _library.models()
""")


def test_divergence_is_an_error():
    on_ranks(2, """
(x, y), options = given("values")
with convoy.Trainer(None, job_of("values").replace("0.05", "1e6").replace("huber", "squared-error"), x, y) as trainer:
    for _ in range(2):
        try:
            for _ in range(9):
                trainer.step()
            assert False
        except convoy.Error as error:
            assert error.code == 70 and "diverged" in str(error) and "\\n" not in str(error)
""")


def test_ends_well_whatever_was_not_closed():
    """The end of a program, of MPI, and of `with` by an exception on one rank alone."""
    on_ranks(2, """
(x, y), options = given("classes")
convoy.Trainer(None, job_of("classes"), x, y).step()
gc.collect()
kept = convoy.Trainer(None, job_of("classes"), x, y)
model = kept.model
MPI.Finalize()
refused(kept.step, 64, "MPI is not running any more")
refused(lambda: model.predict(x), 64, "MPI is not running any more")
refused(lambda: convoy.Trainer(None, job_of("classes"), x, y), 64, "MPI is not running")
if rank:
    kept.close()
""")
    on_ranks(1, """
(x, y), options = given("classes")
kept = convoy.Trainer(None, job_of("classes"), x, y)
""")
    said = on_ranks(2, """
(x, y), options = given("classes")
with convoy.Trainer(None, job_of("classes"), x, y) as trainer:
    if rank == 1:
        raise RuntimeError("rank 1 alone")
    while True:
        trainer.step()
""", status=1)
    assert "RuntimeError: rank 1 alone" in said


def test_is_freed_once():
    on_ranks(0, """
from convoy import _library
library, freed = _library.training(), []
def free(pointer, run=library.trainer_free):
    freed.append(pointer.value)
    run(pointer)
library.trainer_free = free
(x, y), options = given("classes")
with convoy.Trainer(None, job_of("classes"), x, y) as trainer:
    trainer.model.predict(x)
trainer.close()
del trainer
assert len(freed) == 1
trainer = convoy.Trainer(None, job_of("classes"), x, y)     # of one rank: nobody else is needed
del trainer
gc.collect()
assert len(freed) == 2
try:
    with convoy.Trainer(None, job_of("classes"), x, y) as trainer:
        raise KeyError
except KeyError:
    assert len(freed) == 3
""")


def test_needs_mpi4py(tmp_path):
    (tmp_path / "mpi4py").mkdir()
    (tmp_path / "mpi4py/__init__.py").write_text("")
    code = "import convoy; convoy.Trainer(None, '', 0, 0)"
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert done.stderr.decode().splitlines()[-1].startswith("convoy.Error: training needs mpi4py, of the MPI library")
