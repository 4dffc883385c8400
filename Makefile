# One entry point. `make run` serves a working demo, `make test` proves everything; both set up what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
STAMP := $(VENV)/.installed

.PHONY: help setup system run test unit check types format e2e bench diagrams clean

help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv, install everything, build the web pages

$(STAMP): pyproject.toml hatch_build.py $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	@bash .ci/system-packages runtime
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade-strategy only-if-needed -e '.[dev]'
	@cat callcenter/api/static/.build-failure >&2 2>/dev/null || true
	@touch $@

run: setup ## Seed the demo and serve it
	$(BIN)/callcenter serve --demo

system:
	@bash .ci/system-packages test

test: system setup check ## Everything: style, types, imports, unit, protocol, storage and real-call tests
	$(PYTEST) tests/unit tests/architecture -q -n 2
	$(PYTEST) tests/protocol tests/integration -q -n 2 --dist loadfile
	$(PYTEST) tests/e2e -q

unit: setup ## The quick tests only
	$(PYTEST) tests/unit tests/architecture -q -n 2

check: setup ## Style, types, import contracts, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell callcenter docs tests bench README.md CONTRIBUTING.md CHANGELOG.md config.yaml
	@bash .ci/check-web

types: setup ## Write the OpenAPI document and the web pages' types anew
	$(BIN)/python -m callcenter.api.document > web/openapi.json
	npm --prefix web run types

format: setup ## Put the code into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	@[ ! -x web/node_modules/.bin/prettier ] || npm --prefix web run --silent format

e2e: system setup ## Real calls by SIPp, baresip and pyVoIP against the real server
	$(PYTEST) tests/e2e -q

bench: system setup ## Cost and delay as ratios to bare C and SIPp, in one run
	$(BIN)/python -m bench

diagrams: setup ## Redraw the state machines in docs/
	$(BIN)/python -m docs.draw

clean: ## Remove what setup, run and test made
	rm -rf $(VENV) var bench/build callcenter/api/static web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache
