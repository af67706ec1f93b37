"""The built site in a reader's browser: weight, time to formulas, live checking, Lighthouse; beside a stock page.

The site comes from a host on this machine that compresses text by gzip and nothing else, into headless Chromium with an
empty cache. Each row is the median of five visits; Lighthouse's scores are of one run each. `make bench` installs
Lighthouse, and the MathJax that a stock page asks for, from benchmarks/package-lock.json, and runs this.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import live
from browser import FLAGS, chromium
from chapters import ROOT, notebooks
from delivery import Host, hidden, weight

HERE = Path(__file__).resolve().parent
SITE, STOCK = ROOT / "_build" / "html", ROOT / "_build" / "stock"
NPM = HERE / "node_modules"
ROUNDS = 5
CHAPTERS = [path.stem for path in notebooks()]
COMPARED = "backprop"           # the chapter that is built with the stock configuration as well
# What a page notes of its own coming. Formulas are typeset when MathJax, if there is one, has finished, all fonts have
# come, and the next frame is drawn.
NOTES = """
window.notes = { shift: 0, largest: 0, typeset: 0 };
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { notes.largest = entry.startTime; }))
    .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { notes.shift += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
    requestAnimationFrame(() => requestAnimationFrame(() => { notes.typeset = performance.now(); }));
});
"""
HEAD = """| {} | kB beyond figures | kB in all | read without scripts | requests | elements | first paint, ms \
| largest paint, ms | typeset, ms | shift |
|---|--:|--:|---|--:|--:|--:|--:|--:|--:|"""


# ---- a page without live code

def visit(browser: Browser, host: Host, path: str, html: str) -> dict[str, float]:
    """Figures of one visit with an empty cache: kB, ms, counts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(NOTES)
    host.sent.clear()
    page.goto(host.address + path)
    page.wait_for_function("notes.typeset > 0", timeout=60_000)
    page.wait_for_timeout(300)              # whatever still jumps
    noted = page.evaluate("""() => ({ ...notes, nodes: document.querySelectorAll('*').length,
        first: performance.getEntriesByName('first-contentful-paint')[0].startTime })""")
    context.close()
    sent = list(host.sent)
    return noted | {"wire": sum(size for _, size in sent) / 1e3, "weight": weight(sent, html) / 1e3,
                    "requests": len(sent)}


def median(visits: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in visits) for name in visits[0]}


def row(name: str, found: dict[str, float], lost: list[str]) -> str:
    return (f"| {name} | {found['weight']:.0f} | {found['wire']:.0f} | {'all' if not lost else f'{len(lost)} lost'} "
            f"| {found['requests']:.0f} | {found['nodes']:.0f} | {found['first']:.0f} | {found['largest']:.0f} "
            f"| {found['typeset']:.0f} | {found['shift']:.3f} |")


def chapter_table(browser: Browser, host: Host) -> None:
    print("""
### Chapter pages, before any live code

Limits: 400 kB over the wire beyond figures; all of the text, the formulas and the figures readable without scripts;
formulas typeset within 1500 ms. Formulas are MathML in the page itself, so they stand at the first paint; *typeset*
is when the last font has come and the next frame is drawn, and *shift* how far anything moved meanwhile (0.1 is felt).
""")
    print(HEAD.format("chapter"))
    for name in CHAPTERS:
        path = f"book/{name}.html"
        html = (SITE / path).read_text("utf-8")
        found = median([visit(browser, host, path, html) for _ in range(ROUNDS)])
        print(row(name, found, hidden(browser, host.address + path)), flush=True)


# ---- beside the stock configuration

def build_stock() -> None:
    """The compared chapter alone, as Jupyter Book sets it with its defaults, and its MathJax from this machine."""
    shutil.rmtree(STOCK, ignore_errors=True)
    STOCK.mkdir(parents=True)
    for path in (ROOT / "book" / f"{COMPARED}.ipynb", ROOT / "book" / "references.bib"):
        shutil.copy(path, STOCK)
    config = {"title": "Stock", "execute": {"execute_notebooks": "off"}, "bibtex_bibfiles": ["references.bib"]}
    (STOCK / "_config.yml").write_text(yaml.safe_dump(config))
    (STOCK / "_toc.yml").write_text(yaml.safe_dump({"format": "jb-book", "root": COMPARED}))
    builder = ROOT / ".venv" / "bin" / "jupyter-book"
    subprocess.run([builder, "build", "--quiet", STOCK], check=True, capture_output=True)
    page = STOCK / "_build" / "html" / f"{COMPARED}.html"
    page.write_text(page.read_text("utf-8").replace("https://cdn.jsdelivr.net/npm/", "/npm/"), "utf-8")


def stock_table(browser: Browser, host: Host) -> None:
    print(f"""
### Beside Jupyter Book's stock configuration

The chapter {COMPARED} from the same notebook, with its outputs, once as above and once with a `_config.yml` that sets
nothing but the title, the bibliography and that nothing is executed. A stock page asks a content network for MathJax 3;
here the npm package answers at the same path, from the same host as the page: faster than any network could.
The visits take turns.
""")
    print(HEAD.format("page"))
    build_stock()
    html = {SITE: (SITE / "book" / f"{COMPARED}.html").read_text("utf-8")}
    folder = STOCK / "_build" / "html"
    html[folder] = (folder / f"{COMPARED}.html").read_text("utf-8")
    with Host(folder, **{"npm/mathjax@3": NPM / "mathjax"}) as stock:
        ways = {"this book": (host, f"book/{COMPARED}.html", html[SITE]),
                "stock": (stock, f"{COMPARED}.html", html[folder])}
        found = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                found[name].append(visit(browser, *way))
        for name, (one, path, _) in ways.items():
            print(row(name, median(found[name]), hidden(browser, one.address + path)), flush=True)
        scores = {name: lighthouse(one.address + path, "desktop") for name, (one, path, _) in ways.items()}
    print("\nLighthouse on a desktop, performance, accessibility, best practices, search: "
          + "; ".join(f"{name} {', '.join(map(str, numbers.values()))}" for name, numbers in scores.items()) + ".")


# ---- live checking

def check(page: Page, status: str) -> float:
    """Press *Check* in the open editor; the seconds until the page says this."""
    begin = time.perf_counter()
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_selector(f'.live-say[data-status="{status}"]', timeout=120_000)
    return time.perf_counter() - begin


def first_checks(page: Page, host: Host) -> tuple[float, float, float]:
    """Seconds from *Edit* to the first verdict, megabytes that it took, seconds of the next check, of other lines."""
    page.goto(f"{host.address}book/{COMPARED}.html")
    page.wait_for_load_state("networkidle")
    host.sent.clear()
    begin = time.perf_counter()
    page.get_by_role("button", name="Edit equation 4.2", exact=True).click()
    check(page, "right")
    first, megabytes = time.perf_counter() - begin, sum(size for _, size in host.sent) / 1e6
    field = page.get_by_role("textbox", name="LaTeX")
    field.fill(field.input_value().replace("+", "-", 1))
    return first, megabytes, check(page, "wrong")


def live_table(playwright, host: Host, path: str | None) -> None:
    print("""
### Live checking

From the click on *Edit*, with *Check* pressed at once, to the first verdict; then a flipped sign in the same editor.
Limits: 15 MB; 10 s with an empty cache, 4 s from the cache; the next check 0.5 s.

| visit | MB over the wire | first check, s | next check, s |
|---|--:|--:|--:|""")
    found = {"empty cache": [], "from the cache": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            context = playwright.chromium.launch_persistent_context(folder, executable_path=path, args=FLAGS)
            for measured in found.values():
                page = context.new_page()
                measured.append(first_checks(page, host))
                page.close()
            context.close()
    for name, measured in found.items():
        seconds, megabytes, following = (statistics.median(one) for one in zip(*measured, strict=True))
        print(f"| {name} | {megabytes:.1f} | {seconds:.1f} | {following:.2f} |", flush=True)


# ---- Lighthouse

def install() -> None:
    """What package-lock.json names, each package by its hash."""
    wanted, installed = HERE / "package-lock.json", NPM / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        command = [*live.find_node()[1], "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, check=True)
        installed.touch()


def lighthouse(address: str, device: str) -> dict[str, int]:
    """The scores of a page by category, of 100; on a phone of its performance alone."""
    options = ["--preset=desktop"] if device == "desktop" else ["--only-categories=performance"]
    command = [*live.find_node()[0], str(NPM / "lighthouse" / "cli" / "index.js"), address, "--output=json", "--quiet",
               "--disable-full-page-screenshot", f"--chrome-flags={' '.join(FLAGS)}", *options]
    said = subprocess.run(command, env=os.environ | {"CHROME_PATH": chromium() or ""}, check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {name: round(100 * part["score"]) for name, part in json.loads(said)["categories"].items()}


def lighthouse_table(host: Host) -> None:
    version = json.loads((NPM / "lighthouse" / "package.json").read_text("utf-8"))["version"]
    print(f"""
### Lighthouse {version}

Target on a desktop: 95 in each. The phone is Lighthouse's: a slow processor and a slow network; its other three
scores do not depend on the device.

| chapter | performance | accessibility | best practices | search | performance on a phone |
|---|--:|--:|--:|--:|--:|""")
    for name in CHAPTERS:
        address = f"{host.address}book/{name}.html"
        scores = [*lighthouse(address, "desktop").values(), *lighthouse(address, "phone").values()]
        print(f"| {name} | {' | '.join(map(str, scores))} |", flush=True)


def main() -> None:
    install()
    with Host(SITE) as host, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        print(f"Chromium {browser.version}.")
        chapter_table(browser, host)
        stock_table(browser, host)
        browser.close()
        live_table(playwright, host, chromium())
        lighthouse_table(host)


if __name__ == "__main__":
    main()
