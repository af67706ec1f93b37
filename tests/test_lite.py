"""JupyterLite beside the book, in a browser whose network ends at this machine, and the tool that builds it.

NumPy and matplotlib are compiled. Where JupyterLite was built from a full Pyodide distribution (`PYODIDE=/folder`) the
tests run them. Elsewhere they would come from a CDN that cannot be reached here, and the tests show what runs without
it, the whole checker, and how the rest fails.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from test_site import CONTENT, PAGES, PHONE, SITE, browser, site  # noqa: F401

import lite
import live
from chapters import notebooks, read
from nblib import data

LITE = SITE / "lite"
PYODIDE = LITE / "static" / "pyodide"
PATIENCE = 180_000      # milliseconds that a busy machine may take to start Python
CHAPTERS = [path.stem for path in notebooks()]


def kernel() -> dict:
    page = json.loads((LITE / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    return page["litePluginSettings"][f"{lite.KERNEL}:kernel"]


def lock() -> dict:
    return json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))["packages"]


def self_hosted() -> bool:
    """Whether this site was built from a full Pyodide distribution."""
    return lite.read_manifest()["inputs"]["pyodide"] != ""


# --- the pages of the book --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", CHAPTERS)
def test_a_button_opens_the_chapter_in_jupyterlite_beside_binder_and_colab(name):
    page = (SITE / "book" / f"{name}.html").read_text("utf-8")
    address, = re.findall(r'href="\.\./(lite/[^"]*)"', page)
    assert address == f"lite/notebooks/index.html?path=book/{name}.ipynb"
    assert (SITE / urlsplit(address).path).is_file()
    assert (LITE / "files" / "book" / f"{name}.ipynb").is_file()
    assert "mybinder.org" in page and "colab.research.google.com" in page


def test_a_page_that_is_no_notebook_has_no_button():
    for name in {Path(name).stem for name in CONTENT} - {*CHAPTERS}:
        assert "lite/notebooks" not in (SITE / "book" / f"{name}.html").read_text("utf-8"), name


@pytest.mark.parametrize("built", [True, False])
def test_the_button_and_the_files_are_there_only_if_jupyterlite_was_built(tmp_path, built):
    sys.path.insert(0, str(lite.ROOT / "book" / "_ext"))
    from nblib_site import lite as pages

    if built:
        (tmp_path / pages.BUILT / "site" / "notebooks").mkdir(parents=True)
        (tmp_path / pages.BUILT / "manifest.json").write_text("{}")
    else:                                       # what an earlier build left goes away
        (tmp_path / "html" / "lite" / "notebooks").mkdir(parents=True)
    app = type("App", (), {"srcdir": tmp_path, "outdir": tmp_path / "html",
                           "builder": type("Builder", (), {"format": "html"})})
    buttons = [{"text": "Binder"}]
    context = {"pathto": lambda name, resource: f"../{name}",
               "header_buttons": [{"label": "launch-buttons", "buttons": buttons}, {"label": "other", "buttons": []}]}
    pages.add_button(app, "book/dense", "page.html", context, None)
    pages.copy_site(app, None)
    urls = [button.get("url") for button in buttons]
    assert urls == (["../lite/notebooks/index.html?path=book/dense.ipynb", None] if built else [None])
    assert (tmp_path / "html" / "lite" / "notebooks").exists() == built


@pytest.mark.parametrize("name", PAGES)
def test_no_page_holds_anything_of_thebe(name):
    assert "thebe" not in (SITE / name).read_text("utf-8").lower()


# --- what is built ----------------------------------------------------------------------------------------------------

def test_pyodide_comes_from_the_site():
    found = kernel()
    assert found["pyodideUrl"] == "./static/pyodide/pyodide.mjs" and (LITE / found["pyodideUrl"]).is_file()
    assert found["disablePyPIFallback"] is True
    sha256 = hashlib.sha256((PYODIDE / "pyodide-lock.json").read_bytes()).hexdigest()
    assert found["loadPyodideOptions"] == {
        "lockFileURL": f"./static/pyodide/pyodide-lock.json?sha256={sha256}", "packages": lite.PRELOADED}


def test_all_that_is_pure_python_is_served_by_the_site_and_numpy_by_the_cdn_or_the_site():
    packages = lock()
    for name in ("nblib", "nblib-data", "sympy", "mpmath", "lark", "ipython", "piplite", "pyodide-kernel"):
        assert "/" not in packages[name]["file_name"], name
    for entry in packages.values():
        if urlsplit(entry["file_name"]).scheme:
            assert not self_hosted(), entry
            assert entry["file_name"].startswith(f"{lite.constants().PYODIDE_CDN_URL}/"), entry
        else:
            content = (PYODIDE / entry["file_name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry
    assert {"numpy", "matplotlib", "sympy", "lark", "nblib-data"} <= {*packages["nblib"]["depends"]}


def test_the_wheel_of_nblib_holds_all_of_nblib():
    with zipfile.ZipFile(PYODIDE / lock()["nblib"]["file_name"]) as archive:
        for path in lite.nblib_files():
            assert archive.read(path.relative_to(lite.ROOT).as_posix()) == path.read_bytes()


def test_the_data_of_the_chapters_are_found_where_only_the_wheel_is(tmp_path, monkeypatch):
    inside, there = data._inside, {}
    data._digits_table.cache_clear()
    with monkeypatch.context() as watched:
        watched.setattr(data, "_inside", lambda *asked: there.setdefault(asked, inside(*asked)))
        data.digits(), data.photograph()
    there = {asked: path.read_bytes() for asked, path in there.items()}
    assert len(there) == 2

    with zipfile.ZipFile(PYODIDE / lock()["nblib-data"]["file_name"]) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for asked, content in there.items():
        monkeypatch.delitem(sys.modules, asked[0], raising=False)
        assert inside(*asked).is_relative_to(tmp_path) and inside(*asked).read_bytes() == content


def test_jupyterlite_carries_no_source_maps_and_asks_no_host_for_fonts():
    for path in LITE.rglob("*"):
        assert path.suffix != ".map", path
        if path.suffix in (".js", ".mjs", ".css", ".html", ".json"):
            assert not re.search(rb"fonts\.(googleapis|gstatic)\.", path.read_bytes()), path


# --- in the browser ---------------------------------------------------------------------------------------------------

class Lab:
    """JupyterLite with a chapter open, and every address outside of this machine that it asked for."""

    def __init__(self, browser, address: str, chapter: str, **options):  # noqa: F811
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        self.page, self.outside, self.errors = self.context.new_page(), [], []
        self.page.set_default_timeout(PATIENCE)
        self.context.on("request", self.note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{address}lite/notebooks/index.html?path=book/{chapter}.ipynb")
        self.cells = self.page.locator(".jp-Notebook .jp-Cell")
        expect(self.cells.first).to_be_visible(timeout=PATIENCE)

    def note(self, request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and urlsplit(request.url).hostname != "127.0.0.1":
            self.outside.append(request.url)

    def menu(self, menu: str, entry: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_text(entry, exact=True).click()

    def prompts(self, count: int, last: str) -> None:
        """Wait until the last of so many code cells has this prompt."""
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt")
        expect(prompts).to_have_count(count)
        expect(prompts.last).to_have_text(last, timeout=PATIENCE)


@contextmanager
def opened(browser, address: str, chapter: str, **options):  # noqa: F811
    lab = Lab(browser, address, chapter, **options)
    try:
        yield lab
        assert lab.errors == []
    finally:
        lab.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_jupyterlite_opens_a_chapter_and_shows_its_cells_formulas_and_figures(browser, site, scheme):  # noqa: F811
    book = read(lite.ROOT / "book" / "backprop.ipynb")
    with opened(browser, site, "backprop", color_scheme=scheme) as lab:
        title = book["cells"][0]["source"].splitlines()[0].removeprefix("# ")
        expect(lab.page.get_by_role("heading", name=title)).to_be_visible()
        expect(lab.cells.nth(2)).to_contain_text('find_spec("nblib")')
        shown = lab.page.locator(".jp-OutputArea-output")
        expect(shown.locator("svg, img").first).to_be_visible()
        expect(lab.page.locator(".jp-RenderedLatex mjx-container").first).to_be_visible()
        assert "vnd.nblib" not in lab.page.locator(".jp-Notebook").inner_text()
        expect(lab.page.locator("body")).to_have_attribute("data-jp-theme-light", str(scheme == "light").lower())
        assert {urlsplit(url).hostname for url in lab.outside} <= cdn()


def test_jupyterlite_opens_a_chapter_on_a_phone(browser, site):  # noqa: F811
    with opened(browser, site, "index", viewport=PHONE) as lab:
        expect(lab.page.get_by_role("heading", name="Executable Derivations")).to_be_visible()


def test_a_chapter_without_numpy_runs_in_jupyterlite_and_refuses_a_flipped_sign(browser, site):  # noqa: F811
    cells = [cell for cell in read(lite.ROOT / "book" / "index.ipynb")["cells"] if cell["cell_type"] == "code"]
    derivation = next(k for k, cell in enumerate(cells) if cell["source"].startswith("%%derive"))
    with opened(browser, site, "index") as lab:
        lab.menu("Edit", "Clear Outputs of All Cells")
        shown = lab.page.locator(".jp-OutputArea-output")
        expect(shown).to_have_count(0)
        lab.menu("Run", "Run All Cells")
        lab.prompts(len(cells), f"[{len(cells)}]:")
        cell = lab.page.locator(".jp-CodeCell").nth(derivation)
        expect(cell.locator(".jp-RenderedLatex mjx-container")).to_be_visible()
        expect(cell).to_contain_text("proved")
        expect(shown.last).to_contain_text("differs by the factor -1")
        assert lab.page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0

        lines = cells[derivation]["source"]
        wrong = lines.replace("&= a - y", "&= a + y")
        assert wrong != lines
        cell.locator(".cm-content").click()
        lab.page.keyboard.press("Control+A")
        lab.page.keyboard.insert_text(wrong)
        lab.page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(f"[{len(cells) + 1}]:", timeout=PATIENCE)
        expect(cell).to_contain_text("WrongLine: eq-index-logistic, line 3: this line does not follow")
        expect(cell).to_contain_text("slip: the sign of the term y")
        assert {urlsplit(url).hostname for url in lab.outside} <= cdn()


def test_numpy_runs_where_the_site_serves_it_and_says_that_it_is_missing_where_the_cdn_cannot_be_reached(
        browser, site):  # noqa: F811
    """With a full distribution the whole chapter, from the site alone; else which requests leave, and the error."""
    cells = [cell for cell in read(lite.ROOT / "book" / "notation.ipynb")["cells"] if cell["cell_type"] == "code"]
    with opened(browser, site, "notation") as lab:
        lab.menu("Edit", "Clear Outputs of All Cells")
        lab.menu("Run", "Run All Cells")
        setup = lab.page.locator(".jp-CodeCell").nth(1)
        expect(setup.locator(".jp-InputPrompt")).to_have_text("[2]:", timeout=PATIENCE)
        if self_hosted():
            lab.prompts(len(cells), f"[{len(cells)}]:")
            expect(lab.page.locator(".jp-OutputArea-output figure").first).to_be_visible()
            assert lab.outside == []
        else:
            expect(setup).to_contain_text("ModuleNotFoundError")
            expect(setup).to_contain_text("numpy")
            official = {entry["file_name"] for entry in lock().values() if urlsplit(entry["file_name"]).scheme}
            assert lab.outside and {*lab.outside} <= official
            assert lock()["numpy"]["file_name"] in lab.outside


def cdn() -> set[str]:
    """The one host that may be asked for packages."""
    return set() if self_hosted() else {urlsplit(lite.constants().PYODIDE_CDN_URL).hostname}


# --- the tool ---------------------------------------------------------------------------------------------------------

def entry(name: str, content: bytes = b"", depends=()) -> dict:
    return {"name": name, "file_name": f"{name}-1-cp314.whl", "sha256": live.digest([content]), "depends": depends}


def test_a_full_distribution_is_taken_and_only_what_the_chapters_need_of_it(tmp_path, monkeypatch):
    official = {one["name"]: one for one in (entry("numpy", b"N"), entry("plots", b"P", ["numpy", "own"]),
                                             entry("own", b"?"), entry("unused", b"U"))}
    own = {"nblib": entry("nblib", depends=["plots"]), "own": entry("own")}
    monkeypatch.setattr(lite, "PRELOADED", ["nblib"])
    assert lite.needed(own, official) == ["numpy", "plots"]
    given, target = tmp_path / "given", tmp_path / "target"
    given.mkdir(), target.mkdir()
    for name, content in {"numpy": b"N", "plots": b"P", "unused": b"U"}.items():
        (given / f"{name}-1-cp314.whl").write_bytes(content)
    lite.copy_distribution(given, target, {name: official[name] for name in ("numpy", "plots")})
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "numpy-1-cp314.whl": b"N", "plots-1-cp314.whl": b"P"}


def test_a_site_with_a_full_distribution_names_no_other_address(tmp_path):
    core = live.BUILT / "pyodide-{}".format(live.NPM["pyodide"][0]) / "package"
    official = json.loads((core / "pyodide-lock.json").read_text("utf-8"))
    folder = tmp_path / "given"
    folder.mkdir()
    for name, one in official["packages"].items():      # stand-ins: the wheels themselves cannot be had here
        (folder / one["file_name"]).write_bytes(name.encode())
        one["sha256"] = live.digest([name.encode()])
    address = lite.gather_pyodide(tmp_path / "pyodide", core, official, folder)
    written = (tmp_path / "pyodide" / "pyodide-lock.json").read_bytes()
    assert address.endswith(f"?sha256={live.digest([written])}")
    packages = json.loads(written)["packages"]
    assert {"numpy", "matplotlib", "pillow", "nblib"} <= {*packages} and "scipy" not in packages
    for one in packages.values():
        assert live.digest([(tmp_path / "pyodide" / one["file_name"]).read_bytes()]) == one["sha256"], one
        assert {*one["depends"]} <= {*packages}, one


def test_a_folder_that_is_no_full_distribution_is_refused_with_all_that_is_wrong(tmp_path):
    (tmp_path / "plots-1-cp314.whl").write_bytes(b"another version")
    with pytest.raises(lite.Unavailable) as refused:
        lite.copy_distribution(tmp_path, tmp_path / "target", {"numpy": entry("numpy"), "plots": entry("plots", b"P")})
    said = str(refused.value)
    assert "numpy-1-cp314.whl is missing" in said
    assert f"plots-1-cp314.whl is another file than that of Pyodide {live.NPM['pyodide'][0]}" in said
    assert f"PYODIDE={tmp_path}" in said and ".tar.bz2" in said


@pytest.mark.parametrize("given, built", [(None, "/full"), ("", ""), ("/other", "/other")])
def test_the_folder_is_remembered_until_another_or_none_is_given(tmp_path, monkeypatch, given, built):
    monkeypatch.setattr(lite, "BUILT", tmp_path)
    monkeypatch.setattr(lite, "MANIFEST", tmp_path / "manifest.json")
    lite.MANIFEST.write_text(json.dumps({"inputs": {"pyodide": "/full", "parts": "older"}}))
    monkeypatch.delenv("PYODIDE", raising=False)
    if given is not None:
        monkeypatch.setenv("PYODIDE", given)
    folders = []
    monkeypatch.setattr(lite, "build", folders.append)
    assert lite.main() == 0 and folders == [Path(built) if built else None]
    assert lite.read_manifest()["inputs"]["pyodide"] == built
    assert lite.main() == 0 and len(folders) == 1, "what is up to date is left alone"


def test_a_build_that_fails_leaves_nothing_that_looks_built(tmp_path, monkeypatch, capsys):
    def fail(folder):
        raise lite.Unavailable("no network")

    monkeypatch.setattr(lite, "BUILT", tmp_path)
    monkeypatch.setattr(lite, "MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setattr(lite, "build", fail)
    lite.MANIFEST.write_text("{}")
    assert lite.main() == 1 and not lite.MANIFEST.exists()
    assert "JupyterLite cannot be built: no network" in capsys.readouterr().err


@pytest.mark.parametrize("lost", ["pyodideUrl", "disablePyPIFallback", "loadPyodideOptions"])
def test_a_site_whose_settings_were_lost_is_refused(tmp_path, monkeypatch, lost):
    page = {"litePluginSettings": {f"{lite.KERNEL}:kernel": kernel()}}
    settings = page["litePluginSettings"][f"{lite.KERNEL}:kernel"]
    listed = "api/contents/book/all.json"
    (tmp_path / listed).parent.mkdir(parents=True)
    (tmp_path / listed).write_bytes((LITE / listed).read_bytes())
    monkeypatch.setattr(lite, "SITE", tmp_path)
    address = settings["loadPyodideOptions"]["lockFileURL"]
    (tmp_path / "jupyter-lite.json").write_text(json.dumps({"jupyter-config-data": page}))
    lite.check(address)
    del settings[lost]
    (tmp_path / "jupyter-lite.json").write_text(json.dumps({"jupyter-config-data": page}))
    with pytest.raises(lite.Unavailable, match=lost):
        lite.check(address)


def test_a_chapter_that_is_not_listed_is_refused(tmp_path, monkeypatch):
    listed = json.loads((LITE / "api" / "contents" / "book" / "all.json").read_text("utf-8"))
    listed["content"] = [one for one in listed["content"] if one["name"] != "cnn_2.ipynb"]
    (tmp_path / "api" / "contents" / "book").mkdir(parents=True)
    (tmp_path / "api" / "contents" / "book" / "all.json").write_text(json.dumps(listed))
    (tmp_path / "jupyter-lite.json").write_bytes((LITE / "jupyter-lite.json").read_bytes())
    monkeypatch.setattr(lite, "SITE", tmp_path)
    with pytest.raises(lite.Unavailable, match=r"does not list cnn_2\.ipynb"):
        lite.check(kernel()["loadPyodideOptions"]["lockFileURL"])


def test_a_kernel_for_another_pyodide_is_refused(monkeypatch):
    monkeypatch.setitem(live.NPM, "pyodide", ("0.29.0", "..."))
    with pytest.raises(lite.Unavailable, match=r"tools/live\.py names 0\.29\.0"):
        lite.constants()


def test_an_entry_of_the_lock_says_what_a_wheel_needs_in_a_browser(tmp_path):
    needs = ["Under_Score>=2", 'pexpect; sys_platform != "emscripten"', 'extra-one; extra == "test"']
    wheel = lite.write_wheel(tmp_path, "some-thing", "3.1", {"thing/__init__.py": b"", "lone.py": b""}, needs)
    found = lite.lock_entry(wheel)
    assert (found["name"], found["depends"], found["imports"]) == ("some-thing", ["under-score"], ["lone", "thing"])
    assert found["file_name"] == wheel.name and found["sha256"] == live.digest([wheel.read_bytes()])


def test_a_wheel_has_another_name_when_a_file_changes_and_the_same_bytes_when_none_does(tmp_path):
    def wheel(content):
        return lite.write_wheel(tmp_path, "thing", "3.1", {"thing.py": content}, ["lark"])

    first = wheel(b"1")
    written = first.read_bytes()
    assert first == wheel(b"1") and first.read_bytes() == written
    assert first != wheel(b"2") and first.name.startswith("thing-3.1+")
