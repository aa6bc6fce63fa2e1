#!/usr/bin/env python3
"""The twin of jobs/ising-temperature.yaml in PyTorch: the same network, data, loss and update, one thread.

Usage: ising.py FILE.h5 SEED…      (FILE.h5: what doc/examples/ising.c writes)
Prints the mean absolute error and the root mean square error on the test set for each seed, and the medians. The first
parameters come from the same distribution, the order of the samples is random: so errors agree, but not digit by digit.
Needs PyTorch and h5py (Debian: python3-torch, python3-h5py).
"""
import math
import statistics
import sys

import h5py
import torch
from torch import nn

EPOCHS, BATCH, RATE, MOMENTUM, WARMUP = 24, 64, 0.2, 0.9, 1


def network():
    net = nn.Sequential(nn.Conv2d(1, 16, 2), nn.ReLU(), nn.AvgPool2d(31), nn.Flatten(),
                        nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))
    for layer, gain in (net[0], math.sqrt(2)), (net[4], math.sqrt(2)), (net[6], 1):
        bound = math.sqrt(3) * gain / math.sqrt(layer.weight[0].numel())
        nn.init.uniform_(layer.weight, -bound, bound)
        nn.init.zeros_(layer.bias)
    return net


def part(file, name):
    return torch.tensor(file[name]["spins"][:]).float()[:, None], torch.tensor(file[name]["temperature"][:])


def rate(step, warmup, steps):
    if step < warmup:
        return RATE * (step + 1) / (warmup + 1)
    return RATE * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def train(seed, spins, temperature):
    torch.manual_seed(seed)
    net = network()
    update = torch.optim.SGD(net.parameters(), lr=RATE, momentum=MOMENTUM, nesterov=True)
    each = math.ceil(len(spins) / BATCH)
    for step in range(EPOCHS * each):
        if step % each == 0:
            order = torch.randperm(len(spins))
        chosen = order[step % each * BATCH:(step % each + 1) * BATCH]
        update.param_groups[0]["lr"] = rate(step, WARMUP * each, EPOCHS * each)
        update.zero_grad()
        loss = 0.5 * ((net(spins[chosen])[:, 0] - temperature[chosen]) ** 2).mean()
        loss.backward()
        update.step()
    return net


def main():
    torch.set_num_threads(1)
    with h5py.File(sys.argv[1]) as file:
        spins, temperature = part(file, "train")
        test_spins, test_temperature = part(file, "test")
    mean, deviation = temperature.mean(), temperature.std(unbiased=False)
    results = []
    for seed in map(int, sys.argv[2:]):
        net = train(seed, spins, (temperature - mean) / deviation)
        with torch.no_grad():
            error = net(test_spins)[:, 0] * deviation + mean - test_temperature
        results.append((error.abs().mean().item(), (error ** 2).mean().sqrt().item()))
        print(f"seed {seed}: MAE {results[-1][0]:.5f}, RMSE {results[-1][1]:.5f}", flush=True)
    print("median: MAE {:.5f}, RMSE {:.5f}".format(*(statistics.median(column) for column in zip(*results))))


main()
