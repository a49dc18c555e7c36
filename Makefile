# Four targets that need nothing but python3 and make: run, test, check, bench.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# Hundreds of processes and some workers read the same modules: compiled once, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
# Three for two cores: tests of the screen and of processes wait as much as they compute.
WORKERS ?= $(shell echo $$(((3 * $$(getconf _NPROCESSORS_ONLN) + 1) / 2)))

ENGINES ?= slurm slurmdbd airflow

.PHONY: help run demo test test-lowest check audit format bench snapshots reliability test-engines clean

help:
	@echo "make run     open the demo: local commands and five simulated systems (or nightdeck with ARGS='…')"
	@echo "make test    run every test"
	@echo "make check   format, lint, types, imports"
	@echo "make audit   ask whether a pinned version is known to be vulnerable (needs the network)"
	@echo "make test-lowest   run the tests with the oldest dependencies that are allowed (some minutes)"
	@echo "make test-engines   run the tests on a real Slurm and a real Airflow (installs what they need; ENGINES=slurm: one)"
	@echo "make bench   measure speed, memory and bytes on the wire"
	@echo "make reliability   count how often each promise holds (an hour; ARGS=--quick: minutes)"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "nightdeck needs Python 3.11 or newer; name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "python3 has no venv here; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.run-ready: pyproject.toml constraints.txt | $(BIN)/python
	@echo "preparing $(VENV) …"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev-ready: pyproject.toml constraints.txt | $(BIN)/python
	@echo "preparing $(VENV) for development …"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $(VENV)/.run-ready $@

run: $(VENV)/.run-ready
	@$(BIN)/nightdeck $(or $(ARGS),demo)

demo: $(VENV)/.run-ready
	@$(BIN)/nightdeck demo $(ARGS)

test: $(VENV)/.dev-ready
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

# Real engines on loopback, in folders of their own. Four at once: their tests wait for engines more than they compute.
test-engines: $(VENV)/.dev-ready
	@$(BIN)/python -m tests.engines install $(ENGINES)
	NIGHTDECK_ENGINES="$(ENGINES)" $(BIN)/python -m pytest --numprocesses 4 tests/engines $(ARGS)

test-lowest: $(VENV)/.dev-ready
	$(BIN)/python -m tests.supply.lowest $(ARGS)

check: $(VENV)/.dev-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/test_architecture.py

# Apart from the rest, for it brings much along, and fails when the service is away: no check depends on it.
audit: | $(BIN)/python
	@test -x $(VENV)/audit/bin/python || $(BIN)/python -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install --quiet --upgrade pip
	@$(VENV)/audit/bin/python -m pip install --quiet --group audit
	@$(VENV)/audit/bin/python -m tests.supply.audit

format: $(VENV)/.dev-ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

snapshots: $(VENV)/.dev-ready
	$(BIN)/python -m pytest tests/ui --snapshot-update $(ARGS)

bench: $(VENV)/.dev-ready
	$(BIN)/python -m tests.benchmarks $(ARGS)

reliability: $(VENV)/.dev-ready
	@$(BIN)/python -m tests.reliability $(ARGS)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
