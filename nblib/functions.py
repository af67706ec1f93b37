"""The functions of the language, each with its derivative.

SymPy's own `Max`, `Heaviside` and `exp` make every later step slow; these are opaque, and equality.py knows the few
laws that tie them together. `step(z)` is 1 for z > 0, else 0; a statement that holds up to the kink itself is meant
everywhere else. But what stays at a kink on a whole stretch, such as relu(z) > 0, rests on the value there; and every
entry that equals the maximum is one.
"""

from __future__ import annotations

from functools import cache

import mpmath
from sympy import Dummy, Expr, Function, Integer, Rational


class Known(Function):
    """A function of one real variable: `fdiff` is its derivative, `number` its value at an mpmath number."""

    number = staticmethod(lambda z: z)

    def _eval_evalf(self, prec):
        return None  # SymPy would look for a function of this name in mpmath

    @classmethod
    def eval(cls, *args):
        return cls.at_zero() if len(args) == 1 and args[0] == 0 else None

    @classmethod
    def at_zero(cls):
        """The value at zero, where it is a number worth knowing."""
        return None


class exp(Known):
    number = staticmethod(lambda z: mpmath.exp(z) if abs(z) < 10**5 else mpmath.nan)

    def fdiff(self, argindex=1):
        return self

    @classmethod
    def eval(cls, z):
        return Integer(1) if z == 0 else None


class log(Known):
    number = staticmethod(lambda z: mpmath.log(z) if z > 0 else mpmath.nan)

    def fdiff(self, argindex=1):
        return 1 / self.args[0]

    @classmethod
    def eval(cls, z):
        return Integer(0) if z == 1 else None


class sigma(Known):
    number = staticmethod(lambda z: 1 / (1 + exp.number(-z)))

    @classmethod
    def at_zero(cls):
        return Rational(1, 2)

    def fdiff(self, argindex=1):
        return self * (1 - self)


class tanh(Known):
    number = staticmethod(lambda z: mpmath.tanh(z))

    @classmethod
    def at_zero(cls):
        return Integer(0)

    def fdiff(self, argindex=1):
        return 1 - self**2


class sinh(Known):
    number = staticmethod(lambda z: (exp.number(z) - exp.number(-z)) / 2)

    @classmethod
    def at_zero(cls):
        return Integer(0)

    def fdiff(self, argindex=1):
        return cosh(self.args[0])


class cosh(Known):
    number = staticmethod(lambda z: (exp.number(z) + exp.number(-z)) / 2)

    @classmethod
    def at_zero(cls):
        return Integer(1)

    def fdiff(self, argindex=1):
        return sinh(self.args[0])


class sin(Known):
    number = staticmethod(mpmath.sin)

    @classmethod
    def at_zero(cls):
        return Integer(0)

    def fdiff(self, argindex=1):
        return cos(self.args[0])


class cos(Known):
    number = staticmethod(mpmath.cos)

    @classmethod
    def at_zero(cls):
        return Integer(1)

    def fdiff(self, argindex=1):
        return -sin(self.args[0])


class arctan(Known):
    number = staticmethod(mpmath.atan)

    @classmethod
    def at_zero(cls):
        return Integer(0)

    def fdiff(self, argindex=1):
        return 1 / (1 + self.args[0] ** 2)


class softplus(Known):
    number = staticmethod(lambda z: mpmath.log(1 + exp.number(z)))

    @classmethod
    def at_zero(cls):
        return log(Integer(2))

    def fdiff(self, argindex=1):
        return sigma(self.args[0])


class step(Known):
    number = staticmethod(lambda z: mpmath.mpf(1 if z > 0 else 0))

    def fdiff(self, argindex=1):
        return Integer(0)

    @classmethod
    def eval(cls, z):
        if isinstance(z, relu):  # it is positive just where its argument is
            return step(z.args[0])
        return Integer(1 if z > 0 else 0) if z.is_Rational else None


class relu(Known):
    number = staticmethod(lambda z: z if z > 0 else mpmath.mpf(0))

    @classmethod
    def at_zero(cls):
        return Integer(0)

    def fdiff(self, argindex=1):
        return step(self.args[0])


class sign(Known):
    number = staticmethod(mpmath.sign)

    def fdiff(self, argindex=1):
        return Integer(0)


class absolute(Known):
    number = staticmethod(abs)

    @classmethod
    def at_zero(cls):
        return Integer(0)

    def fdiff(self, argindex=1):
        return sign(self.args[0])


class root(Known):
    """The square root of a number that is not negative."""

    number = staticmethod(lambda z: mpmath.sqrt(z) if z >= 0 else mpmath.nan)

    def fdiff(self, argindex=1):
        return 1 / (2 * self)

    @classmethod
    def eval(cls, z):
        if z.is_Rational and z >= 0:
            value = z ** Integer(1).__truediv__(Integer(2))
            return value if value.is_Rational else None
        return None


class largest(Known):
    """The maximum of its arguments; its derivative routes to the argument that attains it."""

    number = staticmethod(max)

    def fdiff(self, argindex=1):
        return route(Integer(argindex), *self.args)


class route(Known):
    """`route(k, z_1, ..., z_n)` is 1 when z_k is the maximum, else 0."""

    number = staticmethod(lambda k, *z: mpmath.mpf(1) if z[int(k) - 1] == max(z) else mpmath.mpf(0))

    def fdiff(self, argindex=1):
        return Integer(0)


JUMPS = (step, sign, route)  # not continuous: where they jump, their value matters
KINKED = (*JUMPS, relu, absolute, largest)  # made of pieces, some of them flat

BUILT_IN = {
    cls.__name__: cls for cls in (exp, log, sigma, tanh, sinh, cosh, sin, cos, arctan, softplus, step, relu, sign)
}
BUILT_IN |= {"ln": log, "ReLU": relu}


class Smooth(Known):
    """A function that a setting declares, any smooth one: nothing is known of it but that it can be differentiated."""

    name, order = "", 0

    def fdiff(self, argindex=1):
        return smooth(self.name, self.order + 1)(*self.args)


@cache
def smooth(name: str, order: int = 0) -> type[Smooth]:
    """The class of the `order`-th derivative of the declared function `name`."""
    return type(name + "'" * order, (Smooth,), {"name": name, "order": order})


def derivative(function: type, order: int, argument: Expr) -> Expr:
    """The `order`-th derivative of a function of one variable, at `argument`."""
    if issubclass(function, Smooth):
        return smooth(function.name, order)(argument)
    at = Dummy("z")
    value = function(at)
    for _ in range(order):
        value = value.diff(at)
    return value.xreplace({at: argument})
