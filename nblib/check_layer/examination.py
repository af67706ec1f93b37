"""The examination behind `check_layer`: what is tried on a pair (forward, backward), one method for each thing.

A method returns, in words, what held, or raises `Fault` with what did not and how to mend it. An error of the layer
itself is a fault, too. Nothing is tried on a pair that does not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nblib.check_layer.report import FAILED, PASSED, Finding
from nblib.numeric import check_gradient
from nblib.numeric.mismatch import GradientMismatch

__all__ = ["BATCH", "Examination", "Fault"]

BATCH = 5  # examples
Array = np.ndarray


class Fault(Exception):
    """What is wrong with a layer, and how to mend it."""


class Examination:
    """The checks of one pair.

    Parameters
    ----------
    forward, backward : the pair.
    draws : for each argument of forward a function (rng, m) that draws it.
    names : of these arguments.
    seed : of the points.
    """

    def __init__(self, forward: Callable, backward: Callable, draws: list[Callable], names: list[str], seed: int):
        self.forward, self.backward, self.draws, self.names, self.seed = forward, backward, draws, names, seed
        self.out_shape: dict[int, tuple[int, ...]] = {}
        self.by: list[str] = []

    def findings(self) -> Iterator[Finding]:
        """One for each thing that was tried."""
        with np.errstate(all="ignore"):
            first = self._try("runs", self.runs)
            yield first
            if first.verdict == FAILED:
                return
            yield self._try("shapes", self.shapes)
            yield self._try("precision", self.precision)
            for k, name in enumerate(self.by):
                yield self._try(f"gradient by {name}", lambda k=k: self.gradient(k))
            yield self._try("not contiguous", self.contiguity)
            yield self._try("called again", self.again)
            yield self._try("arguments", self.unmoved)

    def _try(self, what: str, check: Callable[[], str]) -> Finding:
        try:
            return Finding(what, PASSED, check())
        except (Fault, GradientMismatch) as fault:
            return Finding(what, FAILED, str(fault))
        except Exception as error:  # whatever a reader's layer raises
            return Finding(what, FAILED, f"{type(error).__name__}: {error}")

    # -- points, and the layer at them

    def point(self, m: int = BATCH, shift: int = 0) -> list[Array]:
        """Arguments of forward for m examples, drawn anew."""
        rng = np.random.default_rng(self.seed + shift)
        return [np.array(draw(rng, m)) for draw in self.draws]

    def incoming(self, m: int = BATCH, shift: int = 0) -> tuple[Array, ...]:
        """A gradient by the outputs, which backward is handed first; nothing for a loss."""
        shape = self.out_shape[m]
        return (np.random.default_rng(self.seed + 99 + shift).normal(size=shape),) if shape else ()

    def out(self, arguments: list[Array]) -> Array:
        return np.asarray(self.forward(*arguments))

    def back(self, incoming: tuple[Array, ...], arguments: list[Array], after_forward: bool = True) -> list[Array]:
        """The gradients that backward gives by the first arguments, right after forward, as in training."""
        if after_forward:
            self.out(arguments)
        given = self.backward(*incoming, *arguments)
        return [np.asarray(g) for g in (given if isinstance(given, tuple | list) else (given,))]

    def gradients(self, m: int = BATCH, shift: int = 0) -> Iterator[tuple[str, Array, Array]]:
        """The name of each argument that has a gradient, the argument, and the gradient."""
        arguments = self.point(m, shift)
        yield from zip(self.by, arguments, self.back(self.incoming(m, shift), arguments), strict=False)

    def all_of(self, incoming: tuple[Array, ...], arguments: list[Array]) -> list[tuple[str, Array]]:
        """What forward and backward give, each with its name."""
        grads = zip(self.by, self.back(incoming, arguments), strict=True)
        return [("forward", self.out(arguments)), *((f"the gradient by {name}", g) for name, g in grads)]

    # -- what is tried

    def runs(self) -> str:
        """Both directions run, at a batch and at one example, and give finite numbers."""
        for m in (BATCH, 1):
            out = _running("forward", m, lambda m=m: self.out(self.point(m)))
            self.out_shape[m] = out.shape
            grads = _running("backward", m, lambda m=m: self.back(self.incoming(m), self.point(m)))
            for what, numbers in (("forward", out), *(("backward", g) for g in grads)):
                if numbers.dtype.kind not in "fc":
                    raise Fault(f"{what} gives {numbers.dtype} at {_examples(m)}: floating-point numbers are wanted")
                if not np.isfinite(numbers).all():
                    raise Fault(f"{what} gives numbers that are not finite, at {_examples(m)}")
        if len(grads) > len(self.names):
            raise Fault(f"backward gives {len(grads)} gradients, forward has {len(self.names)} arguments: "
                        "return a tuple with one for each, or one array")
        self.by = self.names[: len(grads)]
        return f"{_examples(BATCH)} and 1, all numbers finite"

    def shapes(self) -> str:
        """Each gradient has the shape of its argument, whatever the number of examples."""
        for m in (BATCH, 1):
            for name, argument, g in self.gradients(m):
                if g.shape != argument.shape:
                    raise Fault(f"at {_examples(m)} the gradient by {name} has shape {g.shape}, {name} has shape "
                                f"{argument.shape}: {_mend(g, argument)}")
        said = ", ".join(f"{name} {_general(argument.shape)}" for name, argument, _ in self.gradients())
        out = f"out {_general(self.out_shape[BATCH])}" if self.out_shape[BATCH] else "one number, a loss"
        return f"{out}; gradient{'s' * (len(self.by) > 1)} by {said}"

    def precision(self) -> str:
        """What comes in as single or double precision goes out so."""
        for kind in (np.float64, np.float32):
            arguments = [_as(a, kind) for a in self.point()]
            for what, numbers in self.all_of(tuple(_as(g, kind) for g in self.incoming()), arguments):
                if numbers.dtype != kind:
                    raise Fault(f"{np.dtype(kind)} in, but {what} is {numbers.dtype}: look for an array of another "
                                "type that is made inside")
        return "float64 gives float64, float32 gives float32"

    def gradient(self, k: int) -> str:
        """The gradient by argument k is that of Σ G ⊙ forward for a random G: at two batches and at one example."""
        rows = [self._gradient(k, m, shift) for m, shift in ((BATCH, 0), (1, 0), (BATCH, 1))]
        note = ", as forward takes no complex numbers" if rows[0].method.startswith("central") else ""
        checked = "every entry" if rows[0].checked.startswith("every") else rows[0].checked
        bound = max(row.bound for row in rows)
        return f"at {_examples(BATCH)} and at 1: {checked} to {bound:.0e}, {rows[0].method}{note}"

    def _gradient(self, k: int, m: int, shift: int):
        arguments, incoming, name = self.point(m, shift), self.incoming(m, shift), self.names[k]

        def scalar(**moved):
            out = self.forward(*arguments[:k], moved[name], *arguments[k + 1 :])
            return (incoming[0] * out).sum() if incoming else out

        return check_gradient(scalar, {name: arguments[k]}, {name: self.back(incoming, arguments)[k]}).rows[0]

    def contiguity(self) -> str:
        """Views into memory give what arrays of their own give."""
        right = self.all_of(self.incoming(), self.point())
        for kind, view in (("strided", _strided), ("transposed", _transposed)):
            got = self.all_of(tuple(map(view, self.incoming())), [view(a) for a in self.point()])
            for (what, a), (_, b) in zip(got, right, strict=True):
                if a.shape != b.shape or not np.allclose(a, b, rtol=1e-10, atol=1e-12):
                    raise Fault(f"{what} differs for {kind} memory: look for a reshape, a ravel or a buffer that takes "
                                "the order in memory for the order of entries")
        return "the same for strided and for transposed memory"

    def again(self) -> str:
        """Nothing is random, and nothing is remembered."""
        first, second = (self.all_of(self.incoming(), self.point()) for _ in range(2))
        for (what, a), (_, b) in zip(first, second, strict=True):
            if not np.array_equal(a, b):
                raise Fault(f"{what} is another at a second call with the same arguments: pass what is random, such as "
                            "a mask, as an argument")
        right = self.back(self.incoming(), self.point())
        self.out(self.point(1, 2))
        after = self.back(self.incoming(), self.point(), after_forward=False)
        for name, a, b in zip(self.by, after, right, strict=True):
            if not np.array_equal(a, b):
                raise Fault(f"the gradient by {name} changes after a forward call with other numbers: compute it from "
                            "the arguments of backward, not from what forward left behind")
        return "the same, also after a call with other numbers"

    def unmoved(self) -> str:
        """No argument is written to, and no gradient is another name of one."""
        names = [*["the incoming gradient"] * len(self.incoming()), *self.names]
        arrays = [*self.incoming(), *self.point()]
        copies = [array.copy() for array in arrays]
        grads = self.back(tuple(arrays[: len(arrays) - len(self.names)]), arrays[-len(self.names) :])
        for name, now, before in zip(names, arrays, copies, strict=True):
            if not np.array_equal(now, before):
                raise Fault(f"{name} is written to: work on a copy")
        for name, g in zip(self.by, grads, strict=True):
            if any(np.shares_memory(g, array) for array in arrays):
                raise Fault(f"the gradient by {name} shares its memory with an argument, so a change of one changes "
                            "the other: return a copy")
        return "left as they were; no gradient shares their memory"


def _running(what: str, m: int, call: Callable):
    try:
        return call()
    except Exception as error:
        raise Fault(f"{what} stops at {_examples(m)}: {type(error).__name__}: {error}") from error


def _mend(g: Array, argument: Array) -> str:
    if g.shape == argument.shape[::-1]:
        return "transpose it"
    if g.size == argument.size:
        return "keep the axis (keepdims=True)"
    return "sum over what was broadcast, and nothing else"


def _examples(m: int) -> str:
    return f"{m} example{'s' * (m > 1)}"


def _general(shape: tuple[int, ...]) -> str:
    """The shape, with m for the number of examples where that is the last of it."""
    return f"({shape[0]}, m)" if len(shape) == 2 and shape[1] == BATCH else str(shape)


def _as(array: Array, kind: type) -> Array:
    return array.astype(kind) if array.dtype.kind == "f" else array


def _strided(array: Array) -> Array:
    """The same entries, each with a gap behind it."""
    if not array.ndim:
        return array
    room = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    room[..., ::2] = array
    return room[..., ::2]


def _transposed(array: Array) -> Array:
    """The same entries, the first index running fastest in memory."""
    return array.T.copy().T
