"""How a record looks: typeset for Jupyter, in words for a terminal.

A *record* is the plain dictionary that every result of nblib carries (derivation, setting, refutation, exercise). This
module turns it into LaTeX for JupyterLab and VS Code, and into text for terminals and nbval. The site typesets the
record itself (``book/_ext``), from the same table of marks. Nothing here knows how a verdict was reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MIME = "application/vnd.nblib.derivation+json"


@dataclass(frozen=True)
class Mark:
    """One verdict as the reader meets it: a sign, the same sign in LaTeX, a colour, a short name and what it means."""

    sign: str
    tex: str
    colour: str
    short: str
    meaning: str


GREEN, BLUE, VIOLET, GREY, RED, AMBER = "#2b9a66", "#3b82c4", "#8e6ac8", "#8a8f98", "#d9484f", "#b7791f"

MARKS = {
    "proved for every size": Mark("∀", r"\forall", GREEN, "every size", "index proof with symbolic sizes"),
    "proved": Mark("✓", r"\checkmark", GREEN, "proved", "equal for all real values, at each size checked"),
    "sampled": Mark("∴", r"\therefore", BLUE, "sampled", "equal to 30 digits at generic exact points"),
    "measured": Mark("±", r"\pm", VIOLET, "measured", "a statistical statement with its interval"),
    "definition": Mark("≔", r"{:}{=}", GREY, "definition", "stated, not derived"),
    "assumption": Mark("◇", r"\diamond", GREY, "assumption", "assumed, not derived"),
    "wrong": Mark("✗", r"\times", RED, "wrong", "the two sides differ"),
    "open": Mark("?", "?", AMBER, "open", "waiting for your line"),
}

DECLARATIONS = {"size": "size", "symbol": "array", "function": "function", "definition": "definition",
                "assumption": "assumption", "random": "random"}


def mimebundle(record: dict) -> tuple[dict, dict]:
    """The record, its LaTeX and its text, as IPython's ``_repr_mimebundle_`` wants them: ``(data, metadata)``.

    There is no Markdown and no HTML: front ends would prefer them to the LaTeX.
    """
    return {MIME: record, "text/latex": latex(record), "text/plain": plain(record)}, {}


def latex(record: dict) -> str:
    """The record as one display equation, reasons and marks at the right."""
    rows = [" ".join(cell for cell in row if cell) for row in _latex_rows(record)]
    lines = "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
    notes = [lines, *_latex_notes(record)]      # below the lines, so that they do not widen the columns
    if len(notes) > 1:
        lines = "\\begin{array}{l}\n" + " \\\\\n".join(notes) + "\n\\end{array}"
    return f"$${lines}$$"


def plain(record: dict) -> str:
    """The record as text: the formulas in Unicode, every verdict in words, no trailing blanks."""
    return "\n".join(line.rstrip() for line in _plain_lines(record))


class Shown:
    """What shows itself through its `record`: typeset in a notebook, as text elsewhere."""

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        data, metadata = mimebundle(self.record)
        seconds = [line.seconds for line in getattr(self, "lines", [])]
        return data, metadata | ({"nblib": {"seconds": seconds}} if seconds else {})

    def __str__(self) -> str:
        return plain(self.record)


# --- LaTeX ------------------------------------------------------------------------------------------------------------

def _latex_rows(record: dict) -> Iterator[list[str]]:
    if record["kind"] == "setting":
        for item in record["declarations"]:
            yield [r"&", item["latex"], r"&&", _words(DECLARATIONS[item["kind"]], GREY)]
        return
    for line in record["lines"]:
        reason = rf"\quad {line['reason']}" if line.get("reason") else ""
        right = line["right"] if line["relation"] else unparsed(line["right"])
        if line["verdict"] == "wrong":
            right = rf"\textcolor{{{RED}}}{{{right}}}"
        yield [line["left"], "&" + line["relation"], right, "&&", reason, "&&", _latex_mark(line["verdict"])]


def unparsed(body: str) -> str:
    """An answer that was not read as lines, as it was typed: its own alignment needs a frame of its own."""
    return rf"\begin{{aligned}}{body}\end{{aligned}}"


def _latex_mark(verdict: str) -> str:
    mark = MARKS[verdict]
    return rf"\quad \textcolor{{{mark.colour}}}{{{mark.tex}}}\;{_words(mark.short, mark.colour)}"


def _words(text: str, colour: str) -> str:
    return rf"\textcolor{{{colour}}}{{\scriptstyle\textsf{{{text}}}}}"


def _latex_notes(record: dict) -> Iterator[str]:
    """What a refutation or an exercise adds below its lines."""
    caught = record.get("refutation")
    if caught:
        values = [rf"{tex_name(name)} = {value}" for name, value in caught["counterexample"].items()]
        if caught["at"] or values:
            yield r"\text{at } " + r",\; ".join([caught["at"]] * bool(caught["at"]) + values)
        if caught["left"]:
            entry = rf"\text{{entry }}{caught['entry']}\text{{: }}" if caught["entry"] else ""
            yield rf"{entry}{caught['left']} \ne {caught['right']}"
        yield rf"\textcolor{{{RED}}}{{{prose(caught['slip'] or first_line(caught['message']))}}}"
    if record["kind"] == "exercise":
        words = [text for text in record["feedback"].splitlines() if not text.startswith(" ")]   # no columns: no carets
        yield from map(prose, words + [f"hint: {first_line(hint)}" for hint in record["hints"]])


def tex_name(name: str) -> str:
    r"""The name of one number, ``W^[2]_12``, with its index and its layer in braces: ``W^{[2]}_{12}``."""
    name = re.sub(r"\bE\[", r"\\mathbb{E}[", re.sub(r"\b(Var)\(", r"\\operatorname{\1}(", name))
    name = re.sub(r"\^(\[[^\]]*\]|\([^)]*\))", r"^{\1}", name)
    return re.sub(r"_([\w,]{2,})", r"_{\1}", name)


SPECIAL = {"\\": r"\backslash ", "_": r"\_", "{": r"\{", "}": r"\}", "&": r"\&", "#": r"\#", "%": r"\%", "$": r"\ ",
           "^": r"\wedge ", "~": r"\sim "}


def prose(text: str) -> str:
    r"""Plain text as LaTeX that MathJax and KaTeX read alike: inside ``\textsf`` they disagree on every special sign.

    Examples
    --------
    >>> prose("the entry z_12 of my_notes is missing")
    '\\textsf{the entry }z_{12}\\textsf{ of my}\\_\\textsf{notes is missing}'
    """
    parts = re.split(r"(\b[A-Za-z]_\w{1,3}\b|[\\_{}&#%^~$])", text.replace("−", "-"))
    return "".join(rf"\textsf{{{part}}}" if k % 2 == 0 else SPECIAL.get(part) or tex_name(part)
                   for k, part in enumerate(parts) if part)


def first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


# --- text -------------------------------------------------------------------------------------------------------------

def _plain_lines(record: dict) -> Iterator[str]:
    name = f" {record['name']}" if record.get("name") else ""
    if record["kind"] == "setting":
        yield f"setting{name}"
        items = [(readable(item["latex"]), DECLARATIONS[item["kind"]])
                 for item in record["declarations"]]
        width = max((len(formula) for formula, _ in items), default=0)
        yield from (f"    {formula:<{width}}   [{kind}]" for formula, kind in items)
        return
    status = record.get("status", record.get("verdict", ""))
    yield f"{record['kind']}{name}: {status}"
    rows = [(readable(line["left"]), readable(line["relation"]), readable(line["right"]), line)
            for line in record["lines"]]
    wide = min(max((len(left) for left, *_ in rows), default=0), 40)
    full = min(max((len(right) for _, _, right, _ in rows), default=0), 60)
    for left, relation, right, line in rows:
        reason = readable(line.get("reason", ""))
        yield f"    {left:<{wide}} {relation} {right:<{full}}   [{_verdict_words(line)}]" + (
            f"  {reason}" if reason else "")
    yield from _plain_notes(record)


def _verdict_words(line: dict) -> str:
    sign = MARKS[line["verdict"]].sign
    points = f" at {line['points']} points" if line.get("points") else ""
    return f"{sign} {line['verdict']}{points}"


def _plain_notes(record: dict) -> Iterator[str]:
    caught = record.get("refutation")
    if caught:
        yield from (f"  {line}" for line in caught["message"].splitlines())
    if record["kind"] == "exercise":
        yield from (f"  {line}" for line in record["feedback"].splitlines())
        yield from (f"  hint: {first_line(hint)}" for hint in record["hints"])


COMMANDS = dict(pair.split("=", 1) for pair in (
    "alpha=α beta=β gamma=γ delta=δ epsilon=ε varepsilon=ε zeta=ζ eta=η theta=θ iota=ι kappa=κ lambda=λ mu=μ nu=ν "
    "xi=ξ pi=π rho=ρ sigma=σ tau=τ upsilon=υ phi=φ varphi=φ chi=χ psi=ψ omega=ω Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ "
    "Xi=Ξ Pi=Π Sigma=Σ Phi=Φ Psi=Ψ Omega=Ω partial=∂ nabla=∇ odot=⊙ cdot=· times=× top=⊤ le=≤ leq=≤ ge=≥ geq=≥ ne=≠ "
    "neq=≠ approx=≈ leftarrow=← to=→ mapsto=↦ in=∈ sum=Σ prod=Π infty=∞ pm=± lVert=‖ rVert=‖ lfloor=⌊ rfloor=⌋ "
    "lceil=⌈ rceil=⌉ dots=… ldots=… cdots=… sqrt=√ colon=: mid=| lvert=| rvert=| ell=ℓ star=⋆ ast=* circ=∘ forall=∀ "
    "sim=∼ langle=⟨ rangle=⟩").split())
BLACKBOARD = {"R": "ℝ", "E": "𝔼", "N": "ℕ", "Z": "ℤ", "1": "𝟙"}
DROPPED = re.compile(
    r"\\(?:[,;:!> ]|(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits|quad|qquad)(?![a-zA-Z]))")
FONTS = r"\\(?:text|operatorname|mathbf|mathrm|mathcal|mathsf|boldsymbol|boxed)\*?\s*\{([^{}]*)\}"
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}


def readable(tex: str) -> str:
    r"""A formula as one line of Unicode, for the eye and not for a parser.

    Examples
    --------
    >>> readable(r"\frac{\partial E}{\partial W} = \bigl((a - t) \odot g'(z)\bigr)\, x^\top")
    "∂E/∂W = ((a - t) ⊙ g'(z)) xᵀ"
    """
    for _ in range(12):                                     # innermost groups first; none is nested deeper in practice
        before = tex
        tex = re.sub(r"\\[td]?frac\s*(\d|(?<=\s)[A-Za-z])\s*(\w)", r"\1/\2", tex)
        tex = re.sub(r"\\[td]?frac\s*(\d)\s*(\\[A-Za-z]+)", r"\1/\2", tex)
        tex = re.sub(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}",
                     lambda m: f"{_bracket(m[1], '+-')}/{_bracket(m[2], '+- ')}", tex)
        tex = re.sub(r"\\(hat|bar|tilde|dot|vec)(?:\s*\{(\w)\}|\s+(\w))", lambda m: (m[2] or m[3]) + ACCENTS[m[1]], tex)
        tex = re.sub(r"\\math(?:bb|ds)\s*\{?(\w)\}?", lambda m: BLACKBOARD.get(m[1], m[1]), tex)
        tex = re.sub(r"\\under(?:brace|line)\s*\{([^{}]*)\}(?:_\{[^{}]*\})?", r"\1", tex)
        tex = re.sub(FONTS, r"\1", tex)
        tex = re.sub(r"\\(?:textcolor|color)\s*\{[^{}]*\}", "", tex)
        tex = re.sub(r"\\(?:begin|end)\s*\{[^{}]*\}", " ", tex)
        tex = re.sub(r"([_^])\s*\{([^{}\s]*)\}", r"\1\2", tex)
        tex = re.sub(r"([_^])\s*\{([^{}]*)\}", lambda m: f"{m[1]}({m[2].strip()})", tex)
        if tex == before:
            break
    tex = tex.replace(r"\\", " ; ").replace(r"\{", "\x01").replace(r"\}", "\x02")
    tex = DROPPED.sub(" ", tex)
    tex = re.sub(r"\\([a-zA-Z]+)\s?", lambda m: COMMANDS.get(m[1], m[1] + " "), tex)
    tex = re.sub(r"\s*([⊙×≤≥≠≈←→∈∼±])\s*", r" \1 ", tex)
    tex = tex.replace("{", "").replace("}", "").replace("&", " ").replace("\x01", "{").replace("\x02", "}")
    tex = re.sub(r"\s+", " ", tex).strip().replace("^⊤", "ᵀ").replace("^2", "²").replace("^-1", "⁻¹")
    return re.sub(r"([(\[⟨]) | ([)\],⟩])", r"\1\2", tex)


def _bracket(part: str, breaks: str) -> str:
    """Brackets around a part of a fraction that would be misread without them."""
    part = part.strip()
    bare = re.sub(r"[_^](\([^()]*\)|\S+)|\\[a-zA-Z]+ ", "", part)
    return f"({part})" if any(sign in bare for sign in breaks) else part
