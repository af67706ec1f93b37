"""Runs every benchmark in a process of its own, prints what it says, and writes all of it to benchmarks/results.md.

    make bench              all of them
    make bench ONLY=layers  one, and its part of results.md
"""

import os
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RESULTS = HERE / "results.md"
NAMES = "derive", "numeric", "training", "layers", "site"
LIBRARIES = "numpy", "sympy", "scipy", "scikit-learn", "torch", "numpy-ml"
# One thread for each library that multiplies matrices, and the kernels that it chooses by itself.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")} | dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def machine():
    """In a paragraph: processor, system, versions."""
    return (f"{processor()}, {os.cpu_count()} cores; {platform.system()}; Python {platform.python_version()}, "
            + ", ".join(f"{name} {installed(name)}" for name in LIBRARIES) + f"; BLAS {blas()}")


def processor():
    try:
        return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def blas():
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def part(name):
    """What a benchmark says, under its title: Markdown as it is, other tables as they are spaced."""
    path = HERE / f"{name}.py"
    title = path.read_text().split('"""')[1].split("\n\n")[0].replace("\n", " ")
    print(f"\n{title}\n", flush=True)
    said = []
    with subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            said.append(line)
    if process.returncode:
        sys.exit(f"benchmarks/{name}.py stops with an error")
    text = "".join(said).strip("\n")
    return f"## {name}.py\n\n{title}\n\n" + (text if "|--" in text or "|---" in text else f"```\n{text}\n```")


def main():
    kept = {}
    if RESULTS.exists():
        kept = {p.split(".py", 1)[0]: f"## {p}".strip() for p in RESULTS.read_text().split("\n## ")[1:]}
    for name in sys.argv[1:] or NAMES:
        busy = os.getloadavg()[0]
        kept[name] = f"{part(name)}\n\nMeasured {date.today()} on {machine()}; {busy:.1f} processes at work before."
        parts = [kept[n] for n in NAMES if n in kept]
        RESULTS.write_text("\n\n".join(["# Benchmarks", "Written by `make bench`.", *parts]) + "\n")


if __name__ == "__main__":
    main()
