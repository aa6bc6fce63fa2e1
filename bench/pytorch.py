#!/usr/bin/env python3
"""Images per second of PyTorch training the network of a convoy job, one thread: the other side of compare.sh.

Usage: pytorch.py lenet5-full|vgg-small BATCH LAYOUT SECONDS     (LAYOUT: rows or channels)
Prints one number. The networks are those of jobs/lenet5-full-fashion.yaml and jobs/vgg-small.yaml: the same layers,
activations, loss and update. Needs numpy-free PyTorch only (Debian: python3-torch).
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional


class ScaledTanh(nn.Module):
    """LeCun's 1.7159 tanh(2u/3)."""

    def forward(self, x):
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsampling(nn.Module):
    """Sums of 2x2 windows times beta plus b, one of each per map."""

    def __init__(self, maps):
        super().__init__()
        self.beta = nn.Parameter(torch.full((maps, 1, 1), 0.25))
        self.b = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x):
        return functional.avg_pool2d(x, 2, divisor_override=1) * self.beta + self.b


def lenet5():
    layers = [nn.Conv2d(1, 6, 5), Subsampling(6), nn.Conv2d(6, 16, 5), Subsampling(16), nn.Conv2d(16, 120, 5)]
    net = [part for layer in layers for part in (layer, ScaledTanh())]
    return nn.Sequential(*net, nn.Flatten(), nn.Linear(120, 84), ScaledTanh(), nn.Linear(84, 10), ScaledTanh())


def vgg_small():
    net, maps = [], 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 0):
        if width == 0:
            net.append(nn.MaxPool2d(2))
            continue
        net += [nn.Conv2d(maps, width, 3, padding=1), nn.ReLU(inplace=True)]
        maps = width
    return nn.Sequential(*net, nn.Flatten(), nn.Linear(4096, 256), nn.ReLU(inplace=True), nn.Linear(256, 10))


def squared_error(y, labels):
    targets = torch.full_like(y, -1.0).scatter_(1, labels[:, None], 1.0)
    return ((y - targets) ** 2).sum() / (2 * len(y))


def main():
    name, batch, layout, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    if name == "lenet5-full":
        net, maps, loss = lenet5(), 1, squared_error
    else:
        net, maps, loss = vgg_small(), 3, functional.cross_entropy
    x, labels = torch.randn(batch, maps, 32, 32), torch.randint(10, (batch,))
    if layout == "channels":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    update = torch.optim.SGD(net.parameters(), lr=1e-9, momentum=0.9, nesterov=True)

    def step():
        update.zero_grad()
        loss(net(x), labels).backward()
        update.step()

    step()
    step()
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        step()
        steps += 1
    print(f"{steps * batch / (time.perf_counter() - began):.1f}")


main()
