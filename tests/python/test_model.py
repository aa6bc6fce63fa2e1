"""Predictions are those of `convoy predict`, bit by bit; what a model says of itself; refusals; memory."""
import gc
import os
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import convoy
from conftest import KINDS, convoy_run, samples_of


def inputs_of(kind):
    return samples_of(kind)["test"][0]


def outputs_of(kind, run):
    """What convoy predict writes of the test set."""
    out = run / "outputs.npy"
    if not out.exists():
        convoy_run("predict", run / "latest.h5", run.parent / f"data-{kind}/test-inputs.npy", "--output", out)
    return np.load(out)


def spied(model, monkeypatch):
    """Notes where the library's functions are given inputs."""
    seen = []
    for name in "predict", "predict_floats":
        def spy(predictor, count, inputs, outputs, run=getattr(model._library, name)):
            seen.append(inputs)
            return run(predictor, count, inputs, outputs)
        monkeypatch.setattr(model._library, name, spy)
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_predicts_what_the_command_does(kind, trained):
    run = trained(kind)
    model = convoy.load(run / "latest.h5")
    x, said = inputs_of(kind), model.predict(inputs_of(kind))
    assert said.dtype == np.float32 and said.shape == (len(x), *model.output_shape)
    assert said.tobytes() == outputs_of(kind, run).tobytes()
    floats = x.astype(np.float32)
    assert model.predict(floats).tobytes() == said.tobytes()
    assert model.predict(np.asfortranarray(floats)).tobytes() == said.tobytes()
    assert model.predict(np.repeat(floats, 2, axis=0)[::2]).tobytes() == said.tobytes()
    assert model.predict(floats[:1]).tobytes() == said[:1].tobytes()
    assert model.predict(floats[:0]).shape == (0, *model.output_shape)


@pytest.mark.parametrize("kind", KINDS)
def test_tells_what_it_is(kind, trained):
    run = trained(kind)
    with convoy.load(str(run / "latest.h5")) as model:
        assert model.input_shape == (2, 5, 4) and model.dtype == KINDS[kind][3]
        assert model.task == KINDS[kind][0].split(":")[0]
        assert model.output_shape == {"maps": (2, 5, 4), "fields": (2, 5, 4)}.get(kind, (3,))
        assert model.names == {"classes": ["a", "b", "ü"], "values": ["x", "y", "z"]}.get(
            kind, [str(k) for k in range(model.output_shape[0])])
        assert model.units == (["m", "K", "1"] if kind == "values" else None)
        assert model.probabilities == (kind in ("classes", "labels", "maps", "weighted"))
        metrics = convoy.read_run(run).history
        measure = "mae" if model.task == "values" else "error"
        for name, own in model.history.items():
            assert own.shape == (3,) and np.allclose(own, metrics[name.replace("measure", measure)], rtol=1e-8)
        assert model.task in repr(model)
    assert repr(model) == "<convoy.Model: closed>"


@pytest.mark.parametrize("kind, dtype, copies", [("classes", "uint8", False), ("classes", "float32", False),
                                                 ("values", "float32", False), ("values", "uint8", True)])
def test_reads_inputs_where_they_are(kind, dtype, copies, trained, monkeypatch):
    model = convoy.load(trained(kind) / "latest.h5")
    x = inputs_of(kind).astype(dtype)
    x.flags.writeable = False
    seen = spied(model, monkeypatch)
    model.predict(x)
    assert len(seen) == 1 and (seen[0] != x.ctypes.data) == copies


def refused(call, text, code):
    with pytest.raises(convoy.Error) as caught:
        call()
    assert str(caught.value) == text and caught.value.code == code


def test_refuses_other_types_and_shapes(trained):
    model = convoy.load(trained("values") / "latest.h5")
    x = inputs_of("values")
    types = "uint8 or int8 or uint16 or int16 or float16 or float32: .astype('float32') converts it"
    for other in "float64", "int64", "bool", ">f4", "complex64", object:
        refused(lambda: model.predict(x.astype(other)), f"inputs: the type is {np.dtype(other)}, not {types}",
                os.EX_DATAERR)
    for shape in (21, 2, 4, 5), (21, 40), (7, 3, 2, 5, 4), (42, 1, 5, 4), (840,):
        refused(lambda: model.predict(x.reshape(shape)), f"inputs: the shape is {shape}, not (count, 2, 5, 4)",
                os.EX_DATAERR)
    refused(lambda: model.predict(np.ma.masked_less(x, 50)),
            "inputs: some numbers are masked; fill them, or leave their samples out", os.EX_DATAERR)
    assert model.predict(np.ma.masked_less(x, -1)).tobytes() == model.predict(x).tobytes()
    x[19, 1, 1, 1] = np.nan
    refused(lambda: model.predict(x), "inputs: sample 19 holds a number that is not finite", os.EX_DATAERR)
    assert np.isfinite(model.predict(x[:19])).all()


def test_refuses_what_is_no_checkpoint(trained, tmp_path):
    bad = tmp_path / "no.h5"
    with pytest.raises(convoy.Error) as caught:
        convoy.load(bad)
    assert str(bad) in str(caught.value) and caught.value.code == os.EX_NOINPUT
    bad.write_bytes(b"nothing")
    with pytest.raises(convoy.Error, match="not a convoy checkpoint"):
        convoy.load(bad)
    whole = bytearray((trained("classes") / "latest.h5").read_bytes())
    whole[-1] ^= 1
    bad.write_bytes(whole)
    with pytest.raises(convoy.Error, match="SHA-256"):
        convoy.load(bad)
    refused(lambda: convoy.load("a\0b"), "path: it holds the character 0", os.EX_USAGE)


def test_is_freed_once_and_not_used_after(trained, monkeypatch):
    path = trained("classes") / "latest.h5"
    library, freed = convoy.load(path)._library, []
    for name in "model_free", "predictor_free":
        def free(pointer, name=name, run=getattr(library, name)):
            freed.append((name, pointer.value))
            run(pointer)
        monkeypatch.setattr(library, name, free)
    model = convoy.load(path)
    model.predict(inputs_of("classes"))
    model.predict(inputs_of("classes"))
    assert freed == []
    model.close()
    model.close()
    assert [name for name, _ in freed] == ["predictor_free", "model_free"]
    for use in ("names", "task", "input_shape", "output_shape", "dtype", "units", "probabilities", "history"):
        refused(lambda: getattr(model, use), "the model is closed", os.EX_USAGE)
    refused(lambda: model.predict(inputs_of("classes")), "the model is closed", os.EX_USAGE)
    del model
    forgotten = convoy.load(path)
    gone = weakref.ref(forgotten._handle)
    del forgotten
    gc.collect()
    assert gone() is None and [name for name, _ in freed] == ["predictor_free", "model_free", "model_free"]


def test_serves_several_threads(trained):
    model = convoy.load(trained("fields") / "latest.h5")
    x = inputs_of("fields")
    want, got = model.predict(x).tobytes(), []

    def work():
        for _ in range(20):
            got.append(model.predict(x).tobytes() == want)
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 60


def python_says(code, **environment):
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True)
    return done.returncode, done.stderr.decode().splitlines()[-1:]


def test_names_the_way_to_the_library(tmp_path):
    status, said = python_says("import convoy; convoy.version()", CONVOY_LIBRARY_PATH=str(tmp_path))
    assert status == 1 and said[0].startswith(f"convoy.Error: {tmp_path}/libconvoy.so.0 cannot be loaded")
    assert said[0].endswith("install convoy's libraries, or name their folder in CONVOY_LIBRARY_PATH")
    # Another library of that name stands for one of another version.
    maps = open("/proc/self/maps", encoding="utf-8").read().splitlines()
    other = next(line.split()[-1] for line in maps if "libm.so" in line or "libc.so" in line)
    (tmp_path / "libconvoy.so.0").symlink_to(other)
    status, said = python_says("import convoy; convoy.version()", CONVOY_LIBRARY_PATH=str(tmp_path))
    assert status == 1 and "libconvoy.so.0 has no convoy_version: it is of another version than this Python" in said[0]


def test_version_is_that_of_the_program():
    assert f"convoy {convoy.version()}" in convoy_run("--version")
