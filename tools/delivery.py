"""The site as it reaches a reader: from a host that compresses, and into a browser without scripts.

`Host` serves a folder as static hosts do, and notes what it sends. `weight` is what a visit sent beyond figures;
`hidden` lists what cannot be read where scripts are switched off. The tests hold both for every page, and
`benchmarks/site.py` measures with them.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
import threading
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TEXT = re.compile(r"text/|image/svg\+xml|application/(javascript|json|xml|manifest\+json)")
MINUTES = 10            # for which a browser may keep a file without asking again
FIGURE = re.compile(r'<div class="drawing">.*?(?=<figcaption)|<img\b[^>"]*src="data:[^"]*"[^>]*>', re.S)


class Host(ThreadingHTTPServer):
    """Serves `folder`, and other folders below the paths of `mounts`, until the `with` block ends.

    Attributes
    ----------
    address : str
        Where it serves, with a slash at the end.
    sent : list of (str, int)
        Path and bytes of each answer's body, as they went over the wire, in the order of the requests.
    """

    daemon_threads = True

    def __init__(self, folder: Path, **mounts: Path):
        super().__init__(("127.0.0.1", 0), Answer)
        self.folders = {f"{path}/": root for path, root in mounts.items()} | {"": folder}
        self.address, self.sent = f"http://127.0.0.1:{self.server_port}/", []

    def file(self, path: str) -> Path:
        """The file that a path means, whether it is there or not."""
        prefix = next(prefix for prefix in self.folders if path.startswith(prefix))
        root = self.folders[prefix].resolve()
        found = (root / path.removeprefix(prefix)).resolve()
        return found if found.is_relative_to(root) and found.is_file() else root / "404.html"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self.shutdown()
        self.server_close()


class Answer(BaseHTTPRequestHandler):
    """One request: a file, compressed if it is text; nothing at all if the browser has it already."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        file = self.server.file(path)
        if not file.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body, tag = content(file, file.stat().st_mtime_ns, bool(TEXT.match(kind)))
        known = self.headers.get("If-None-Match") == tag
        self.send_response(HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK)
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", f"max-age={60 * MINUTES}")
        if not known:
            self.send_header("Content-Type", f"{kind}; charset=utf-8" if TEXT.match(kind) else kind)
            self.send_header("Content-Length", str(len(body)))
            if TEXT.match(kind):
                self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if not known:
            self.server.sent.append((path, len(body)))
            self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        pass


@cache
def content(file: Path, changed: int, text: bool) -> tuple[bytes, str]:
    """What is sent for a file, and the tag that names it."""
    body = gzip.compress(file.read_bytes(), 6, mtime=0) if text else file.read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def weight(sent: list[tuple[str, int]], html: str) -> int:
    """The bytes of a visit beyond figures: without picture files, and without the drawings that stand in the page."""
    figures = len(gzip.compress(html.encode(), 6)) - len(gzip.compress(FIGURE.sub("", html).encode(), 6))
    return sum(size for path, size in sent if not path.startswith("_images/")) - figures


# What stands in a page and is not to be seen, though nothing there is folded; and LaTeX that waits for a script.
HIDDEN = r"""() => {
    const page = document.querySelector('article') ?? document.body;
    const folded = (e) => e.closest('details:not([open]), .tip, .onlyprint, [hidden]');
    const seen = (e) => e.getBoundingClientRect().width > 0
        && e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const kinds = { text: 'p, li, td, th, h1, h2, h3, dt, dd, figcaption, pre, .reason', formula: 'math',
                    figure: 'figure svg, figure img' };
    const lost = Object.entries(kinds).flatMap(([kind, which]) => [...page.querySelectorAll(which)]
        .filter((e) => (kind === 'figure' || e.textContent.trim()) && !folded(e) && !seen(e))
        .map((e) => `${kind}: ${(e.textContent.trim() || e.outerHTML).slice(0, 80)}`));
    const words = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const text = words.currentNode.textContent;
        if (/\\[(\[]|\$\$|\\(frac|partial|sum|mathbb|top)\b/.test(text)
            && !words.currentNode.parentElement.closest('code, pre, script, style, annotation'))
            lost.push(`not typeset: ${text.trim().slice(0, 80)}`);
    }
    return lost;
}"""


# The words of a page, but those of what is there for scripts alone: buttons, editors, the stages of what readers move.
WORDS = """() => [...(document.querySelector('article') ?? document.body).querySelectorAll(
    'p, li, td, th, h1, h2, h3, dt, dd, figcaption, pre')]
    .filter((e) => !e.closest('[class*=live-], .explorable .stage'))
    .map((e) => e.textContent.replace(/\\s+/g, ' ').trim())"""


def hidden(browser, address: str) -> list[str]:
    """What of a page cannot be read in a browser whose scripts are off: text, formulas, figures."""
    found = []
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(address)
        found.append((page.evaluate(WORDS), page.evaluate(HIDDEN)))
        context.close()
    (words, _), (bare, lost) = found
    return lost + [f"written by a script: {text[:80]}" for text in dict.fromkeys(words) if text not in set(bare)]
