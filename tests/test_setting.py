"""`given` declares what a derivation may name, and refuses settings in which a mistake could hide."""

import json

import pytest
from carets import column, pointed_at

from nblib import NotationError, ShapeError, WrongLine, derive, given

# ---- sizes

DEGENERATE = {
    "two sizes alike": (r"m = 3, 5 \quad n = 2, 5", "n = 2, 5", "both 5", "change one of them"),
    "alike in the first check": (r"m = 3, 5 \quad n = 3, 4", "n = 3, 4", "both 3", "change one of them"),
    "a size of one": ("n = 1, 5", "n = 1, 5", "n = 1 hides mistakes", "two or more"),
    "a size of nothing": ("n = 0, 5", "n = 0, 5", "n = 0 hides mistakes", "two or more"),
    "a single value": ("n = 4", "n = 4", "one value", "n = 4, 6"),
    "one value beside two": (r"m = 3, 5 \quad n = 2", "n = 2", "one value", "n = 2, 4"),
    "the same value twice": ("n = 3, 3", "n = 3, 3", "3", ""),
    "different numbers of values": (
        r"m = 3, 5 \quad n = 2, 4, 6",
        None,
        "different numbers of values",
        "as many values",
    ),
    "a literal size": (r"x \in \mathbb{R}^{4}", "4", "the size 4 has no name", r"\text{ exactly}"),
    "a literal size in a matrix": (
        r"n = 3, 5 \\ W \in \mathbb{R}^{n \times 2}",
        None,
        "the size 2 has no name",
        "n = 2, 4",
    ),
    "too large to write out": ("n = 100, 200", "n = 100, 200", "too large", "2 to 7"),
    "a derived size that is alike": (
        r"n = 3, 6 \quad k = 2, 3 \\ o = n - k + 1",
        "o = n - k + 1",
        "both 2",
        "change one of them",
    ),
    "a derived size of nothing": (
        r"n = 4, 7 \quad k = 2, 3 \\ o = n - 2 k",
        "o = n - 2 k",
        "o is 0",
        "change the sizes",
    ),
    "a derived size that is no whole number": (
        r"n = 4, 7 \quad k = 3, 2 \\ o = (n - k)/2 + 3",
        "o = (n - k)/2 + 3",
        "whole number",
        "change the sizes",
    ),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_sizes_are_refused(case):
    text, place, message, mend = DEGENERATE[case]
    with pytest.raises(NotationError) as caught:
        given(text)
    assert message in str(caught.value) and mend in str(caught.value)
    assert place is None or pointed_at(caught.value).strip() == place


@pytest.mark.parametrize(
    "text, sizes",
    [
        (r"m = 3, 5 \quad n = 2, 4", [{"m": 3, "n": 2}, {"m": 5, "n": 4}]),
        ("m = 3, 5\nn = 2, 4", [{"m": 3, "n": 2}, {"m": 5, "n": 4}]),
        (r"m = 3, 5 \\ n = 2, 4", [{"m": 3, "n": 2}, {"m": 5, "n": 4}]),
        ("m = 3, 5, n = 2, 4", [{"m": 3, "n": 2}, {"m": 5, "n": 4}]),
        ("n = 2, 3, 5", [{"n": 2}, {"n": 3}, {"n": 5}]),
        (r"n = 4 \text{ exactly}", [{"n": 4}]),
        (r"n = 3, 5 \quad k = 3 \text{ exactly}", [{"n": 3, "k": 3}, {"n": 5, "k": 3}]),
        (r"n = 1 \text{ exactly} \quad m = 1 \text{ exactly}", [{"n": 1, "m": 1}]),
        (r"n_x = 3, 5 \quad n_y = 2, 4", [{"n_x": 3, "n_y": 2}, {"n_x": 5, "n_y": 4}]),
    ],
)
def test_every_line_is_checked_at_the_declared_sizes(text, sizes):
    spelled = [
        {name.replace("{", "").replace("}", ""): n for name, n in check.items()} for check in given(text).assignments
    ]
    assert spelled == sizes


def test_exactly_lets_a_literal_size_stand():
    setting = given(r"X \in \mathbb{R}^{4 \times 4} \text{ exactly}, w \in \mathbb{R}^{2 \times 2} \text{ exactly}")
    assert (
        derive(r"\sum_{i,j} X_{ij} w_{11} = w_{11} \sum_{i=1}^{4} \sum_{j=1}^{4} X_{ij}", setting).verdict == "proved"
    )


def test_exactly_does_not_prove_for_every_size():
    setting = given(r"n = 4 \text{ exactly} \\ x \in \mathbb{R}^{n}")
    assert derive(r"\sum_i x_i = x_1 + x_2 + x_3 + x_4", setting).verdict == "proved"


def test_a_derived_size_follows_the_others():
    setting = given(
        r"n = 7, 12 \quad k = 2, 4 \quad s = 2 \text{ exactly} "
        r"\\ o = \lfloor (n - k)/s \rfloor + 1 \\ c \in \mathbb{R}^{o}"
    )
    assert derive(r"\sum_i c_i = \sum_{i=1}^{o} c_i", setting).lines[0].verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"o = 3", setting)  # true at the first size only


def test_a_derived_size_is_the_number_that_its_formula_gives():
    setting = given(r"n = 6, 9 \quad k = 2, 4 \\ o = n - k + 1")
    assert derive(r"o + k = n + 1", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"o + k = n", setting)


# ---- symbols

SETS = {
    r"\mathbb{R}": [],
    r"\mathbb{R}^{n}": ["n"],
    r"\mathbb{R}^n": ["n"],
    r"\mathbb R^n": ["n"],
    r"\mathbb{R}^{m \times n}": ["m", "n"],
    r"\mathbb R^{m\times n}": ["m", "n"],
    r"\mathbb{R}^{m \times n \times m}": ["m", "n", "m"],
    r"\mathbb{R}_{>0}": [],
    r"\mathbb{R}_{>0}^{n}": ["n"],
    r"(0, 1)": [],
    r"(0,1)^{n}": ["n"],
    r"[0, 1]^{n}": ["n"],
    r"\{0, 1\}^m": ["m"],
    r"\{-1, 1\}": [],
}


@pytest.mark.parametrize("kind", SETS)
def test_a_set_is_read(kind):
    setting = given(r"m = 3, 5 \quad n = 2, 4 \\ v \in " + kind)
    assert next(d for d in setting.declarations if d["name"] == "v")["shape"] == SETS[kind]


VALUES = {
    r"\mathbb{R}_{>0}": (r"v > 0", r"v > 1"),
    "(0, 1)": (r"v < 1", r"v > \frac12"),
    "[0, 1]": (r"v \ge 0", r"v > 0.1"),
    r"\{0, 1\}": (r"v (1 - v) = 0", r"v = 1"),
    r"\{-1, 1\}": (r"v^2 = 1", r"v = 1"),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_symbol_takes_the_values_of_its_set(kind):
    right, wrong = VALUES[kind]
    setting = given(rf"v \in {kind}")
    assert derive(right, setting).verdict in ("proved", "sampled", "proved for every size")
    with pytest.raises(WrongLine):
        derive(wrong, setting)


@pytest.mark.parametrize(
    "text, place, message",
    [
        (r"x \in \mathbb{C}", r"\mathbb{C}", "not a set"),
        (r"x \in \mathbb{R}^{q}", "q", "q is not declared"),
        (r"x \in \mathbb{R} \\ x \in \mathbb{R}", None, "already declared"),
        (r"n = 3, 5 \\ n \in \mathbb{R}", "n", "already declared"),
        (r"d \in \mathbb{R}", "d", "reserved"),
        (r"e \in \mathbb{R}", "e", "reserved"),
        (r"3 \in \mathbb{R}", "3", "not a name"),
        (r"x \in \mathbb{R} y \in \mathbb{R}", None, "not a set"),
        (r"n = 3, 5 \\ x^{(i)} \in \mathbb{R}^{n}", r"x^{(i)}", "without its range"),
        (r"f : \mathbb{R}^2 \to \mathbb{R}", None, "real numbers"),
        (
            r"m = 3, 5 \quad n = 2, 4 \\ Q \in \mathbb{R}^{m \times n} \text{ symmetric}",
            "Q",
            "only a square matrix is symmetric",
        ),
        ("", None, "nothing is declared"),
        ("x", "x", "not declared"),
        (r"$n = 3, 5$", "$", "cannot stand here"),
        (r"n = 3, 5 % two sizes", "%", "cannot stand here"),
        (r"x \in \mathbb{R}^{n}}", "}", "closing brace"),
        (r"x \in \mathbb{R}^{n", "{", "never closed"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_refused(text, place, message):
    with pytest.raises(NotationError) as caught:
        given(text)
    assert message in str(caught.value)
    assert place is None or pointed_at(caught.value).strip() == place


def test_names_in_a_list_share_their_set():
    setting = given(r"n = 3, 5 \\ x, y \in \mathbb{R}^{n}, \; c \in \mathbb{R}")
    assert {d["name"]: d["shape"] for d in setting.declarations if d["kind"] == "symbol"} == {
        "x": ["n"],
        "y": ["n"],
        "c": [],
    }


def test_a_symmetric_matrix_is_its_transpose_and_another_is_not():
    assert derive(
        "Q^\\top = Q", given(r"n = 3, 5 \\ Q \in \mathbb{R}^{n \times n} \text{ symmetric}")
    ).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive("Q^\\top = Q", given(r"n = 3, 5 \\ Q \in \mathbb{R}^{n \times n}"))


def test_an_array_is_zero_outside_only_when_declared_so():
    assert derive(
        "x_0 + x_{n+1} = 0", given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \text{ zero outside}")
    ).verdict.startswith("proved")
    with pytest.raises(NotationError, match="no entry 0"):
        derive("x_0 + x_{n+1} = 0", given(r"n = 3, 5 \\ x \in \mathbb{R}^{n}"))


def test_indices_count_from_0_where_the_field_does():
    zero = given(r"\text{indices from } 0 \\ n = 3, 5 \\ x \in \mathbb{R}^{n}")
    assert derive(r"\sum_i x_i = x_0 + \sum_{i=1}^{n-1} x_i", zero).verdict.startswith("proved")
    with pytest.raises(NotationError, match="from 0 to 2"):
        derive("x_n = x_n", zero)
    with pytest.raises(NotationError, match="move this line to the top"):
        given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ \text{indices from } 0")


def test_the_vector_of_ones_has_ones_once_it_is_declared():
    setting = given(r"n = 3, 5 \\ x, \mathbf{1} \in \mathbb{R}^{n}")
    assert derive(r"\mathbf{1}^\top x = \sum_i x_i", setting).verdict.startswith("proved")
    with pytest.raises(NotationError, match="not declared"):
        derive(r"\mathbf{1}^\top x = \sum_i x_i", given(r"n = 3, 5 \\ x \in \mathbb{R}^{n}"))


# ---- families

FAMILY = r"m = 3, 5 \quad n = 2, 4 \\ x^{(i)} \in \mathbb{R}^{n}, y^{(i)} \in (0,1), i = 1, \dots, m"


def test_a_family_has_a_member_for_each_number():
    setting = given(FAMILY)
    assert derive(r"\sum_{i=1}^{m} y^{(i)} = y^{(1)} + \sum_{i=2}^{m} y^{(i)}", setting).verdict.startswith("proved")
    with pytest.raises(NotationError):
        derive(r"y^{(7)} = y^{(7)}", setting)


def test_a_family_is_defined_member_by_member():
    setting = given(FAMILY + r" \\ w \in \mathbb{R}^{n} \\ z^{(i)} := w^\top x^{(i)}")
    assert derive(r"\frac{\partial z^{(i)}}{\partial w} = x^{(i)}", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\frac{\partial z^{(i)}}{\partial w} = 2 x^{(i)}", setting)


# ---- definitions and functions


def test_a_definition_holds_and_another_one_does_not():
    setting = given(r"\alpha \in \mathbb{R} \\ \beta := \alpha^2")
    assert derive(r"\beta = \alpha \alpha", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\beta = 2 \alpha", setting)


@pytest.mark.parametrize(
    "text, message",
    [
        (r"x \in \mathbb{R} \\ z := z + x", "z"),
        (r"x \in \mathbb{R} \\ z := x \\ z := 2 x", "already defined"),
        (r"z := W x", "W is not declared"),
        (r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ c_{ii} := x_i", "stands twice on the left"),
        (r"f(u, u) := u", "different letters"),
        (r"f(u) := u v", "v is not declared"),
        (r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ f(u) := u x_i", "index i"),
        (r"n = 3, 5 \\ f(n) := n", "size"),
    ],
)
def test_a_definition_that_says_nothing_is_refused(text, message):
    with pytest.raises(NotationError, match=message):
        given(text)


@pytest.mark.parametrize("text", [r"z := x_i", r"z_i := x", r"c_{ij} := x_i"])
def test_a_definition_with_an_index_on_one_side_is_refused(text):
    with pytest.raises(NotationError, match="index"):
        given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ " + text)


def test_a_definition_that_leaves_its_array_is_refused():
    with pytest.raises(NotationError, match="no entry"):
        given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ z_i := x_{i+1} - x_i")


@pytest.mark.parametrize("text, place", [(r"z := W^\top x", r"W^\top x"), (r"y := W x + x", "x"), (r"y := x", None)])
def test_a_definition_whose_shapes_do_not_fit_is_refused(text, place):
    with pytest.raises(ShapeError) as caught:
        given(
            r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^{n}, y \in \mathbb{R}^{m} \\ "
            + text
        )
    assert place is None or pointed_at(caught.value).strip() == place


def test_a_function_of_several_arguments_is_what_its_body_says():
    setting = given(r"\alpha, \beta \in \mathbb{R} \\ f(u, v) := u^2 v")
    assert derive(r"f(\alpha, \beta) = \alpha^2 \beta", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"f(\alpha, \beta) = f(\beta, \alpha)", setting)


# ---- assumptions


def test_an_equation_is_an_assumption():
    setting = given(r"K = 3, 5 \\ y \in (0,1)^{K} \\ \sum_k y_k = 1")
    assert derive(r"\sum_k y_k = 1", setting).verdict.startswith("proved")
    assert derive(r"1 - y_1 = \sum_{k=2}^{K} y_k", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\sum_k y_k = 2", setting)
    with pytest.raises(WrongLine):
        derive(r"\sum_k y_k = 1", given(r"K = 3, 5 \\ y \in (0,1)^{K}"))


def test_an_assumption_is_used_for_every_value_of_its_index():
    setting = given(r"m = 3, 5 \quad n = 2, 4 \\ P \in \mathbb{R}^{m \times n} \\ \sum_j P_{ij} = 1")
    assert derive(r"\sum_{i,j} P_{ij} = m", setting).verdict.startswith("proved")
    with pytest.raises(WrongLine):
        derive(r"\sum_{i,j} P_{ij} = n", setting)


def test_an_inequality_between_symbols_is_kept():
    """Nothing that is written is passed over: the assumption is used, or it is refused."""
    try:
        setting = given(r"\alpha, \beta \in \mathbb{R} \\ \alpha < \beta")
    except NotationError:
        return
    assert derive(r"\alpha \le \beta", setting).verdict in ("proved", "sampled")
    with pytest.raises(WrongLine):
        derive(r"\beta \le \alpha", setting)


def test_an_equation_that_cannot_be_solved_is_kept():
    try:
        setting = given(r"\alpha, \beta \in \mathbb{R} \\ \alpha^2 + \beta^2 = 1")
    except NotationError:
        return
    assert derive(r"\alpha^2 + \beta^2 = 1", setting).verdict in ("proved", "sampled")


def test_an_assumption_without_content_is_refused():
    with pytest.raises(NotationError):
        given(r"\alpha \in \mathbb{R} \\ \alpha \ne 3")


# ---- settings as a whole


def test_extending_a_setting_leaves_it_as_it_was():
    first = given(r"x \in \mathbb{R}")
    second = given(r"x > 0 \\ y := x^2", first)
    assert derive("x > 0", second).verdict == "proved"
    with pytest.raises(WrongLine):
        derive("x > 0", first)
    with pytest.raises(NotationError, match="y is not declared"):
        derive("y = x^2", first)


def test_a_setting_in_two_parts_is_the_setting_in_one():
    parts = given(r"z := W x", given(r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^{n}"))
    whole = given(r"m = 3, 5 \quad n = 2, 4 \\ W \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^{n} \\ z := W x")
    assert parts.declarations == whole.declarations and parts.assignments == whole.assignments


def test_the_record_lists_what_is_declared():
    record = given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ g : \mathbb{R} \to \mathbb{R} \\ z := g(x)").record
    assert json.loads(json.dumps(record)) == record
    assert [(d["kind"], d["name"]) for d in record["declarations"]] == [
        ("size", "n"),
        ("symbol", "x"),
        ("function", "g"),
        ("definition", "z"),
    ]
    assert record["kind"] == "setting" and record["sizes"] == [{"n": 3}, {"n": 5}]


def test_the_caret_stands_in_the_declaration_that_is_wrong():
    with pytest.raises(NotationError) as caught:
        given("n = 3, 5\nx \\in \\mathbb{R}^{n}\nz := x + W")
    assert pointed_at(caught.value) == "W" and column(caught.value) == 9


def test_declarations_are_divided_as_a_shell_hands_them_over():
    r"""Between double quotes a shell turns `\\` into `\`: what is left is a space, and divides declarations as well."""
    sizes, symbols = r"n = 3, 5 \quad m = 2, 4", r"x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n}"
    shell = rf"{sizes} \ {symbols} \ z := W x \ E := \tfrac12 \sum_i z_i^2"
    tex = shell.replace("\\ ", "\\\\ ")
    assert [d["latex"] for d in given(shell).declarations] == [d["latex"] for d in given(tex).declarations]
    spaced = given(r"n = 3, 5 \\ x \in \mathbb{R}^{n} \\ z := x \ + 1")
    assert spaced.declared["z"].shape == spaced.declared["x"].shape
