# Needs python3 (3.11 or newer) with its venv module, pip, and make; everything else goes into .venv, hash-checked.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
LOCKS  := requirements

# What is compiled once is kept, even where the environment says not to: a process starts three times as fast.
export PYTHONDONTWRITEBYTECODE :=

# Tests wait for timers and sockets a quarter of their time: one more worker than there are processors uses it.
WORKERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

# Packages are wheels, so that nothing is compiled or run while they are installed; these have none, and quickfix
# takes a C++ compiler some minutes.
SOURCE_interop := --no-binary krakenex --no-binary quickfix

.DEFAULT_GOAL := help
.PHONY: help demo test check bench guard screenshots readme interop slow lock clean

help: ## say what the targets do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## ?(.*)/  make \1|\2/' | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

demo: $(VENV)/.base ## set up and open a practice session against the local exchange
	@exec $(BIN)/quarterdeck

test: $(VENV)/.dev ## set up and run the tests
	@$(BIN)/python -m pytest -q -n $(WORKERS)

check: $(VENV)/.dev ## lint, format, types, import contracts, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell

bench: $(VENV)/.dev ## run the benchmarks, one JSON line each
	@$(BIN)/quarterdeck bench

guard: $(VENV)/.dev ## hold the benchmarks to the kept limits
	@$(BIN)/quarterdeck bench --against

screenshots: $(VENV)/.dev ## regenerate screenshots/ from the running program
	@$(BIN)/python -m tests.screenshots

readme: $(VENV)/.dev ## renew what the README shows of the program: the table of keys
	@$(BIN)/python -m tests.readme

interop: $(VENV)/.interop ## drive the local exchange with Kraken clients written by others
	@$(BIN)/python -m pytest -q -m interop tests

slow: $(VENV)/.dev ## the tests that take too long for every run, and all examples of the others' properties
	@$(BIN)/python -m pytest -q -m slow tests
	@QUARTERDECK_THOROUGH=1 $(BIN)/python -m pytest -q -n auto tests/domain tests/venue/wire

lock: ## renew the hash-pinned requirement files (needs uv)
	@requirements/compile

clean: ## remove the environment, caches and build output
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "quarterdeck: $(PYTHON) is missing or older than 3.11: install a newer one, or run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "quarterdeck: cannot create $(VENV): install the venv module (Debian: apt install python3-venv)" >&2; exit 1; }

# One recipe for the three stamps: the lock of that name, then this checkout itself without its dependencies.
$(VENV)/.base $(VENV)/.dev $(VENV)/.interop: $(VENV)/.%: $(LOCKS)/%.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) from $< ..."
	@$(PIP) install --require-hashes --only-binary :all: $(SOURCE_$*) -r $< || { \
	  echo "quarterdeck: the packages of $< could not be installed: see pip's message above" >&2; exit 1; }
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@
