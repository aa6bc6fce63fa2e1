# Spack recipe: copy this file to packages/convoy/package.py in a repository of yours (spack repo create), then
# `spack install --no-checksum convoy` in the folder where the tarball lies.
import os

from spack.package import *


class Convoy(AutotoolsPackage):
    """Trains convolutional neural networks on CPU clusters, with MPI: exact sums of gradients, the same bytes on any
    number of ranks, HDF5 checkpoints."""

    url = f"file://{os.getcwd()}/convoy-0.1.0.tar.gz"
    manual_download = True

    license("MIT")

    version("0.1.0")

    depends_on("c", type="build")
    depends_on("fortran", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.8.9:")
    depends_on("nettle@3:")
    depends_on("zlib-api")
    depends_on("libpng@1.6:")
    depends_on("jpeg")
    depends_on("libtiff")
    depends_on("libyaml")
    depends_on("random123")
    depends_on("cmocka", type="test")

    def configure_args(self):
        # Not by what happens to lie in /usr: convoy export needs protobuf-c and the ONNX schema.
        return ["MPICC=" + self.spec["mpi"].mpicc, "MPIFC=" + self.spec["mpi"].mpifc, "--without-onnx"]

    def check(self):
        make("check")
