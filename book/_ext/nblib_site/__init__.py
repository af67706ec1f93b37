"""The site's own Sphinx extension: mathematics, derivations, figures, pages about the book, the frame of each page.

`mathml` typesets every formula while the book is built; `derivations` and `figures` render the MIME types that nblib
puts into notebooks, and `explorables` sets the stages of what readers move. `ledger` lists what was checked, `mutants`
how the checker was tried; `citations` and `derivation_map` show which result rests on which, `symbols` where each
symbol is used. `live` lets readers check their own lines, `lite` opens chapters in JupyterLite; `pages` mends the
theme, `styles` makes one light style sheet of many. Each module has its own `setup`.
"""

from __future__ import annotations

from importlib import import_module

MODULES = ("elements", "mathml", "derivations", "explorables", "figures", "ledger", "citations", "derivation_map",
           "symbols", "live", "lite", "mutants", "pages", "styles")


def setup(app) -> dict:
    for name in MODULES:
        import_module(f".{name}", __name__).setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
