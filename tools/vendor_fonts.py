"""Make the fonts of the site again: TeX Gyre Pagella, for text and for mathematics, and the icons that the pages use.

The results are kept in the repository, so a build needs neither this script nor the network. It needs `apt-get`
(Debian or Ubuntu), `dpkg-deb` and the packages fonttools and brotli; it refuses a source font whose SHA-256 is not the
one below, and writes what it made into `book/_static/fonts/CHECKSUMS`, which a test compares with the files. The icons
are cut out of the theme's own Font Awesome, 270 kB, and take its place on the site (`_static/vendor`).

    python tools/vendor_fonts.py
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from fontTools import subset

STATIC = Path(__file__).resolve().parent.parent / "book" / "_static"
HERE = STATIC / "fonts"
ICON_SOURCES = {
    "fa-solid-900.woff2": "ae17c16afbea216707b2203ea1cf9bdb45b9bfe47d0f4ae3258ddbc6294dd02f",
    "fa-brands-400.woff2": "232c6f6a7678304f9efaa26f30b1610debc2ba9f4cd636b5e6751c8d73761b92",
}
ICONS = """angle-down angle-left angle-right angle-up arrow-up arrow-up-right-from-square bars bell bolt book check
    chevron-down chevron-left chevron-right chevron-up circle-check circle-half-stroke circle-info circle-question
    circle-xmark code copy download expand file file-lines file-pdf fire flask github home house layer-group lightbulb
    link list magnifying-glass moon outdent pencil plus print quote-left rocket square-github sun terminal
    triangle-exclamation xmark""".split()
SOURCES = {  # path in its Debian package -> SHA-256
    "fonts-texgyre": {
        "tex-gyre/texgyrepagella-regular.otf":
            "44e64260716d8f2bbe412baa1ee99b7c995190ac4573177c24def0b9200438c7",
        "tex-gyre/texgyrepagella-italic.otf":
            "069bb27f48eb98a741715227fc6e4b7baf3639c29fc13925f70d1ed8884ac29a",
        "tex-gyre/texgyrepagella-bold.otf":
            "dd4f9b69f0b24f1fb9be8634abf1fce2009e5c68a30842a3e9f5d6e535900abd",
        "tex-gyre/texgyrepagella-bolditalic.otf":
            "556fd64655a92bd9f5485ae2c03f7b9cdaf745a27a91d7edb3c3abde997206d2",
    },
    "fonts-texgyre-math": {"tex-gyre-math/texgyrepagella-math.otf":
            "1f9e010f60e947d0e925910009b2ea85ad54edc7cefb106f8cdefb9ffd1d5f2f"},
}
TEXT = [(0x20, 0x7E), (0xA0, 0x17F), (0x2000, 0x206F), (0x20AC, 0x20AC), (0x2190, 0x2193), (0x2212, 0x2212)]
MATH = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x300, 0x338), (0x370, 0x3FF),
    (0x2000, 0x206F), (0x20D0, 0x20E1), (0x2100, 0x214F), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2308, 0x230B),
    (0x239B, 0x23B9), (0x23DC, 0x23E1), (0x25A0, 0x25FF), (0x27C2, 0x27EF), (0x2A00, 0x2A06), (0x2A2F, 0x2A2F),
    (0x1D400, 0x1D4CF), (0x1D538, 0x1D56B), (0x1D6A4, 0x1D755), (0x1D7CE, 0x1D7E1),
]
# What the formulas of the book are made of, and all that stretches. The rest is a file of its own, loaded
# when a reader types one of its characters: book.css gives it what is not listed here (`unicode-range`).
OFTEN = [
    (0x20, 0x7E), (0xA0, 0xA0), (0xAC, 0xAC), (0xAF, 0xAF), (0xB1, 0xB1), (0xB4, 0xB4), (0xB7, 0xB7), (0xD7, 0xD7),
    (0xF7, 0xF7), (0x2C6, 0x2DD), (0x300, 0x308), (0x391, 0x3C9), (0x3D1, 0x3D5), (0x3F5, 0x3F5), (0x2016, 0x2016),
    (0x2026, 0x2026), (0x2032, 0x2034), (0x2057, 0x2057), (0x2061, 0x2062), (0x210E, 0x210E), (0x2113, 0x2113),
    (0x211D, 0x211D), (0x2190, 0x2193), (0x21A6, 0x21A6), (0x21D2, 0x21D4), (0x2200, 0x221E), (0x2225, 0x222B),
    (0x223C, 0x223C), (0x2248, 0x2248), (0x2260, 0x2265), (0x2295, 0x2299), (0x22A4, 0x22A5), (0x22C5, 0x22C6),
    (0x22EE, 0x22F1), (0x2308, 0x230B), (0x239B, 0x23B9), (0x23DE, 0x23DF), (0x27E8, 0x27E9), (0x1D434, 0x1D467),
    (0x1D49C, 0x1D4B5), (0x1D53C, 0x1D53C), (0x1D6A4, 0x1D6A5), (0x1D6FC, 0x1D71B),
    (0x1D7CE, 0x1D7E1), (0xFE00, 0xFE01),
]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for package, files in SOURCES.items():
            subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
            archive = next(Path(folder).glob(f"{package}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
            for name, digest in files.items():
                make(Path(folder) / "usr/share/texmf/fonts/opentype/public" / name, digest)
    make_icons()
    lines = [f"{sha256(path)}  {path.relative_to(STATIC)}" for path in sorted(STATIC.rglob("*.woff2"))]
    (HERE / "CHECKSUMS").write_text("\n".join(lines) + "\n")


def make(source: Path, digest: str) -> None:
    name = source.stem.replace("texgyre", "")
    if name.endswith("math"):
        options = {"layout_features": ["*"], "desubroutinize": False}
        often, rest = codes(OFTEN), codes(MATH) - codes(OFTEN)
        cut(source, digest, often, HERE / f"{name}.woff2", options)
        cut(source, digest, rest, HERE / f"{name}-rest.woff2", options)
        print("unicode-range of what comes often:", unicode_range(OFTEN))
    else:
        options = {"layout_features": "kern liga onum lnum pnum tnum mark mkmk locl ccmp smcp c2sc".split()}
        cut(source, digest, codes(TEXT), HERE / f"{name}.woff2", options | {"desubroutinize": True})


def codes(ranges: list[tuple[int, int]]) -> set[int]:
    return {code for first, last in ranges for code in range(first, last + 1)}


def unicode_range(ranges: list[tuple[int, int]]) -> str:
    """The ranges as a style sheet writes them."""
    return ", ".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in ranges)


def cut(source: Path, digest: str, codes: set[int], target: Path, options: dict) -> None:
    """The glyphs of these characters, and what the font's tables need of it."""
    if sha256(source) != digest:
        raise SystemExit(f"{source.name} has SHA-256 {sha256(source)}, wanted {digest}")
    options = subset.Options(flavor="woff2", notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], hinting=False,
                             **options)
    font = subset.load_font(source, options)
    font.recalcTimestamp = False
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=codes)
    chosen.subset(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, target, options)
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def make_icons() -> None:
    import pydata_sphinx_theme

    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    css = (theme / "styles" / "pydata-sphinx-theme.css").read_text()
    codes = {ord(sign) for sign in re.findall(r'--pst-icon[a-z-]*: ?"(.)"', css)} | {0xF107}
    for name in ICONS:
        sign = re.search(rf'\.fa-{name}:before[^{{]*\{{content:"([^"]+)"', css)[1]
        codes.add(int(sign[1:], 16) if sign.startswith("\\") and len(sign) > 2 else ord(sign[-1]))
    (HERE / "icons.txt").write_text("".join(f"{code:x}\n" for code in sorted(codes)))
    for name, digest in ICON_SOURCES.items():
        cut(theme / "vendor" / "fontawesome" / "webfonts" / name, digest, codes,
            STATIC / "vendor" / "fontawesome" / "webfonts" / name, {})


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
