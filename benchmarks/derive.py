"""How fast lines are checked: `python benchmarks/derive.py` prints a table, one run, medians of five fresh settings.

A line is timed as a reader meets it: setting declared, nothing cached.  Targets: median line under 50 ms, the kernel
gradient of an RGB convolution under 100 ms, import of nblib under 1 s beyond SymPy and matplotlib.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from nblib import derive, given

DENSE = r"""
n = 3, 5 \quad m = 2, 4
x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}, b \in \mathbb{R}^{m}, t \in \mathbb{R}^{m}
g : \mathbb{R} \to \mathbb{R}
z := W x + b
a := g(z)
E := \tfrac12 \sum_i (a_i - t_i)^2
"""
LOGISTIC = r"""
n = 3, 5 \quad m = 2, 4
w \in \mathbb{R}^{n}, b \in \mathbb{R}
x^{(i)} \in \mathbb{R}^{n}, y^{(i)} \in (0, 1), i = 1, \dots, m
z^{(i)} := w^\top x^{(i)} + b
a^{(i)} := \sigma(z^{(i)})
\ell(a, y) := -y \log a - (1 - y) \log(1 - a)
J := \frac1m \sum_{i=1}^{m} \ell(a^{(i)}, y^{(i)})
"""
SOFTMAX = r"""
K = 3, 4
z \in \mathbb{R}^{K}, y \in (0, 1)^{K}, \mathbf{1} \in \mathbb{R}^{K}
p := \operatorname{softmax}(z)
L := -\sum_k y_k \log p_k
"""
RGB = r"""
c = 3 \text{ exactly}, h = 4 \text{ exactly}, k = 2 \text{ exactly}, o = 2 \text{ exactly}
x \in \mathbb{R}^{c \times h \times h}, w \in \mathbb{R}^{c \times k \times k}
b \in \mathbb{R}, v \in \mathbb{R}, t \in \mathbb{R}
s \in \mathbb{R}^{o \times o}
s_{ij} := b + \sum_{q,u,p} w_{qup}\, x_{q,\, 2i + u - 2,\, 2j + p - 2}
a := \operatorname{relu}(s)
r := \max_{i,j} a_{ij}
E := \tfrac12 (v r - t)^2
"""
LINES = [
    ("dense: gradient of the weights", DENSE, r"\frac{\partial E}{\partial W} &= ((a - t) \odot g'(z))\, x^\top"),
    ("dense: gradient of the input", DENSE, r"\frac{\partial E}{\partial x} &= W^\top \bigl((a - t) \odot g'(z)\bigr)"),
    ("dense: Jacobian by indices", DENSE, r"\frac{\partial z_k}{\partial W_{ij}} &= \delta_{ki}\, x_j"),
    ("logistic: dz of one example", LOGISTIC, r"\frac{\partial J}{\partial z^{(i)}} &= \frac1m (a^{(i)} - y^{(i)})"),
    ("logistic: dw", LOGISTIC, r"\frac{\partial J}{\partial w} &= \frac1m \sum_i (a^{(i)} - y^{(i)})\, x^{(i)}"),
    ("logistic: Hessian", LOGISTIC,
     r"\frac{\partial^2 J}{\partial w_j \, \partial w_k} &= \frac1m \sum_i a^{(i)} (1 - a^{(i)}) x^{(i)}_j x^{(i)}_k"),
    ("softmax: Jacobian", SOFTMAX, r"\frac{\partial p_i}{\partial z_j} &= p_i (\delta_{ij} - p_j)"),
    ("softmax: cross-entropy", SOFTMAX, r"\frac{\partial L}{\partial z} &= (\mathbf{1}^\top y)\, p - y"),
    ("sigmoid: derivative", SOFTMAX, r"\sigma'(z_i) &= \frac{e^{-z_i}}{(1 + e^{-z_i})^2}"),
    ("RGB CNN: gradient of the kernel", RGB,
     r"\frac{\partial E}{\partial w_{qup}} &= \sum_{i,j} \frac{\partial E}{\partial s_{ij}} x_{q,\, 2i+u-2,\, 2j+p-2}"),
]


def seconds_of(setting: str, line: str) -> tuple[float, str]:
    """Median time of one line, and its verdict."""
    times = []
    for _ in range(5):
        fresh = given(setting)
        started = time.perf_counter()
        result = derive(line, fresh)
        times.append(time.perf_counter() - started)
    return statistics.median(times), result.verdict


def import_seconds(code: str) -> float:
    """Median time of a fresh interpreter that runs `code`."""
    def once():
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started
    return statistics.median(once() for _ in range(5))


def main() -> None:
    """Print the table."""
    times = []
    print("| line | ms | verdict |\n|---|---|---|")
    for name, setting, line in LINES:
        seconds, verdict = seconds_of(setting, line)
        times.append(seconds)
        print(f"| {name} | {1000 * seconds:.1f} | {verdict} |")
    print(f"| **median line** | **{1000 * statistics.median(times):.1f}** | |")
    beyond = import_seconds("import nblib.derivation") - import_seconds("import sympy")
    print(f"\nimport of nblib beyond SymPy: {beyond:.2f} s")


if __name__ == "__main__":
    main()
