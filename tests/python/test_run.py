"""Runs: their history is what the files say, their arrays are those of the checkpoint."""
import os

import numpy as np
import pytest

import convoy
from conftest import job_of


def test_history_is_that_of_the_files(trained):
    run = convoy.read_run(trained("classes"))
    assert run.best.name == "best.h5" and run.latest == trained("classes") / "latest.h5"
    assert list(run.history) == ["epoch", "step", "rate", "train_loss", "train_error", "test_loss", "test_error",
                                 "seconds", "images_per_second"]
    assert run.history["epoch"].tolist() == [1, 2, 3] and run.history["step"].dtype == np.int64
    assert run.history["rate"].dtype == np.float64
    own = convoy.load(run.latest).history
    assert np.allclose(run.history["test_error"], own["test_measure"], rtol=1e-8)


def table(folder, text, name="metrics.csv"):
    (folder / name).write_text(text)
    return folder


def test_history_of_cells_that_are_empty_or_still_to_come(tmp_path):
    head = "epoch,step,rate,train_loss,test_loss\n"
    assert all(len(column) == 0 for column in convoy.read_run(table(tmp_path, head)).history.values())
    history = convoy.read_run(table(tmp_path, head + "1,30,0.1,2,\n2,60,0.1,1.5,\n")).history
    assert history["train_loss"].tolist() == [2, 1.5] and np.isnan(history["test_loss"]).all()
    table(tmp_path, "epoch,step,validation_loss,validation_error\n1,30,0.5,0.25\n", "validation.csv")
    history = convoy.read_run(tmp_path).history
    assert history["validation_error"].tolist() == [0.25] and history["train_loss"].tolist() == [2]


@pytest.mark.parametrize("text", ["", "epoch,step\n1,2,3\n", "epoch,step\n1\n", "epoch,step\n1,two\n",
                                  "epoch,step\n1,\n"])
def test_refuses_what_is_no_run(text, tmp_path):
    with pytest.raises(convoy.Error) as caught:
        convoy.read_run(tmp_path)
    assert str(caught.value) == f"{tmp_path}/metrics.csv: No such file or directory: no run of convoy train"
    assert caught.value.code == os.EX_NOINPUT
    with pytest.raises(convoy.Error) as caught:
        convoy.read_run(table(tmp_path, text))
    assert "metrics.csv: no table as convoy train writes it" in str(caught.value) and caught.value.code == os.EX_DATAERR


def test_arrays_of_a_checkpoint(trained):
    h5py = pytest.importorskip("h5py")
    path = trained("classes") / "latest.h5"
    arrays = convoy.read_arrays(path)
    assert arrays["layers/01-convolution/kernels"].shape == (3, 2, 2, 2)
    assert arrays["classes"].tolist() == ["a", "b", "ü"]
    with h5py.File(path) as file:
        assert file.attrs["job"].decode() == job_of("classes")
        assert (file["layers/03-full/weights"][:] == arrays["layers/03-full/weights"]).all()
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    (path.parent / "damaged.h5").write_bytes(damaged)
    with pytest.raises(convoy.Error, match="SHA-256"):
        convoy.read_arrays(path.parent / "damaged.h5")
