# Every target is safe to repeat: what is up to date is left alone.  Needs Python 3.11 or newer (with venv) and make.
PORT ?= 8501
WORKERS ?= $(shell nproc 2>/dev/null || echo auto)

VENV := .venv
BIN := $(VENV)/bin
APP := $(VENV)/.app
DEV := $(VENV)/.dev

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test check format bench screenshots debian clean

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(APP)  ## set up once, then open the app on http://localhost:8501
	$(BIN)/streamlit run asgi.py --server.port $(PORT)

# One thread of linear algebra per worker: the workers already fill the cores.
test: export OMP_NUM_THREADS ?= 1
test: export OMP_WAIT_POLICY ?= passive
test: $(DEV) debian check  ## set up once, then lint, types, layers and all tests
	@$(BIN)/pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist loadgroup

check: $(DEV)  ## lint, format, types and layers only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)  ## put the code into the house's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(DEV)  ## measure, print ratios, write build/bench.json
	$(BIN)/python -m benchmarks

screenshots: $(DEV) debian  ## a PNG of every page, light and dark, in docs/screenshots/
	$(BIN)/python scripts/screenshots.py

clean:  ## remove the environment, caches and build output; data and models stay
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find riskcore tests benchmarks pages scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Installs with uv, which takes seconds, and without the GPU library where there is no GPU; else with pip, which takes minutes.
CPU := $(if $(shell command -v nvidia-smi 2>/dev/null),,--override overrides.txt)
define install
	@if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python $(CPU) $(1); then :; \
	else echo "uv could not install; using pip, which is slower."; $(BIN)/python -m pip install --quiet $(1); fi
endef

$(BIN)/python:
	@for python in python3.13 python3.12 python3.11 python3 python; do \
	  $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  echo "Setting up $(VENV) with $$($$python --version)."; exec $$python -m venv --clear $(VENV); \
	done; \
	echo "No Python 3.11 or newer with venv was found. Install one (Debian, Ubuntu: apt-get install python3 python3-venv)." >&2; exit 1
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true

$(APP): requirements.txt pyproject.toml overrides.txt | $(BIN)/python
	$(call install,-r requirements.txt --editable .)
	@touch $@

$(DEV): requirements-dev.txt $(APP)
	$(call install,-r requirements-dev.txt)
	@touch $@

# Tests of the browser and of PostgreSQL skip, and say so, where the program is missing.
debian:
	@missing=chromium; for name in chromium chromium-browser google-chrome; do \
	  command -v $$name >/dev/null && missing=; done; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$$missing postgresql"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing for the tests:" $$missing; export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get -qq update && apt-get -qq install --yes --no-install-recommends $$missing; } >/dev/null </dev/null && exit 0; \
	fi; \
	echo "Missing, and cannot be installed here:" $$missing "- their tests will be skipped."
