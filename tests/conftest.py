"""What several test files need: how nbval starts its kernels."""

import itertools
import os
import tempfile

import nbval.kernel
from jupyter_client.manager import KernelManager

# Two kernels that start at once over TCP can take the same port, and one is lost; nbval leaves no choice of transport.
# So its kernels get sockets in a folder of this worker, each with a name of its own.
SOCKETS = tempfile.TemporaryDirectory(prefix="nbval")
numbers = itertools.count()


def over_ipc(**options) -> KernelManager:
    return KernelManager(transport="ipc", ip=os.path.join(SOCKETS.name, f"k{next(numbers)}"), **options)


nbval.kernel.KernelManager = over_ipc
