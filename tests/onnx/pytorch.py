"""pytorch.py DIRECTORY: networks of PyTorch as ONNX files NAME.onnx, with inputs NAME.npy and outputs NAME-want.npy."""
import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as f

warnings.filterwarnings("ignore")
torch.manual_seed(3)


def lively(net):
    """Statistics and biases that are not 0 and 1."""
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return net.eval()


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 30)
        self.drop = nn.Dropout(0.4)
        self.fc2 = nn.Linear(30, 10)

    def forward(self, x):
        x = f.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = f.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = self.drop(torch.sigmoid(self.fc1(torch.flatten(x, 1))))
        return self.fc2(x)


class View(LeNet):
    """With the shape written out, as much code has it; the inputs are normalised within."""
    def forward(self, x):
        x = (x - 0.1307) / 0.3081
        x = f.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = f.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = x.view(-1, 400)
        return f.softmax(self.fc2(torch.relu(self.fc1(x))), dim=1)


class Sizes(nn.Module):
    """Shapes computed while the network runs: of the batch, of a map to reach, of a border."""
    def __init__(self, reach=True):
        super().__init__()
        self.reach = reach
        self.a = nn.Conv2d(2, 6, 3, padding=1)
        self.b = nn.Conv2d(6, 4, 3)
        self.c = nn.Linear(4 * 6 * 8, 12)
        self.d = nn.Linear(12, 5)
        self.border = nn.ZeroPad2d(1)

    def forward(self, x):
        n = x.size(0)
        y = torch.relu(self.a(self.border(x)))
        if self.reach:
            y = f.interpolate(f.max_pool2d(y, 2), size=y.shape[2:], mode="nearest") + y
        y = torch.relu(self.b(y))
        y = self.c(y.view(y.size(0), y.size(1) * y.size(2) * y.size(3)))
        return self.d(torch.relu(y).view(n, -1).reshape(y.shape[0], 12))


class Block(nn.Module):
    def __init__(self, maps):
        super().__init__()
        self.conv1 = nn.Conv2d(maps, maps, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(maps)
        self.conv2 = nn.Conv2d(maps, maps, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(maps)

    def forward(self, x):
        return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.blocks = nn.Sequential(Block(8), Block(8))
        self.down = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(12, eps=1e-3)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(12, 4, bias=False)

    def forward(self, x):
        x = self.blocks(torch.relu(self.stem(x)))
        return self.head(self.pool(torch.relu(self.norm(self.down(x)))).flatten(1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(2, 6, 3, padding=1)
        self.b = nn.Conv2d(6, 8, 3, padding=1)
        self.c = nn.Conv2d(14, 3, 1)

    def forward(self, x):
        a = torch.relu(self.a(x))
        b = torch.relu(self.b(f.max_pool2d(a, 2)))
        return self.c(torch.cat([f.interpolate(b, scale_factor=2, mode="nearest"), a], 1))


class Mixed(nn.Module):
    """A row and maps side by side, constants, means, groups, sums of three, an activation that two read."""
    def __init__(self):
        super().__init__()
        self.groups = nn.Conv2d(4, 8, 3, groups=2, padding=2, dilation=2)
        self.each = nn.Conv2d(8, 8, (3, 2), groups=8, dilation=(1, 2))
        self.ends = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.first = nn.Linear(8, 5)
        self.norm = nn.BatchNorm1d(5)
        self.second = nn.Linear(8, 5)

    def forward(self, x):
        y = self.each(self.groups(x * 2 + 0.5))
        y = self.ends(torch.relu(y) + y + torch.tanh(y))
        row = y.mean((2, 3))
        return torch.sigmoid(self.norm(self.first(row)) + self.second(row) * 0.25)


class Curves(nn.Module):
    """Activations of several nodes, in and out of place."""
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 4, 3)
        self.b = nn.Linear(4 * 36, 9)
        self.c = nn.Linear(9, 5)

    def forward(self, x):
        x = f.gelu(self.a(f.leaky_relu(x, 0.2)))
        x = f.silu(self.b(x.flatten(1)))
        x = f.softplus(f.elu(x) + x)
        return 1.7159 * torch.tanh(self.c(x) * (2 / 3))


class Stem(nn.Module):
    """How residual networks begin, on even sides: half a window of zeros on all sides, steps of 2."""
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 7, stride=2, padding=3)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.each = nn.Conv2d(8, 8, 5, stride=2, padding=2, groups=8)
        self.head = nn.Linear(8 * 4 * 6, 5)

    def forward(self, x):
        x = self.pool(self.conv(x) - 9)  # below 0: zeros would be the largest
        return self.head(f.avg_pool2d(self.each(x), 3, 1, 1, count_include_pad=False).flatten(1))


class Signal(nn.Module):
    """Signals [N][maps][columns]."""
    def __init__(self):
        super().__init__()
        self.a = nn.Conv1d(2, 6, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm1d(6)
        self.b = nn.Conv1d(6, 6, 3, padding=1, groups=6)
        self.c = nn.Conv1d(12, 4, 3, dilation=2)
        self.d = nn.Linear(4 * 8, 5)

    def forward(self, x):
        x = f.max_pool1d(torch.relu(self.norm(self.a(x * 3))), 3, 2, 1)
        x = torch.cat([x, f.interpolate(f.avg_pool1d(self.b(x), 2), scale_factor=2, mode="nearest")], 1)
        x = self.c(x) * 0.5
        return self.d(x.view(x.size(0), -1))


class Wave(nn.Module):
    """Signals of one map as rows [N][numbers]."""
    def __init__(self):
        super().__init__()
        self.a = nn.Conv1d(1, 6, 9, stride=4)
        self.b = nn.Linear(6, 6)
        self.c = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.a(x.unsqueeze(1)))
        return self.c(f.adaptive_avg_pool1d(x, 1).squeeze(2) + self.b(x.mean(2)))


networks = {
    "stem": (Stem(), (3, 32, 48), {}),
    "signal": (Signal(), (2, 48), {}),
    "wave": (Wave(), (50,), {}),
    "curves": (Curves(), (1, 8, 8), {}),
    "lenet": (LeNet(), (1, 28, 28), {}),
    "view": (View(), (1, 28, 28), {}),
    "sizes": (Sizes(), (2, 6, 8), {}),
    "sizes-unfolded": (Sizes(), (2, 6, 8), {"training": torch.onnx.TrainingMode.PRESERVE,
                                            "do_constant_folding": False}),
    "sizes-opset9": (Sizes(reach=False), (2, 6, 8), {"opset_version": 9}),
    "resnet": (ResNet(), (3, 8, 8), {}),
    "unfolded": (ResNet(), (3, 8, 8), {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}),
    "unet": (UNet(), (2, 8, 12), {}),
    "mixed": (Mixed(), (4, 10, 10), {}),
    "fixed": (LeNet(), (1, 28, 28), {"dynamic_axes": None}),
    "opset9": (LeNet(), (1, 28, 28), {"opset_version": 9}),
    "opset17": (UNet(), (2, 8, 12), {"opset_version": 17}),
}
for name, (net, shape, options) in networks.items():
    lively(net)
    place = sys.argv[1] + "/" + name
    x = torch.rand(20, *shape) * 2 - 0.7
    with torch.no_grad():
        want = net(x)
    options = {"dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}, "opset_version": 13, **options}
    torch.onnx.export(net, x[:1], place + ".onnx", input_names=["x"], output_names=["y"], **options)
    if x.ndim < 4:
        x = x.reshape(20, -1, 1, x.shape[-1])
    np.save(place + ".npy", x.numpy())
    np.save(place + "-want.npy", want.numpy())
