# Executable Derivations. `make help` lists what there is to do.
#
# A notebook is stale when it, a file of nblib or the lock is newer than its records in _build/records; what is stale is
# executed before the book is built. So a page never shows a mark that the present code did not give.

MAKEFLAGS += -j2 --no-builtin-rules
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

# One thread for each of the two kernels: two threads each are slower, and round differently.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
unexport PYTHONDONTWRITEBYTECODE

py := .venv/bin/python
venv := .venv/.installed
peers := benchmarks/.venv/.installed
site := _build/html/index.html
pdf := _build/pdf/executable-derivations.pdf
live := _build/live/site/manifest.json
lite := _build/lite/manifest.json

# Pages in _toc.yml that are not Markdown are notebooks.
pages := $(shell sed -nE 's/^[- ]*(file|root): *"?([^" ]+)"?.*/\2/p' _toc.yml)
notebooks := $(foreach page,$(basename $(pages)),$(if $(wildcard $(page).md),,$(page).ipynb))
records := $(patsubst %,_build/records/%.json,$(notdir $(basename $(notebooks))))
nblib := $(wildcard nblib/*.py nblib/*/*.py nblib/*.lark)
sources := _config.yml _toc.yml $(shell find book -type f -not -name '.*' -not -path '*/.*' -not -name '*.pyc')

.PHONY: help book lite pdf notebooks test mutants lint bench lab serve lock clean browser again

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

book: $(site)  ## execute what is stale, stop at the first wrong line, build the site
	@echo "The book is built. Open $(CURDIR)/$(site)"

lite: $(site)  ## the book with JupyterLite, which runs whole chapters in the reader's browser (PYODIDE=/folder: without a CDN)
	@echo "The book and JupyterLite are built. Look at them with make serve: they need a server."

pdf: $(pdf)  ## the whole book as one PDF, printed from the site

notebooks: $(records)  ## execute every chapter again, in place

test: $(site) $(pdf) browser lint  ## all tests: nblib, every cell of every chapter, house style, the site in a browser
	$(py) -m pytest -n 2 --dist loadfile --doctest-modules --nbval --nbval-current-env tests nblib $(notebooks)

mutants: $(venv)  ## every slip in every line, and in every layer: none may pass (some minutes; the ledger shows the counts)
	$(py) tools/mutants.py
	$(py) tools/code_mutants.py

lint: $(venv)  ## ruff for the code, the house style for the chapters
	@$(py) -m ruff check --quiet .
	@$(py) tools/house_style.py $(notebooks)

# That of the site needs the site and a browser, the others what they compare with.
measured := $(or $(ONLY),all)
bench: $(if $(filter-out site,$(measured)),$(peers)) $(if $(filter all site,$(measured)),$(site) browser)
bench:  ## the benchmarks beside PyTorch and others, into benchmarks/results.md (ONLY=layers or site: one of them)
	@$(if $(filter site,$(measured)),$(py),benchmarks/.venv/bin/python) benchmarks/run.py $(ONLY)

lab: $(venv)  ## the chapters in JupyterLab
	$(py) -m jupyterlab book

serve: $(site)  ## the built site on localhost
	$(py) -m http.server --bind 127.0.0.1 --directory _build/html $(or $(PORT),8000)

compile := uv pip compile --quiet --generate-hashes --no-emit-index-url --custom-compile-command "make lock"
universal := --universal --python-version 3.11
pyodide := --python-platform wasm32-pyodide2025 --python-version 3.14
lock:  ## the locks, with hashes: requirements.in -> requirements.txt, and those in tools (needs uv)
	$(compile) $(universal) requirements.in -o requirements.txt $(if $(UPGRADE),--upgrade)
	$(compile) $(universal) tools/node.in -o tools/node.txt $(if $(UPGRADE),--upgrade)
	$(compile) $(universal) -c requirements.txt tools/lite.in -o tools/lite.txt $(if $(UPGRADE),--upgrade)
	$(compile) $(pyodide) -c requirements.txt tools/lite_wheels.in -o tools/lite_wheels.txt $(if $(UPGRADE),--upgrade)

clean:  ## remove what was built (the outputs in the notebooks and .venv stay)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

$(venv): requirements.txt pyproject.toml tools/venv.sh
	@echo "Installing the locked packages into .venv (once; about a minute)"
	@tools/venv.sh
	@touch $@

$(peers): benchmarks/peers.txt tools/peers.sh | $(venv)
	@echo "Installing what the benchmarks compare with into benchmarks/.venv (once; large)"
	@tools/peers.sh
	@touch $@

browser: $(venv)
	@tools/browser.sh

_build/records/%.json: book/%.ipynb $(nblib) requirements.txt tools/execute.py | $(venv)
	@$(py) tools/execute.py $<

ifneq ($(filter notebooks,$(MAKECMDGOALS)),)
$(records): again
endif

# What checks derivations in the reader's browser. The script leaves alone what is up to date, and tries again what it
# could not get the last time.
$(live): again | $(venv)
	@$(py) tools/live.py

# JupyterLite is built when it is asked for; from then on it belongs to the site and is kept up to date with it.
ifneq ($(filter lite test,$(MAKECMDGOALS))$(wildcard $(lite)),)
$(site): $(lite)
endif
$(lite): again $(live) $(records) | $(venv)
	@$(py) tools/lite.py

# Every page is built anew: Sphinx cannot know which of them a change of nblib, of an extension or of a record touches.
$(site): $(records) $(sources) $(nblib) $(live) | $(venv)
	@.venv/bin/jupyter-book build --all --warningiserror --nitpick --keep-going --quiet . > /dev/null
	@touch $@

$(pdf): $(site) tools/pdf.py tools/pdf.js tools/pdf.css | browser
	@$(py) tools/pdf.py
