# Everything a developer or a pipeline calls. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
WORKERS ?= 3
OLDER ?= $(shell sed -n 's/^KEYCLOAK_OLDER="\(.*\)"/\1/p' realmctl/keycloak/local/versions.env)
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help install check test test-matrix test-postgres test-pod test-cluster demo gateway lint format bench reference round-trip test-comparison review-corpus tools image lock clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP)  ## realmctl and everything to work on it, into .venv

$(STAMP): pyproject.toml requirements-dev.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or later, or name it: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1), and realmctl needs 3.11 or later: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv." >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies into .venv (about half a minute at first)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock || { echo "The dependencies could not be installed: is the package index reachable from here (proxy, network)?" >&2; exit 1; }
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q realmctl  # as pip does for what it copies; where bytecode is never written, a tenth of a second a run
	@touch $@

test: install lint  ## Lint, types, layers, and all tests on a real Keycloak
	@$(BIN)/python -m tooling.gateway.tools >/dev/null || true  # the tests say what can't be had
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

check: install lint  ## Lint, types, layers, and quick tests: leaves out live, slow, charts, gateway, most drawn examples
	@env -u PYTHONDONTWRITEBYTECODE REALMCTL_SKIP_LIVE=1 $(BIN)/pytest -q -n $(WORKERS) --dist loadgroup --hypothesis-profile=quick -m "not live and not slow" tests/unit tests/cases

test-matrix: install  ## The live tests on each older version that is supported, too
	@failed=0; for version in $(OLDER); do \
		echo "Keycloak $$version"; \
		env -u KEYCLOAK_URL KEYCLOAK_VERSION=$$version $(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/live tests/unit/cli || failed=1; \
	done; exit $$failed

test-postgres: install  ## The live tests on a Keycloak whose database is PostgreSQL
	@env -u KEYCLOAK_URL $(BIN)/python -m tests.live.on_postgres -n $(WORKERS) --dist loadgroup tests/live tests/unit/cli

test-pod: install  ## The pod of charts/keycloak, run on a PostgreSQL with TLS (as root, some minutes)
	@REALMCTL_TEST_POD=1 $(BIN)/pytest -p no:randomly tests/charts/test_keycloak_pod.py

test-cluster: install  ## The charts on a real API server and istiod, without nodes (Linux; the first time 20 minutes)
	@$(BIN)/python -m tooling.gateway.tools cluster >/dev/null || true  # the tests say what can't be had
	@unshare --net true 2>/dev/null && alone="unshare --net" || alone="unshare --map-root-user --net"; \
		$$alone true 2>/dev/null || { echo "A network of one's own can't be had here: run make test-cluster as root, on Linux." >&2; exit 1; }; \
		$$alone $(BIN)/pytest -p no:randomly -p no:cacheprovider tests/cluster

lint: install  ## ruff, its formatter, mypy --strict and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install  ## Put the code into its canonical form
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .

demo: install  ## A real Keycloak, realms/platform planned, applied and planned again
	@scripts/demo.sh

gateway: install  ## The gateway on this machine, to open in a browser: login, services, roles (Ctrl-C stops it)
	@$(BIN)/python -m tooling.gateway.demo

bench: install  ## Measure plan and apply against their limits (some minutes)
	$(BIN)/python -m bench.run $(BENCH)

round-trip: install  ## CORPUS=FOLDER: import each realm export, export it, apply it, compare
	$(BIN)/python -m tests.live.corpus $(CORPUS)

test-comparison: install  ## Change every value of a realm with every kind in it: the comparison has to see each
	REALMCTL_MUTATIONS=all $(BIN)/pytest tests/live/test_comparison.py

review-corpus: install  ## How many of 60 hostile pull requests the review warns of, and of 60 harmless ones (VERBOSE=-v)
	@$(BIN)/python -m tests.cases.review.corpus $(VERBOSE)

tools: install  ## Helm, Envoy, oauth2-proxy and istiod's generator for the gateway's tests, into the cache
	@$(BIN)/python -m tooling.gateway.tools

image:  ## A container image, by whatever engine answers (IMAGE=name:tag, BASE=image@sha256:…)
	@scripts/image.sh $(or $(IMAGE),realmctl:$(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' realmctl/__init__.py)) $(BASE)

reference: install  ## Write what is made from the code: the JSON Schemas, the charts' copies of them, the page of lint rules
	@$(BIN)/realmctl schema -o schemas >/dev/null
	@$(BIN)/python -m tooling.chart_schemas
	@$(BIN)/python -m tooling.rules_page

lock: install  ## Resolve the dependencies anew
	$(BIN)/pip-compile $(LOCK) --extra entra --extra kcwarden -o requirements.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra entra --extra kcwarden --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --build-deps-for wheel --only-build-deps -c requirements-dev.lock -o requirements-build.lock pyproject.toml

LOCK := -q --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean:  ## Remove .venv and caches of the repository (not the Keycloak cache)
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
