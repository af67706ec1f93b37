"""The site's own Sphinx extension: mathematics, derivations, figures, the ledger and the frame of each page.

`mathml` typesets every formula while the book is built; `derivations` and `figures` render the MIME types that nblib
puts into notebooks; `explorables` sets the stages of what readers move; `ledger` lists what was checked, `mutants` how
the checker was tried; `pages` mends the theme. Each module has its own `setup`.
"""

from __future__ import annotations

from . import derivations, elements, explorables, figures, ledger, mathml, mutants, pages


def setup(app) -> dict:
    for module in (elements, mathml, derivations, explorables, figures, ledger, mutants, pages):
        module.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
