#!/bin/sh
# Make sure that there is a Chromium for the tests of the site: the system's own, or else Playwright's.
set -eu
cd "$(dirname "$0")/.."

found() { for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && return; done; return 1; }

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium >/dev/null || true
    found && exit 0
fi
.venv/bin/python -m playwright install chromium && exit 0
echo "The tests read the site in a browser, and none could be installed." >&2
echo "Install Chromium (on Debian or Ubuntu: sudo apt-get install chromium) and run make test again." >&2
exit 1
