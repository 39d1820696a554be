# Grue: set up, play, test. A goal sets up what it lacks and leaves a stamp, so the next call is quick.
# Plain enough for make 3.81, as macOS has it.
#
#   make play                              set up what is missing and open the game
#   make play ARGS="--plain --quick"       the same, with arguments for `grue play`
#   make test                              everything a change has to pass

PYTHON ?= python3
ARGS ?=
GPU ?= auto

VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
PYTEST = $(BIN)/python -m pytest

# One pip at a time may write to an environment, and the game wants the keyboard for itself.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# nvidia-smi is asked only until the GPU engine is installed; asking takes a second.
GPU_STAMP := $(if $(filter auto,$(GPU)),$(if $(shell command -v nvidia-smi 2>/dev/null),$(VENV)/.gpu))

# `grue play` looks for its model by itself; a stamp for each GRUE_HOME saves the second look.
MODEL_STAMP := $(VENV)/.model$(if $(GRUE_HOME),-$(shell printf %s '$(GRUE_HOME)' | cksum | cut -d ' ' -f 1))

READY := $(VENV)/.installed $(GPU_STAMP) $(MODEL_STAMP)

.PHONY: help play setup test soak deploy-test bench format pins clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

play: $(READY) ## Open the game; ARGS="…" go to `grue play`
	@$(BIN)/grue play $(ARGS)

setup: $(READY) ## Set up all that playing needs, and stop there
	@echo "Grue is set up. To play: make play"

test: $(VENV)/.dev ## Run every check: tests, lint, format, types, imports
	@PYTHON=$(BIN)/python sh .ci/checks

soak: $(VENV)/.dev $(MODEL_STAMP) ## Run the tests that take minutes
	@$(PYTEST) -m soak

deploy-test: $(VENV)/.dev $(MODEL_STAMP) ## Test the Ray Serve application on a local Ray
	@$(PIP) -e '.[deploy]'
	@$(PYTEST) -m 'deploy or not deploy' tests/deploy

bench: $(VENV)/.dev $(MODEL_STAMP) ## Measure the game on this machine
	@$(BIN)/python -m benchmarks

format: $(VENV)/.dev ## Put the code into the house's form
	@$(BIN)/ruff check -q --fix-only . && $(BIN)/ruff format .

pins: ## Resolve every dependency anew and write constraints.txt
	@echo "Resolving every dependency; torch is among them, so this takes minutes…"
	@rm -rf build/pins && mkdir -p build && $(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip install -qq '.[deploy,dev,gpu,train]'
	@{ sed -n '/^#/p' constraints.txt; \
	   build/pins/bin/python -m pip freeze --all --exclude pip --exclude grue | sed 's/+cpu$$//'; \
	 } > build/constraints.txt
	@mv build/constraints.txt constraints.txt && rm -rf build/pins

clean: ## Remove what was built here; stories and models stay
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
	    .import_linter_cache .hypothesis snapshot_report.html
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps ------------------------------------------------------------------------------------------

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Grue needs Python 3.11 or newer, and $(PYTHON) is not. Name one that is:" \
	         "make play PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "This Python cannot make a virtual environment. On Debian and Ubuntu," \
	         "run: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt $(VENV)/.created
	@echo "Setting up Grue (once, about a minute)…"
	@$(PIP) -e .
	@touch $@

$(VENV)/.gpu: $(VENV)/.installed
	@if nvidia-smi -L >/dev/null 2>&1; then \
	    echo "An NVIDIA GPU is here: adding its engine (once, a few minutes; GPU=no leaves it out)…" \
	    && $(PIP) -e '.[gpu]' && touch $@; \
	fi

$(VENV)/.dev: $(VENV)/.installed
	@echo "Adding what the checks need (once)…"
	@$(PIP) -e '.[dev]'
	@touch $@

$(MODEL_STAMP): $(VENV)/.installed
	@$(BIN)/grue models pull default
	@touch $@
