"""Would the tests notice?  Every function of `nblib/layers`, with every small slip in it, run against its tests.

    python tools/code_mutants.py [part of a name ...]

The tests are collected once. Each mutant is a child of that process, in which one function gets the changed code; the
first test that fails kills it. A mutant that no test notices must stand in `EXPLAINED`, with the reason why it may; and
what stands there must survive. The counts of a whole run go to `book/mutants.json`, which the ledger shows.
"""

import ast
import copy
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import BinaryIO

import pytest

import chapters
import counts

FOLDER = chapters.ROOT / "nblib" / "layers"
TESTS = ("tests/layers", "nblib/layers")  # those of the folder, and the examples in the docstrings
CHILDREN, SECONDS = 2, 60.0  # of the processor; a mutant that runs longer is killed, too
ENOUGH = 0.95
UNKNOWN = "NumPy takes any negative size for the one that is to be found"
PORTION = "how much is done at a time: the same numbers, in more memory or more time"
BOTH = "no setting is a pair here, so that rows and columns have the same size"
SHIFT = "what is taken off every logit cancels, be it complex"
#: "module.function: before -> after", and why no test can tell the two apart
EXPLAINED = {
    "layers._groups: 1 -> 2 (2)": UNKNOWN,
    "layers.softmax: Z.real -> Z": SHIFT,
    "activations.elu: 0 -> 1 (2)": "between 0 and 1 the other branch is taken; beyond, nothing overflows either way",
    "activations.elu_slope: 0 -> 1": "the exponential is multiplied by 0 there",
    "convolution._plus: Y if np.result_type(Y, b) == Y.dtype else None -> None": PORTION,
    "losses.absolute_error: error.real -> error": "at an error of 0 there is a kink, and either slope is one",
    "losses.absolute_error: error.real > 0 -> error.real >= 0": "at an error of 0 there is a kink, as above",
    "losses.softmax_on_logits: Z.real -> Z": SHIFT,
    "losses.softmax_on_logits_backward: Z.real -> Z": SHIFT,
    "pooling.max_pool2d_backward: 1 -> 2": PORTION,
    "pooling.max_pool2d_backward: WORKSPACE // X[0].nbytes -> WORKSPACE * X[0].nbytes": PORTION,
    "pooling.mean_pool2d: total[_at(read, axis)] += parts[_at(entries, axis)] -> "
    "total[_at(read, axis)] -= parts[_at(entries, axis)]": "done for columns, then for rows: the two signs cancel",
    "pooling.mean_pool2d_backward: dX[_at(entries, axis)] += shares[_at(read, axis)] -> "
    "dX[_at(entries, axis)] -= shares[_at(read, axis)]": "done for columns, then for rows: the two signs cancel",
    "pooling._larger: np.where(B.real > A.real, B, A) if A.dtype.kind in 'cO' else np.maximum(A, B) -> "
    "np.where(B.real > A.real, B, A)": "np.maximum is the same for real numbers, and faster",
    "products.correlate: 1 -> 2": PORTION,
    "products.correlate: 1 -> 2 (2)": UNKNOWN,
    "products.gather: 1 -> 2": PORTION,
    "products.spread: 1 -> 2 (2)": UNKNOWN,
    "products.spread: band < length -> band <= length": "with a single band the phases are written over in any case",
    "products._columns: 1 -> 2 (4)": UNKNOWN,
    "products.Layout.portions: 4 -> 5": PORTION,
    "products.Layout.portions: 1 -> 2 (2)": PORTION,
    "products.Layout.portions: -length // bands -> -length * bands": PORTION,
    "products.Layout.runs: 2 -> 3": "the margin of zeros is wider than it must be",
    "products._view: 1 -> 2": UNKNOWN,
    "windows.conv_size: 0 -> 1 (3)": BOTH,
    "windows.conv_transpose_size: 0 -> 1 (5)": BOTH,
    "windows.inside: 0 -> 1 (2)": "a slice from 1 to 0 is as empty as one from 0 to 0",
    "windows.inside: 0 -> 1 (4)": "a slice from 1 to 0 is as empty as one from 0 to 0",
    "windows.im2col: 1 -> 2 (7)": UNKNOWN,
    "windows.flatten: 1 -> 2": UNKNOWN,
}

ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.MatMult: ast.Mult,
              ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult}
COMPARED = {ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.Lt), ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.Gt),
            ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
            ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)}
SKIPPED = ("annotation", "returns", "decorator_list", "type_params")


@dataclass(frozen=True)
class Mutant:
    """A function with one slip in it."""

    module: str
    function: str
    before: str
    after: str
    number: int  # of several like changes in one function
    code: CodeType
    defaults: tuple

    def __str__(self) -> str:
        again = f" ({self.number})" if self.number > 1 else ""
        return f"{self.module}.{self.function}: {self.before} -> {self.after}{again}"


# --- slips ------------------------------------------------------------------------------------------------------------


def slips(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand by mistake in place of a node."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        yield changed(node, op=ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield node.operand
    elif isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for other in COMPARED[type(op)]:
                yield changed(node, ops=[*node.ops[:k], other(), *node.ops[k + 1 :]])
    elif isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield changed(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield changed(node, value=node.value + 1)
    elif isinstance(node, ast.Attribute) and node.attr in ("T", "real"):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "where":
        test, one, other = node.args
        yield changed(node, args=[test, other, one])
    elif isinstance(node, ast.Raise) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.copy_location(ast.Pass(), node)


def changed(node: ast.AST, **fields) -> ast.AST:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """(parent, field, position in it, child) below a node, without annotations, decorators and the text of messages."""
    for name, value in ast.iter_fields(node):
        if name in SKIPPED:
            continue
        for position, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            guard = isinstance(child, ast.keyword) and child.arg == "strict"  # of zip: it only makes sure
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr) and not guard:
                yield node, name, position, child
                yield from places(child)


def put(parent: ast.AST, name: str, position: int | None, child: ast.AST) -> None:
    if position is None:
        setattr(parent, name, child)
    else:
        getattr(parent, name)[position] = child


def defined(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a module and the methods of its classes, each by its qualified name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{method.name}", method) for method in node.body
                        if isinstance(method, ast.FunctionDef))


def mutants(path: Path) -> Iterator[Mutant]:
    """Every function of a module with every slip, in the order of the file."""
    tree = ast.parse(path.read_text("utf-8"))
    name = ".".join(path.relative_to(chapters.ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    for function, node in defined(tree):
        seen: Counter = Counter()
        node.decorator_list = []  # what decorates it stays as it is: only its code is exchanged
        for parent, field, position, child in places(node):
            for slip in slips(child):
                put(parent, field, position, slip)
                space = dict(vars(module))
                exec(compile(ast.Module([ast.fix_missing_locations(node)], []), str(path), "exec"), space)
                put(parent, field, position, child)
                change = ast.unparse(child), ast.unparse(slip)
                seen[change] += 1
                made = space[node.name]
                yield Mutant(name.rpartition(".")[2], function, *change, seen[change], made.__code__,
                             (made.__defaults__, made.__kwdefaults__))


# --- tests ------------------------------------------------------------------------------------------------------------


def functions() -> list[FunctionType]:
    """Every function of the folder that there is, wherever it is held; also those that functions of it have made."""
    return [thing for thing in gc.get_objects()
            if isinstance(thing, FunctionType) and Path(thing.__code__.co_filename).parent == FOLDER]


def install(mutant: Mutant, found: list[FunctionType]) -> None:
    """Give the function, and those that it has made, the changed code; whoever holds them has the mutant now."""
    inner = {code.co_name: code for code in nested(mutant.code)}
    for function in found:
        if function.__code__.co_filename != mutant.code.co_filename:
            continue
        if function.__qualname__ == mutant.function:
            function.__code__ = mutant.code
            function.__defaults__, function.__kwdefaults__ = mutant.defaults
        elif function.__qualname__.startswith(f"{mutant.function}.<locals>."):
            function.__code__ = inner[function.__code__.co_name]


def forget(found: list[FunctionType]) -> None:
    """Clear what functions of the folder have kept of earlier calls."""
    for module in {function.__module__ for function in found}:
        for thing in vars(sys.modules[module]).values():
            if hasattr(thing, "cache_clear"):
                thing.cache_clear()


def nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested(constant)


class Runner:
    """A pytest plugin: instead of running the tests once, runs for each mutant those that call the function.

    Tests that have killed mutants of the same function, or of others, come first; of the rest, the fast ones.
    """

    def __init__(self, wanted: list[Mutant]):
        self.wanted, self.survived, self.children = wanted, [], {}
        self.killers: Counter = Counter()  # by function, and for all of them under None
        self.seconds: dict[str, float] = {}
        self.called: dict[str, list[str]] = {}

    def pytest_runtestloop(self, session) -> bool:
        self.functions = functions()
        gc.freeze()  # so that a child shares the memory of its parent
        self.start(None, session, session.items)
        if self.end():
            raise pytest.UsageError("a test fails without any mutant")
        waiting = list(reversed(self.wanted))
        while waiting or self.children:
            while waiting and len(self.children) < CHILDREN:
                mutant = waiting.pop()
                self.start(mutant, session, self.tests(mutant, session.items))
            self.end()
            if sys.stderr.isatty():
                print(f"\r{len(waiting)} mutants to go ", end="", file=sys.stderr, flush=True)
        return True

    def tests(self, mutant: Mutant, items: list) -> list:
        """Those tests that call the function of a mutant, the likeliest to notice first."""
        def rank(item):
            own = self.killers[mutant.function, item.nodeid]
            return -own, -self.killers[None, item.nodeid], self.seconds[item.nodeid]

        name = f"{mutant.module}.{mutant.function}"
        return sorted((item for item in items if name in self.called[item.nodeid]), key=rank)

    def start(self, mutant: Mutant | None, session, items: list) -> None:
        """Run tests in a child, up to the first that fails."""
        said = tempfile.TemporaryFile()
        pid = os.fork()
        if not pid:
            self.child(mutant, session, items, said)
        self.children[pid] = mutant, said

    def end(self) -> str:
        """Wait for a child: the test that has killed it, or nothing."""
        pid, _ = os.wait()
        mutant, said = self.children.pop(pid)
        with said:
            said.seek(0)
            killer, seconds, called = json.loads(said.read() or '["time", {}, {}]')
        if mutant is None:
            self.seconds, self.called = seconds, called
        elif killer:
            self.killers.update([(mutant.function, killer), (None, killer)])
        else:
            self.survived.append(mutant)
        return killer

    def child(self, mutant: Mutant | None, session, items: list, said: BinaryIO) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if mutant is not None:
            install(mutant, self.functions)
            signal.signal(signal.SIGPROF, lambda *_: os._exit(1))
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
        killer, seconds, called = "", {}, {}
        for item in items:
            started = time.process_time()
            forget(self.functions)
            with calls() if mutant is None else nullcontext(set()) as names:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            seconds[item.nodeid], called[item.nodeid] = time.process_time() - started, sorted(names)
            if session.testsfailed:
                killer = item.nodeid
                break
        said.write(json.dumps([killer, seconds, called]).encode())
        said.flush()
        os._exit(0)


@contextmanager
def calls() -> Iterator[set[str]]:
    """Which functions of the folder are called, as `module.function`; one that another has made counts as that one."""
    names: set[str] = set()

    def note(frame, event, argument):
        code = frame.f_code
        if event == "call" and os.path.dirname(code.co_filename) == str(FOLDER):
            module = Path(code.co_filename).stem.replace("__init__", FOLDER.name)
            names.add(f"{module}.{code.co_qualname.partition('.<locals>')[0]}")

    sys.setprofile(note)
    try:
        yield names
    finally:
        sys.setprofile(None)


def survivors(wanted: list[Mutant], tests: tuple[str, ...] = TESTS) -> list[Mutant]:
    """Those mutants that no test notices."""
    runner = Runner(wanted)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ["-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider", "--doctest-modules", *tests]
    status = pytest.main(options, plugins=[runner])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"the tests of layers could not be run: {status!r}")
    return runner.survived


def main(names: list[str]) -> int:
    os.chdir(chapters.ROOT)
    started = time.perf_counter()
    every = [mutant for path in sorted(FOLDER.glob("*.py")) for mutant in mutants(path)]
    wanted = [mutant for mutant in every if not names or any(name in str(mutant) for name in names)]
    lived = {str(mutant) for mutant in survivors(wanted)}
    problems = [f"survived: {name}" for name in sorted(lived - EXPLAINED.keys())]
    problems += [f"explained, but killed: {name}" for name in EXPLAINED.keys() & set(map(str, wanted)) - lived]
    if not names:
        problems += [f"explained, but not made: {name}" for name in EXPLAINED.keys() - set(map(str, every))]
        files = Counter(mutant.module for mutant in every)
        alive = Counter(name.partition(".")[0] for name in lived)
        counts.write("layers", {"fingerprint": counts.layers(), "files": {
            name: {"mutants": files[name], "survived": alive[name]} for name in files}})
    share = 1 - len(lived) / len(wanted)
    if share < ENOUGH:
        problems.append(f"{share:.1%} killed, where {ENOUGH:.0%} are wanted")
    print(f"{len(wanted)} mutants of layers: {len(wanted) - len(lived)} killed, {len(lived)} survived "
          f"({time.perf_counter() - started:.0f} s)")
    print("\n".join(problems) or "every survivor is explained")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
