"""An exercise is open, wrong or right, and tells instead of raising."""

import json

import pytest

from nblib import exercise, given

TEXT = (
    r"n = 3, 5 \quad m = 2, 4 \\ x \in \mathbb{R}^{n}, W \in \mathbb{R}^{m \times n} "
    r"\\ z := W x \\ E := \tfrac12 \sum_i z_i^2"
)
QUESTION = r"\frac{\partial E}{\partial W} &= \ldots"


@pytest.fixture(scope="module")
def setting():
    return given(TEXT)


@pytest.mark.parametrize("dots", [r"\ldots", r"\dots", r"\square"])
def test_an_exercise_is_open_while_dots_stand_in_it(setting, dots):
    asked = exercise(QUESTION.replace(r"\ldots", dots), setting, name="ex-dW")
    assert asked.status == "open" and "answer" in asked.feedback
    assert asked.lines[0].left == r"\frac{\partial E}{\partial W}" and asked.lines[0].verdict == "open"


def test_a_right_answer_is_right(setting):
    answered = exercise(r"\frac{\partial E}{\partial W} &= z x^\top", setting, name="ex-dW")
    assert answered.status == "right" and answered.record["verdict"].startswith("proved")


def test_steps_on_the_way_are_allowed(setting):
    answered = exercise(
        r"\frac{\partial E}{\partial W} &= \frac{\partial E}{\partial z} x^\top \\ &= z x^\top", setting
    )
    assert answered.status == "right" and len(answered.lines) == 2


@pytest.mark.parametrize(
    "answer, word",
    [
        (r"\frac{\partial E}{\partial W} &= -z x^\top", "factor −1"),
        (r"\frac{\partial E}{\partial W} &= x z^\top", "transpose"),
        (r"\frac{\partial E}{\partial W} &= z y^\top", "y is not declared"),
        (r"\frac{\partial E}{\partial W} &= z x^{", "never closed"),
        (r"", "no line"),
    ],
)
def test_a_wrong_answer_tells_what_is_wrong(setting, answer, word):
    answered = exercise(answer, setting)
    assert answered.status == "wrong" and word in answered.feedback


@pytest.mark.parametrize(
    "answer",
    [
        r"\frac{\partial E}{\partial W} &= \frac{\partial E}{\partial W}",
        r"\frac{\partial E}{\partial W} &= \frac{\partial E}{\partial z} x^\top",
        r"\frac{\partial E}{\partial W} &= \nabla_W E",
    ],
)
def test_the_question_repeated_is_no_answer(setting, answer):
    answered = exercise(answer, setting)
    assert answered.status == "open" and "derivative" in answered.feedback


def test_hints_are_kept_back_until_they_are_asked_for(setting):
    text = QUESTION + "\nhint: which rows of $W$ does $z_i$ see?\nhint: write it with indices first\n"
    assert exercise(text, setting).hints == []
    assert exercise(text, setting, hints=1).hints == ["which rows of $W$ does $z_i$ see?"]
    assert len(exercise(text, setting, hints=9).hints) == 2
    assert "hint" not in exercise(text, setting).source


@pytest.mark.parametrize("answer", [r"\ldots", r"x z^\top", r"\nabla_W E"])
def test_hints_come_one_at_a_time_whatever_stands_there(setting, answer):
    text = QUESTION.replace(r"\ldots", answer) + "\nhint: a row\nhint: an index\n"
    none, one, two = (exercise(text, setting, "ex-dW", hints) for hints in range(3))
    assert [reply.hints for reply in (none, one, two)] == [[], ["a row"], ["a row", "an index"]]
    assert none.feedback.endswith("Hints: 2, one at a time: %%exercise ex-dW hint.")
    assert one.feedback.endswith("Hints: 1, one at a time: %%exercise ex-dW hint 2.")
    assert "Hints" not in two.feedback
    assert "Hints" not in exercise(QUESTION.replace(r"\ldots", r"z x^\top") + "\nhint: a row", setting).feedback


@pytest.mark.parametrize("relation", [r"\le", r"\ge", r"\approx", "<", ">"])
def test_a_question_keeps_its_relation(setting, relation):
    assert exercise(rf"E &{relation} \ldots", setting).lines[0].relation == relation


@pytest.mark.parametrize("text", [QUESTION, r"\frac{\partial E}{\partial W} &= z x^\top", r"E &= 0"])
def test_the_record_of_an_exercise_has_its_status(setting, text):
    record = exercise(text, setting, name="ex-dW").record
    assert json.loads(json.dumps(record)) == record
    assert record["kind"] == "exercise" and record["status"] in ("open", "wrong", "right") and record["name"] == "ex-dW"


def test_an_average_of_what_is_defined_is_no_answer():
    setting = given(r"""n = 3, 5
w, x \in \mathbb{R}^{n}, v \in \mathbb{R}_{>0}
w_j \sim (0, v) \text{ independent}
x_j \sim \mathcal{D} \text{ independent}
z := w^\top x""")
    half = exercise(r"\operatorname{Var}(z) &= \mathbb{E}[z^2]", setting)
    assert half.status == "open" and "an average of what is defined" in half.feedback
    assert exercise(r"\operatorname{Var}(z) &= n v \, \mathbb{E}[x_1^2]", setting).status == "right"
