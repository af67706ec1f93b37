"""The mutants of Python code: which slips are made, and that tests which look at nothing let them live."""

import ast
import subprocess
import sys
import textwrap

import pytest

import chapters
import code_mutants

SLIPS = {
    "a + b": {"a - b"},
    "W @ A": {"W * A"},
    "a ** 2": {"a * 2", "a ** 3"},
    "-a": {"a"},
    "a > b": {"a >= b", "a < b"},
    "a == b": {"a != b"},
    "a is None": {"a is not None"},
    "a and b": {"a or b"},
    "a = f(axis=0)": {"a = f(axis=1)"},
    "a = f(keepdims=True)": {"a = f(keepdims=False)"},
    "A.T": {"A"},
    "Z.real": {"Z"},
    "A = np.where(a, b, c)": {"A = np.where(a, c, b)"},
    "a if b else c": {"a", "c"},
}


def made(code):
    """The code with each slip in it."""
    tree, found = ast.parse(code), set()
    for parent, name, position, child in list(code_mutants.places(tree)):
        for slip in code_mutants.slips(child):
            code_mutants.put(parent, name, position, slip)
            found.add(ast.unparse(ast.fix_missing_locations(tree)))
            code_mutants.put(parent, name, position, child)
    assert ast.unparse(tree) == ast.unparse(ast.parse(code))
    return found


@pytest.mark.parametrize("code", SLIPS)
def test_every_slip_of_an_expression_is_made(code):
    assert made(code) == SLIPS[code]


def test_checks_and_errors_are_dropped():
    assert made("check(A)") == {"pass"}
    assert made("raise ValueError('no')") == {"pass"}


def test_annotations_decorators_and_messages_are_left_alone():
    assert made('@cache(1)\ndef f(a: Array | None) -> tuple[1]:\n    return f"{a + 1} is wrong"') == set()


@pytest.mark.parametrize("path", sorted(code_mutants.FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_every_function_and_method_of_the_layers_is_reached(path):
    reached = {mutant.function for mutant in code_mutants.mutants(path)}
    for name, node in code_mutants.defined(ast.parse(path.read_text("utf-8"))):
        node.decorator_list = []
        assert name in reached or not made(ast.unparse(node))


def test_what_is_explained_can_be_made():
    every = {str(mutant) for path in code_mutants.FOLDER.glob("*.py") for mutant in code_mutants.mutants(path)}
    assert code_mutants.EXPLAINED.keys() <= every


TOY = """
from functools import lru_cache

def scaled(A, factor=2.0):
    if A.ndim != 2:
        raise ValueError("a batch has two axes")
    return A * factor


def slope(factor):
    def inner(A):
        return A + factor
    return inner


@lru_cache
def power(base):
    return base ** 3


class Scale:
    @property
    def half(self):
        return 1 / 2


later = slope(3.0)
"""
TESTS = {
    "strict": """
        import numpy as np, pytest, toy
        toy.power(5)  # kept, and to be forgotten
        from toy import later, scaled

        def test_values():
            A = np.array([[1.5, 2.5, 4.0]])
            assert (scaled(A) == [[3.0, 5.0, 8.0]]).all() and (scaled(A, 3) == 3 * A).all()
            assert (later(A) == A + 3).all()
            assert toy.power(5) == 125 and toy.Scale().half == 0.5

        def test_shape():
            with pytest.raises(ValueError):
                scaled(np.ones(3))
        """,
    "lax": """
        import numpy as np, toy
        from toy import later, scaled

        def test_shapes():
            A = np.array([[1.5, 2.5, 4.0]])
            assert toy.power(5) == 125 and toy.Scale().half
            assert scaled(A).shape == later(A).shape == A.shape
        """,
    "broken": """
        def test_nothing():
            assert False
        """,
}
RUN = """
import sys
from pathlib import Path
folder, tools = map(Path, sys.argv[1:])
sys.path[:0] = [str(tools), str(folder)]
import chapters, code_mutants
chapters.ROOT = code_mutants.FOLDER = folder
wanted = list(code_mutants.mutants(folder / "toy.py"))
print(len(wanted), *sorted(map(str, code_mutants.survivors(wanted, (str(folder / "test_toy.py"),)))), sep="\\n")
"""


def run(tmp_path, tests):
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "test_toy.py").write_text(textwrap.dedent(TESTS[tests]))
    return subprocess.run([sys.executable, "-c", RUN, str(tmp_path), str(chapters.ROOT / "tools")], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120, check=False)


def test_tests_that_look_at_values_notice_every_slip(tmp_path):
    assert run(tmp_path, "strict").stdout.split("\n") == ["11", ""]


def test_slips_that_no_test_notices_are_named(tmp_path):
    _, *lived, _ = run(tmp_path, "lax").stdout.split("\n")
    assert lived == [
        "toy.Scale.half: 1 -> 2",
        "toy.Scale.half: 1 / 2 -> 1 * 2",
        "toy.Scale.half: 2 -> 3",
        "toy.scaled: 2.0 -> 3.0",
        "toy.scaled: A * factor -> A / factor",
        "toy.scaled: raise ValueError('a batch has two axes') -> pass",
        "toy.slope: A + factor -> A - factor",
    ]


def test_tests_that_fail_by_themselves_judge_nothing(tmp_path):
    done = run(tmp_path, "broken")
    assert done.returncode and "a test fails without any mutant" in done.stdout + done.stderr
