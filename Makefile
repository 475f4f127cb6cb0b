# The commands of this repository: `make help` lists them. GNU make 3.81 (macOS) is enough.
# uv installs where it is found (https://docs.astral.sh/uv), pip where it is not; both from the same locks.

SHELL  := bash
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCKS  := requirements
PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard packages/*/pyproject.toml)) .
UV     := $(shell command -v uv 2>/dev/null)
SUPPORTED := (3, 11) <= sys.version_info[:2] <= (3, 14)

# The same bytes whatever the shell's settings: set iteration order, times and number formats do not vary.
export PYTHONHASHSEED := 0
export TZ := UTC
# Without compiled modules, which some machines' settings rule out, every process compiles a thousand.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help book pdf nbval lab stale solve cluster spss chapters test test-fast lint format links hooks \
        lock audit licences mutate clean python
.DEFAULT_GOAL := book

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# -- reading and re-running ---------------------------------------------------------------------

book: $(VENV)/.book stale  ## the book from the synthetic dataset, in _build/html
	@$(BIN)/scr build >/dev/null
	@du -sk _build/html | awk '{printf "The book is built: %.1f MB in _build/html.\n", $$1 / 1024}'
	@echo "Open it:  $(BIN)/python -m webbrowser -t file://$(CURDIR)/_build/html/index.html"

pdf: book  ## the book as one PDF too, with Chromium or Chrome
	@$(BIN)/scr build --pdf

nbval: $(VENV)/.nbval stale  ## run every chapter again: each output must be as committed
	$(BIN)/python -m pytest -q -p no:cacheprovider \
	  -n 2 --dist loadscope --nbval --nbval-current-env chapters

lab: $(VENV)/.lab  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --ServerApp.root_dir=$(CURDIR) \
	  --ContentsManager.pre_save_hook=parabook.notebooks.before_saving \
	  --LabApp.default_url=/lab/tree/chapters/03_study_2017.ipynb $(LAB)

solve: $(VENV)/.solve  ## the solvers: ranges, synthetic data, disclosure control

cluster: $(VENV)/.cluster  ## Dask: many books on many machines

spss: $(VENV)/.spss  ## pyreadstat: exports of SPSS

# -- changing -----------------------------------------------------------------------------------

chapters: $(VENV)/.dev  ## run every chapter in place and keep its outputs, for committing
	@$(BIN)/scr refresh
	@$(BIN)/ruff check --quiet chapters

stale: $(VENV)/.book  ## name committed chapters whose outputs are of another source, data or code
	@$(BIN)/scr stale

# In the order of folders: books are built first, and what is left at the end is quick.
test: lint stale  ## everything that CI checks
	$(BIN)/python -m pytest -p no:cacheprovider -q -n 2 --dist loadscope --no-loadscope-reorder --durations=10

test-fast: lint  ## lint, rules and published numbers, in a few minutes
	$(BIN)/python -m pytest -q -n 2 --dist loadscope -m "not slow" tests/unit tests/published packages

lint: $(VENV)/.dev  ## ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

format: $(VENV)/.dev  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: $(VENV)/.dev  ## install the checks that run before each commit
	$(BIN)/pre-commit install

links: $(VENV)/.book  ## ask every link of the book to other sites
	$(BIN)/jupyter-book build . --builder custom --custom-builder linkcheck --path-output _build/links

mutate: $(VENV)/.dev  ## mutation testing of the rules, for about an hour
	@$(BIN)/mutmut run --max-children 2 && $(BIN)/mutmut results

licences: $(VENV)/.dev  ## list the licence of every pinned package in LICENCES.md
	@$(BIN)/python tests/licences.py

audit: $(VENV)/.dev  ## look the pinned packages up in databases of vulnerabilities
	$(BIN)/pip-audit --require-hashes -r $(LOCKS)/dev.txt

clean:  ## remove what was built (the environment stays)
	rm -rf _build .hypothesis .mypy_cache .pytest_cache .ruff_cache mutants

# -- the environment ----------------------------------------------------------------------------
# Stamps: an environment is made again only when what it is made of has changed.

# `make PYTHON=...` beside an environment of another Python would be ignored in silence.
python:
ifneq ($(origin PYTHON),file)
	@if [ -f $(VENV)/.python ]; then \
	  wanted="$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"; \
	  there="$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	  if [ "$$wanted" != "$$there" ]; then \
	    echo "The environment in $(VENV) has Python $$there, and PYTHON=$(PYTHON) is $${wanted:-not found}." >&2; \
	    echo "Remove it (rm -r $(VENV)) and run make again, or leave PYTHON out." >&2; exit 1; \
	  fi; \
	fi
endif

$(VENV)/.python: | python
	@for python in "$(PYTHON)" python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(not $(SUPPORTED))' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "This book needs Python 3.11 to 3.14; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1 || true)." >&2; \
	  echo "Install one and name it: make PYTHON=/path/to/python3.13" >&2; exit 1; \
	fi; \
	echo "Making the environment $(VENV) with $$("$$found" --version)"; \
	if [ -n "$(UV)" ]; then "$(UV)" venv --quiet --python "$$(command -v "$$found")" $(VENV); \
	else "$$found" -m venv $(VENV) || { \
	  echo "Making the environment failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; fi
	@touch $@

# pip compiles nothing: modules are compiled when they are first imported, and most never are.
ifneq ($(UV),)
install = "$(UV)" pip install --quiet --python $(BIN)/python --no-deps
else
install = $(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-compile --progress-bar off
endif
# uv is done in seconds; of pip's many lines every twentieth package is told.
told = awk '/^Collecting/ && ++n % 20 == 0 {print "  " n " found"; fflush()} \
	/^Installing collected/ {print "  unpacking " n; fflush()}'
lock-of = @echo "Installing $(1) with $(if $(UV),uv,pip): $$(grep -c '^[a-zA-Z]' $(1)) packages pinned"; \
	set -o pipefail; $(install) --require-hashes -r $(1) | $(told)

$(VENV)/.book: $(VENV)/.python $(LOCKS)/book.txt $(PACKAGES:=/pyproject.toml) | python
	$(call lock-of,$(LOCKS)/book.txt)
	@PYTHONWARNINGS=ignore $(install) --no-build-isolation $(addprefix --editable ,$(PACKAGES)) >/dev/null
	@touch $@

$(VENV)/.%: $(LOCKS)/%.txt $(VENV)/.book
	$(call lock-of,$<)
	@touch $@

# One resolution for every system and Python; all other locks are parts of it. What is pinned stays
# unless UPGRADE=--upgrade is given.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" --constraints $(LOCKS)/constraints.in $(UPGRADE)
BOOK = requirements.txt packages/tally/pyproject.toml packages/parabook/pyproject.toml
EXTRAS = solve cluster spss nbval lab
ALL  = $(addprefix $(LOCKS)/,solve.in cluster.in spss.in nbval.in test.in lint.in)
lock: $(VENV)/.dev  ## pin the dependencies again, with hashes
	$(LOCK) $(BOOK) $(ALL) --output-file $(LOCKS)/dev.txt
	$(LOCK) $(BOOK) --constraints $(LOCKS)/dev.txt --output-file $(LOCKS)/book.txt
	for part in $(EXTRAS); do \
	  $(LOCK) $(LOCKS)/$$part.in --constraints $(LOCKS)/dev.txt --output-file $(LOCKS)/$$part.txt || exit 1; done
