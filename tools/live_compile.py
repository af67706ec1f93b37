"""Runs inside Pyodide (`live_compile.mjs`): /sources.zip becomes /bytecode.zip.

The bytecode is never compared with its source, which is not there, and holds neither the docstrings of functions nor
the line numbers of tracebacks: that halves it. (Pyodide reads docstrings of its own.) The archive has no times, so that
it is the same in every build, and is not compressed: that is done for it as a whole, and undone by the browser.
"""

import types
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import source_hash
from inspect import CO_HAS_DOCSTRING


def slim(code: types.CodeType) -> types.CodeType:
    constants = [slim(part) if isinstance(part, types.CodeType) else part for part in code.co_consts]
    if code.co_flags & CO_HAS_DOCSTRING:
        constants[0] = ""
    return code.replace(co_linetable=b"", co_consts=tuple(constants))


with zipfile.ZipFile("/sources.zip") as sources, zipfile.ZipFile("/bytecode.zip", "w") as bytecode:
    for name in sorted(sources.namelist()):
        content = sources.read(name)
        if name.endswith(".py"):
            code = compile(content, name, "exec", dont_inherit=True)
            code = code if name.startswith(("pyodide/", "_pyodide/")) else slim(code)
            name, content = name + "c", _code_to_hash_pyc(code, source_hash(content), checked=False)
        bytecode.writestr(zipfile.ZipInfo(name), content)
