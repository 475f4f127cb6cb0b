# The commands of this repository. GNU make 3.81 (macOS) is enough.
#
#   make book       the book from the synthetic dataset, in _build/html
#   make test       everything that CI checks
#   make test-fast  lint, rules and published numbers, in under a minute
#   make chapters   run every notebook in place and keep its outputs, for committing
#   make lint       ruff, mypy and import-linter
#   make lock       pin the dependencies again, with hashes
#   make audit      look the pinned packages up in databases of vulnerabilities
#   make licences   list the licence of every pinned package in LICENCES.md
#   make mutate     mutation testing of the rules, for about an hour
#   make clean      remove what was built (the environment stays)

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SUPPORTED := sys.version_info[:2] in ((3, 11), (3, 12), (3, 13))

# The same bytes whatever the shell's settings: set iteration order, times and number formats do not vary.
export PYTHONHASHSEED := 0
export TZ := UTC

.PHONY: book test test-fast chapters lint format lock audit licences mutate clean
.DEFAULT_GOAL := book

book: $(VENV)/.book
	@$(BIN)/scr build

chapters: $(VENV)/.dev
	@$(BIN)/scr refresh
	@$(BIN)/ruff check --quiet chapters

test: lint
	$(BIN)/python -m pytest -p no:cacheprovider -q -n 2 --dist loadscope --durations=10

test-fast: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadscope -m "not slow" tests/unit tests/published packages

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict scrlib packages/tally/tally
	$(BIN)/lint-imports --no-cache --no-logo

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

mutate: $(VENV)/.dev
	@$(BIN)/mutmut run --max-children 2 && $(BIN)/mutmut results

licences: $(VENV)/.dev
	@$(BIN)/python tests/licences.py

audit: $(VENV)/.dev
	$(BIN)/pip-audit --require-hashes -r requirements.txt

# Stamps: an environment is made again only when what it is made of has changed.
$(VENV)/.python:
	@for python in "$(PYTHON)" python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(not $(SUPPORTED))' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "This book needs Python 3.11, 3.12 or 3.13; '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1 || true)." >&2; \
	  echo "Install one and name it: make PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	"$$found" -m venv $(VENV) || { \
	  echo "Making the environment failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.book: $(VENV)/.python requirements.txt pyproject.toml packages/tally/pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable packages/tally --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.book requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# One lock for Python 3.11 to 3.13 on every system; what is pinned stays unless UPGRADE=--upgrade is given.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)
lock: $(VENV)/.dev
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt

clean:
	rm -rf _build .hypothesis .mypy_cache .pytest_cache .ruff_cache mutants
