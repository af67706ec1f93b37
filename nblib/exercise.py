r"""`exercise`: the reader writes the missing lines; the answer is checked like any derivation, and tells instead of
raising.

An exercise is open while `\ldots` stands in it. An answer is right when every line holds and the last one is an
answer: free of derivatives and of averages of what is defined, and not the question repeated. A line `hint: ...` is
kept back until it is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial

from .checking import Line, WrongLine
from .derivation import derive
from .display import Shown
from .setting import Setting
from .syntax import AVERAGES, Node, NotationError

OPEN = re.compile(r"\\ldots|\\dots|\\square")


@dataclass
class Exercise(Shown):
    """A task and what is known of the reader's answer: `status` is "open", "wrong" or "right"."""

    name: str | None
    source: str
    setting: Setting = field(repr=False)
    status: str
    feedback: str
    lines: list[Line]
    hints: list[str] = field(default_factory=list)

    @property
    def record(self) -> dict:
        verdict = self.lines[-1].verdict if self.lines and self.status == "right" else self.status
        return {
            "kind": "exercise",
            "name": self.name,
            "source": self.source,
            "sizes": self.setting.assignments,
            "verdict": verdict,
            "lines": [line.record for line in self.lines],
            "status": self.status,
            "feedback": self.feedback,
            "hints": self.hints,
        }


def unanswered(node: Node, setting: Setting) -> str:
    """What in a last line is still to be worked out: a derivative, or the average of something that is defined."""
    if any(inner.head == "partial" for inner in node.walk()):
        return "a derivative"
    averaged = set().union(*[setting.names_in(inner) for inner in node.walk() if inner.head in AVERAGES])
    known = [setting.declared[name] for name in averaged & setting.declared.keys()]
    return "an average of what is defined" if any(declared.body is not None for declared in known) else ""


def next_hint(name: str | None, count: int, shown: int) -> list[str]:
    """How to ask for one hint more; nothing where none is kept back."""
    left = count - shown
    number = f" {shown + 1}" if shown else ""
    return [f"Hints: {left}, one at a time: %%exercise {name or 'label'} hint{number}."] if left > 0 else []


def exercise(text: str, setting: Setting, name: str | None = None, hints: int = 0) -> Exercise:
    r"""Check a reader's answer.

    Parameters
    ----------
    text : str
        The lines of the answer; `\ldots` where it is still to be written. Lines `hint: ...` hold the hints.
    setting : Setting
        What the lines may name.
    name : str, optional
        The label of the exercise.
    hints : int
        How many hints to show.

    Returns
    -------
    Exercise
        Never raises on a wrong answer: `status` and `feedback` tell.
    """
    all_hints = [m.strip() for m in re.findall(r"^hint:(.*)$", text, re.M)]
    body = re.sub(r"^hint:.*$\n?", "", text, flags=re.M).strip()
    more = next_hint(name, len(all_hints), hints)
    reply = partial(Exercise, name, body, setting, hints=all_hints[:hints])
    if OPEN.search(body):
        left, _, rest = body.partition("&")
        relation = re.match(r"\s*(=|\\[lg]e|\\approx|<|>)", rest)
        question = Line(left.strip(), relation[1] if relation else "=", r"\ldots", "", "open", "to be written")
        return reply("open", " ".join([r"Replace \ldots with your answer and run the cell.", *more]), [question])
    try:
        derivation = derive(body, setting, name)
    except (NotationError, WrongLine) as error:
        return reply("wrong", "\n".join([str(error), *more]), [Line("", "", body, "", "wrong", "see the message")])
    last, first = derivation.lines[-1].nodes[1], derivation.lines[0].nodes[0]
    asked = unanswered(last, derivation.setting)
    if asked or last == first:
        left = asked or "the question"
        feedback = f"Every line holds, but the last one still holds {left}: go on until none is left."
        return reply("open", " ".join([feedback, *more]), derivation.lines)
    return reply("right", f"Right: {derivation.verdict}.", derivation.lines)
