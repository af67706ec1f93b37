#!/bin/sh
# Make .venv hold what requirements.txt locks, and nblib from this checkout. Uses uv where it is installed, pip otherwise.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE   # without bytecode every kernel would take a second longer to import SymPy

fits() { "$1" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if fits "$candidate"; then echo "$candidate"; return; fi
    done
}

has_uv() { uv --version >/dev/null 2>&1; }

if ! fits .venv/bin/python; then
    python=$(find_python)
    if [ -z "$python" ] && { [ -n "${PYTHON:-}" ] || ! has_uv; }; then
        echo "This book needs Python 3.11, 3.12 or 3.13; ${PYTHON:-python3} is not one." >&2
        echo "Install one of them, or uv (which fetches it), or name it: make PYTHON=/path/to/python3.12" >&2
        exit 1
    fi
    if has_uv; then
        uv venv --quiet --clear --python "${python:->=3.11,<3.14}" .venv
    else
        "$python" -m venv --clear .venv
    fi
fi

# nblib is built with the locked setuptools, so nothing that is not in requirements.txt gets in.
if has_uv; then
    uv pip install --quiet --python .venv --require-hashes --compile-bytecode -r requirements.txt
    uv pip install --quiet --python .venv --no-build-isolation --no-deps -e .
else
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
fi
