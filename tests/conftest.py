"""How nbval executes and compares the chapters, where its own way does not fit."""

import base64
import itertools
import os
import re
import tempfile

import nbval.kernel
import nbval.plugin
from jupyter_client.manager import KernelManager

# Two kernels that start at once over TCP can take the same port, and one is lost; nbval leaves no choice of transport.
# So its kernels get sockets in a folder of this worker, each with a name of its own.
SOCKETS = tempfile.TemporaryDirectory(prefix="nbval")
numbers = itertools.count()


def over_ipc(**options) -> KernelManager:
    return KernelManager(transport="ipc", ip=os.path.join(SOCKETS.name, f"k{next(numbers)}"), **options)


# How a picture of pixels is compressed differs from machine to machine: PNG, alone or within an SVG, is compared by its
# size in pixels and the kind of its pixels. nbval would not compare it at all.
PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/=\s]*")


def by_structure(text):
    return PNG.sub(lambda match: describe(match[0]), text) if isinstance(text, str) else text


def describe(png: str) -> str:
    """Width, height, bit depth and colour type, from the header of a base64 PNG."""
    header = base64.b64decode("".join(png.split())[:44])
    width, height = (int.from_bytes(header[at : at + 4], "big") for at in (16, 20))
    return f"PNG of {width} by {height} pixels, depth {header[24]}, colour type {header[25]}"


def pytest_itemcollected(item):
    if isinstance(item, nbval.plugin.IPyNbCell):
        item.sanitize = by_structure
        item.parent.skip_compare = tuple(key for key in item.parent.skip_compare if key != "image/png")


nbval.kernel.KernelManager = over_ipc
