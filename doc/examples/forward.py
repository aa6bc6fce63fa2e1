"""The forward pass of a checkpoint in NumPy: python3 forward.py best.h5 IMAGES.npy prints the scores of each sample.

It knows chains of convolutions (stride 1, no padding), sub-sampling, max-pooling, batch-norm and full layers, for
classes, and refuses all others."""
import sys
import h5py
import numpy as np
import yaml

ACTIVATIONS = {"linear": lambda u: u, "relu": lambda u: np.maximum(u, 0), "tanh": np.tanh,
               "sigmoid": lambda u: 1 / (1 + np.exp(-u)), "scaled-tanh": lambda u: 1.7159 * np.tanh(u * 2 / 3)}
KEYS = {"type", "name", "maps", "kernel", "connections", "window", "method", "units", "activation", "frozen"}

def refuse(what):
    sys.exit(f"forward.py does not know this: {what}")

def windows(x, rows, columns, step_r=1, step_c=1):  # [n][maps][r][c] -> [n][maps][r'][c'][rows][columns]
    return np.lib.stride_tricks.sliding_window_view(x, (rows, columns), axis=(2, 3))[:, :, ::step_r, ::step_c]

def per_map(a):
    return a[:, None, None]

def layer_forward(spec, w, x):
    kind, side = spec["type"], spec.get("window", 1)
    if set(spec) - KEYS or spec.get("method", "max") != "max" or spec.get("activation", "linear") not in ACTIVATIONS:
        refuse(spec)
    rows, columns = side if isinstance(side, list) else (side, side)
    if kind == "convolution":
        k = w["kernels"][:]  # 0 where the connection table has no connection
        u = np.einsum("nirckl,oikl->norc", windows(x, *k.shape[2:]), k, optimize=True) + per_map(w["biases"][:])
    elif kind == "subsampling":
        u = per_map(w["beta"][:]) * windows(x, rows, columns, rows, columns).sum((4, 5)) + per_map(w["biases"][:])
    elif kind == "pooling":
        u = windows(x, rows, columns, rows, columns).max((4, 5))
    elif kind == "batch-norm":
        u = (x - per_map(w["mean"][:])) / np.sqrt(per_map(w["variance"][:]) + 1e-5)
        u = per_map(w["gamma"][:]) * u + per_map(w["biases"][:])
    elif kind == "full":
        u = (x.reshape(len(x), -1) @ w["weights"][:].T + w["biases"][:])[:, :, None, None]
    else:
        refuse(spec)
    return ACTIVATIONS[spec.get("activation", "linear")](u)

def forward(path, x):  # x [samples][maps][rows][columns], numbers as in the data set
    with h5py.File(path) as f:
        job = yaml.safe_load(f.attrs["job"].decode())
        groups = f["average"] if "average" in f else f["layers"]  # /average has a mean and variance of its own
        if job["loss"] not in ("softmax-cross-entropy", "squared-error") or "classes" not in job["output"]:
            refuse({"loss": job["loss"], "output": job["output"]})
        pad = job.get("data", {}).get("pad", 0)  # before normalising
        x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        x = (x - per_map(f["normalization/mean"][:])) / per_map(f["normalization/deviation"][:])
        for number, spec in enumerate(job["layers"], 1):
            x = layer_forward(spec, groups.get(spec.get("name", f"{number:02}-{spec['type']}")), x)
    if x.shape[2:] != (1, 1):
        refuse("outputs at each position")
    x = x.reshape(len(x), -1)
    if job["loss"] == "softmax-cross-entropy":
        x = np.exp(x - x.max(1, keepdims=True))
        x /= x.sum(1, keepdims=True)
    return x

if __name__ == "__main__":
    np.savetxt(sys.stdout, forward(sys.argv[1], np.load(sys.argv[2])), "%.6f")
