"""A Matplotlib figure as a small SVG that never changes.

Matplotlib writes a date, a style sheet that reaches the whole page, ids that collide when two figures share a page (or
change from run to run, in 3-D), and coordinates with digits that differ between processors. Here a figure becomes one
``<svg>`` element without any of that: the same drawing gives the same bytes in every process, on Python 3.11 to 3.13,
so nbval can compare it as text. Text is drawn as outlines: it looks the same where no font is installed.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
NAMESPACES = (f"{{{SVG}}}", "{http://www.w3.org/1999/xlink}")
FIXED = {"svg.fonttype": "path", "svg.hashsalt": "nblib", "svg.image_inline": True, "image.interpolation": "none",
         "image.composite_image": False}
SMALL = 64 * 64  # pixels: up to here an image is kept exactly


_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[-+]?\d+)?")
_REFERENCE = re.compile(r"(?:url\(#|^#)([^)\s]+)")


def render(figure: Figure) -> str:
    """The figure as one ``<svg>`` element: no prolog, no style sheet, no metadata, coordinates in px to two decimals.

    Its ids hold a digest of the drawing, so two figures on a page do not meet.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    written = io.StringIO()
    with matplotlib.rc_context(FIXED):
        FigureCanvasSVG(figure).print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return tidy(written.getvalue())


def tidy(text: str) -> str:
    """What Matplotlib wrote, cleaned: see the module.

    Examples
    --------
    >>> tidy('<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="8pt" viewBox="0 0 9 8" version="1.1">'
    ...      '<g id="patch_1"><path d="M 0.333333 2.0 \\nL -0.001 4" style="fill: none; stroke: #0072b2"/></g></svg>')
    '<svg viewBox="0 0 9 8" stroke-linejoin="round"><path d="M.33 2L0 4" style="fill:none;stroke:#0072b2"/></svg>'
    """
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.removeprefix(NAMESPACES[0])
        _tidy_attributes(element)
    root.attrib = {"viewBox": root.get("viewBox"), "stroke-linejoin": "round"}
    _prune(root)
    _rename_ids(root)
    return serialise(root)


def serialise(element: ElementTree.Element) -> str:
    """The element as text, with short tags for the empty ones."""
    return ElementTree.tostring(element, encoding="unicode").replace(" />", "/>")


def attribute(text: str) -> str:
    """The text as it may stand between double quotes in HTML or SVG.

    Examples
    --------
    >>> attribute('the "loss" & x < 1')
    'the &quot;loss&quot; &amp; x &lt; 1'
    """
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _tidy_attributes(element: ElementTree.Element) -> None:
    old, element.attrib = element.attrib, {}
    for name, value in old.items():
        name = name.removeprefix(NAMESPACES[1])
        if name == "href" and value.startswith("data:image/png"):
            value = _image(value)
            element.set("style", "image-rendering:pixelated")
        elif name in ("x", "y", "width", "height", "points", "d"):
            value = _path(value)
        elif name == "transform":
            value = re.sub(r"(\w+)\(([^)]*)\)", lambda call: _transform(*call.groups()), value)
        elif name == "style":
            rules = (re.sub(r":\s+", ":", rule.strip()) for rule in value.split(";"))
            value = ";".join(_numbers(rule, 3) for rule in rules if rule)
        element.set(name, value)
    element.text = element.tail = None


def _numbers(text: str, digits: int) -> str:
    """Every number that stands apart (not in a colour or an id), rounded, and written as short as it can be."""
    def short(match: re.Match) -> str:
        number = f"{float(match.group()):.{digits}f}"
        number = number.rstrip("0").rstrip(".") if "." in number else number
        return "0" if number in ("-0", "0", "") else re.sub(r"^(-?)0\.", r"\1.", number)

    return re.sub(r"(?<![\w#.])" + _NUMBER.pattern + r"(?![\w%])", short, text)


def _path(data: str) -> str:
    """Path data, with two decimals and without the blanks that SVG does not need."""
    data = _numbers(" ".join(data.split()), 2)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", re.sub(r"\s+(?=-)", "", data))


def _transform(name: str, arguments: str) -> str:
    """``translate`` and ``rotate`` to two decimals; what multiplies coordinates to six."""
    digits = 2 if name in ("translate", "rotate") else 6
    return f"{name}({_numbers(' '.join(arguments.replace(',', ' ').split()), digits)})"


def _prune(element: ElementTree.Element) -> None:
    """No metadata, no style sheet, nothing invisible, no group or ``<defs>`` that says nothing."""
    children = []
    for child in list(element):
        _prune(child)
        if child.tag in ("metadata", "style") or (child.tag in ("g", "defs") and not len(child)):
            continue
        style = child.get("style", "")
        if child.tag in ("path", "rect") and "fill:none" in style and "stroke:" not in style:
            continue
        bare = child.tag == "g" and not set(child.attrib) - {"id"}
        children.extend(child if bare else [child])
    element[:] = children


def _references(element: ElementTree.Element) -> Iterator[tuple[str, str, str]]:
    """Each (attribute, value, id) by which the element points at another."""
    for name, value in element.items():
        if name in ("href", "clip-path", "style", "fill", "filter", "mask"):
            for match in _REFERENCE.finditer(value):
                yield name, value, match.group(1)


def _rename_ids(root: ElementTree.Element) -> None:
    """Ids that are used are numbered in reading order after a digest of the drawing; the others go."""
    used = {identifier for element in root.iter() for _, _, identifier in _references(element)}
    order = [element.get("id") for element in root.iter() if element.get("id") in used]
    neutral = {identifier: f"#{k}" for k, identifier in enumerate(order)}
    _replace_ids(root, neutral)
    digest = hashlib.sha256(serialise(root).encode()).hexdigest()[:7]
    _replace_ids(root, {name: f"f{digest}-{k}" for k, name in enumerate(neutral.values())})


def _replace_ids(root: ElementTree.Element, new: dict[str, str]) -> None:
    for element in root.iter():
        for name, _, identifier in list(_references(element)):
            element.set(name, re.sub(rf"#{re.escape(identifier)}(?=\)|$)", f"#{new[identifier]}", element.get(name)))
        identifier = element.attrib.pop("id", None)
        if identifier in new:
            element.set("id", new[identifier])


def _image(data: str) -> str:
    """An embedded image, in bytes that do not depend on which zlib compressed it.

    A small one keeps its pixels, as a PNG without compression; a photograph becomes a JPEG.
    """
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))).convert("RGB")
    if image.width * image.height <= SMALL:
        return "data:image/png;base64," + base64.b64encode(_png(image.width, image.height, image.tobytes())).decode()
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()


def _png(width: int, height: int, rgb: bytes) -> bytes:
    """A PNG of the pixels, stored and not compressed (RFC 1950, 1951; PNG specification, 2003); grey if they are."""
    grey = rgb[0::3] == rgb[1::3] == rgb[2::3]
    pixels, step = (rgb[0::3], width) if grey else (rgb, 3 * width)
    rows = b"".join(b"\0" + pixels[k:k + step] for k in range(0, len(pixels), step))
    size = struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF)
    stored = b"\x78\x01\x01" + size + rows + struct.pack(">I", zlib.adler32(rows))
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if grey else 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", stored), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks)
