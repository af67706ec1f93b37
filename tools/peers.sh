#!/bin/sh
# Make benchmarks/.venv hold what the benchmarks compare with. It sees the book's packages, which stay as they are locked.
set -eu
cd "$(dirname "$0")/.."
book=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
.venv/bin/python -m venv --clear benchmarks/.venv
peers=$(benchmarks/.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "import site; site.addsitedir('$book')" > "$peers/book.pth"
if ! benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt; then
    echo "Not every peer could be installed; the tables will say which is missing." >&2
    while read -r line; do
        case $line in ""|\#*) ;; *) benchmarks/.venv/bin/python -m pip install --quiet "$line" || true ;; esac
    done < benchmarks/peers.txt
fi
