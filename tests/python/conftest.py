"""Networks of every task, trained by `convoy train`, and their samples: what the tests of the Python package share."""
import os
import subprocess

import numpy as np
import pytest

# The job's words, the type of its inputs and the shape of its targets behind the number of samples; weights or not.
FIELD = ("[{type: convolution, maps: 5, kernel: 3, padding: same, activation: tanh}, "
         "{type: convolution, maps: 2, kernel: 1}]")
ROW = "[{type: convolution, maps: 3, kernel: 2, activation: tanh}, {type: dropout, rate: 0.2}, {type: full, units: 3}]"
KINDS = {
    "classes": ("classes: 3, names: [a, b, ü]", ROW, "softmax-cross-entropy", "uint8", ()),
    "values": ("values: 3, normalize: standard, names: [x, y, z], units: [m, K, 1]", ROW, "huber", "float32", (3,)),
    "labels": ("labels: 3", ROW, "binary-cross-entropy", "int16", (3,)),
    "halves": ("classes: 3", ROW, "squared-error", "float16", ()),
    "maps": ("classes: 2", FIELD, "softmax-cross-entropy", "uint16", (5, 4)),
    "fields": ("values: 2", FIELD, "squared-error", "float32", (2, 5, 4)),
    "weighted": ("classes: 3", ROW, "softmax-cross-entropy", "int8", ()),
}
COUNTS = {"train": 90, "test": 21}


def job_of(kind):
    output, layers, loss, _, _ = KINDS[kind]
    weights = ", weights: trust" if kind == "weighted" else ""
    return f"""\
name: {kind}
data: {{format: numpy, directory: data-{kind}, normalize: standard{weights}}}
input: {{maps: 2, rows: 5, columns: 4}}
output: {{{output}}}
layers: {layers}
loss: {loss}
train: {{epochs: 3, batch: 32, rate: 0.05, momentum: 0.9, seed: 5}}
checkpoint: {{epochs: 1, keep: 100}}
"""


def samples_of(kind):
    """x, y and weights or None of both parts."""
    task, _, _, dtype, shape = KINDS[kind]
    random = np.random.default_rng(sum(kind.encode()))
    parts = {}
    for part, count in COUNTS.items():
        x = (random.random((count, 2, 5, 4)) * 100).astype(dtype)
        if task.startswith("values"):
            y = random.normal(300, 5, (count, *shape)).astype(np.float32)
        else:
            y = random.integers(0, 3 if task.startswith("classes: 3") else 2, (count, *shape), dtype=np.uint8)
            y = y if task.startswith("labels") else y.astype(np.int32)
        parts[part] = x, y, random.random(count, np.float32) if kind == "weighted" else None
    return parts


def convoy_run(*words):
    """What convoy prints on stdout. Any status of a run that stops early will do."""
    command = [os.environ["CONVOY"], *map(str, words)]
    done = subprocess.run(command, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode in (0, 75), done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """trained(kind): the directory of the run NAME of that kind, with the job and its data beside it."""
    made = {}

    def make(kind):
        if kind not in made:
            top = tmp_path_factory.mktemp(kind)
            (top / f"data-{kind}").mkdir()
            (top / "job.yaml").write_text(job_of(kind), encoding="utf-8")
            for part, (x, y, weights) in samples_of(kind).items():
                np.save(top / f"data-{kind}/{part}-inputs.npy", x)
                np.save(top / f"data-{kind}/{part}-targets.npy", y)
                if weights is not None:
                    np.save(top / f"data-{kind}/{part}-trust.npy", weights)
            here = os.getcwd()
            os.chdir(top)
            try:
                convoy_run("train", "job.yaml", "--output", "run")
            finally:
                os.chdir(here)
            made[kind] = top / "run"
        return made[kind]
    return make
