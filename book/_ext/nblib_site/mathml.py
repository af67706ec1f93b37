"""Every formula becomes MathML while the book is built: no script, no request and no jump in the reader's page.

The work is done by the package `math-core`. A formula that it cannot read is an error of the build that quotes the
formula; nothing half-typeset ever reaches a page.
"""

from __future__ import annotations

import re
from functools import cache

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.errors import ExtensionError
from sphinx.util.math import get_node_equation_number

_convert = LatexToMathML(fancy_error=False)
ENVIRONMENT = re.compile(r"\s*\\begin\{(equation|align|gather|alignat|multline)\*?\}")


class FormulaError(ExtensionError):
    """A formula of the book cannot be typeset."""


@cache
def mathml(latex: str, display: bool = False, block: bool = False) -> str:
    """The MathML of a formula; `display` sets it in display style, `block` also on a line of its own."""
    source = latex.strip()
    if block and r"\\" in source and not ENVIRONMENT.match(source) and "\\begin" not in source:
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    source = source.replace(r"\begin{split}", r"\begin{aligned}").replace(r"\end{split}", r"\end{aligned}")
    try:
        result = _convert.convert_with_local_state(source, displaystyle=display or block)
    except LatexError as error:
        raise FormulaError(f"cannot typeset the formula  {latex.strip()}  ({error})") from None
    if "(??)" in result:
        raise FormulaError(f"the formula  {latex.strip()}  cites an equation with \\eqref; use the role {{eq}}")
    return polish(result, block)


def polish(result: str, block: bool) -> str:
    """Small differences between what the converter writes and what browsers draw best."""
    if not block:
        result = result.replace('<math display="block">', '<math displaystyle="true">', 1)
    # The prime of this font stands high already: as a superscript it would float.
    result = re.sub(r"<msup>(<mi[^<]*</mi>)<mo>([′″‴⁗])</mo></msup>",
                    r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', result)
    result = result.replace("&ApplyFunction;", "\u2061")
    result = re.sub(r'<menclose notation="box">(.*?)</menclose>', r'<mrow class="boxed">\1</mrow>', result, flags=re.S)
    return result


def visit_inline(self, node: nodes.math) -> None:
    self.body.append(_checked(self, node, node.get("display", False), False))
    raise nodes.SkipNode


def keep_punctuation(app, document: nodes.document) -> None:
    """A comma or a full stop never starts a line: it is kept with the formula before it."""
    for formula in list(document.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (sign := re.match(r"[,.;:!?)’”]+", after)):
            after.parent.replace(after, nodes.Text(after[sign.end():]))
            formula.replace_self(nodes.inline("", "", formula.deepcopy(), nodes.Text(sign[0]), classes=["keep"]))


def visit_block(self, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="equation"))
    self.body.append(f'<div class="formula">{_checked(self, node, True, True)}</div>')
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _checked(self, node: nodes.Element, display: bool, block: bool) -> str:
    try:
        return mathml(node.astext(), display, block)
    except FormulaError as error:
        self.builder.app.nblib_formula_errors.append(f"{self.builder.current_docname}: {error}")
        return ""


def report(app, exception) -> None:
    """All the formulas that failed, as one error."""
    if exception is None and app.nblib_formula_errors:
        raise FormulaError("\n".join(app.nblib_formula_errors))


def setup(app) -> None:
    app.nblib_formula_errors = []
    app.add_html_math_renderer("mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_block, None))
    app.connect("doctree-read", keep_punctuation)
    app.connect("build-finished", report)
