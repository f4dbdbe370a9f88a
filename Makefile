SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# An interpreter of your own choice: make test PYTHON=python3.13
ifndef PYTHON
PYTHON := $(shell bash .ci/find-python)
endif
# Told by the interpreter itself, because another choice needs another environment.
PYTHON_VERSION := $(shell "$(PYTHON)" -c 'import platform; print(platform.python_version())' 2>/dev/null)

RUN := .venv/bin/python
UV := .venv/.uv-$(PYTHON_VERSION)
# The connector's environment: for reading and loading alone, and with what the tests need.
DEPENDENCIES := .venv/.dependencies-$(PYTHON_VERSION)
CONNECTOR := .venv/.connector-$(PYTHON_VERSION)
INSTALLED := .venv/.installed-$(PYTHON_VERSION)
# dbt's environment: for the models alone, and with the adapters that the tests compile them for.
MODELS := .venv-dbt/.models-$(PYTHON_VERSION)
DIALECTS := .venv-dbt/.dialects-$(PYTHON_VERSION)
# Airbyte's own tools; they need Python 3.11 or 3.12.
AIRBYTE := .venv-airbyte/.installed-$(PYTHON_VERSION)
# An environment for each engine; the emulators need Python 3.11 or later.
ENGINES := $(foreach engine,spark snowflake bigquery,.venv-engines/$(engine)/.installed-$(PYTHON_VERSION))
DUCKDB ?= github_copilot_billing.duckdb
DAYS ?= 14
OPTIONS ?=
STREAMS ?=
# Looked up once: the tests run in several processes.
TODAY ?= $(shell date -u +%Y-%m-%d)

.PHONY: help demo sync side-by-side report preview test lint models engines bench acceptance dist airbyte-export airbyte-checks image image-test constraints clean browser java configured fitting

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: fitting side-by-side ## Reads a made-up bill from a local GitHub into demo.duckdb and checks every sum
	@$(RUN) -m demo

sync: configured fitting side-by-side ## Reads your bill into DuckDB: make sync CONFIG=path/to/config.json [DUCKDB=path] [STREAMS="usage seats"]
	@$(RUN) -m warehouse.sync "$(CONFIG)" --duckdb "$(DUCKDB)" --streams "$(STREAMS)"

preview: configured fitting $(CONNECTOR) ## Shows your last days without loading anything: make preview CONFIG=path/to/config.json [DAYS=14]
	@$(RUN) -m source_github_copilot_billing preview --config "$(CONFIG)" --days "$(DAYS)"

report: fitting $(CONNECTOR) ## Writes a page with charts of what was loaded: make report [DUCKDB=path] [OPTIONS=--without-logins]
	@$(RUN) -m warehouse.page "$(DUCKDB)" $(OPTIONS)

# Airbyte's tools need Python 3.11 or 3.12.
AIRBYTE_CHECKS := $(if $(filter 3.11.% 3.12.%,$(PYTHON_VERSION)),airbyte-checks)
test: $(INSTALLED) $(DIALECTS) browser lint $(AIRBYTE_CHECKS) ## Runs all that must pass before a change is accepted: make test [TODAY=2027-03-01]
	@TESTS_TODAY="$(TODAY)" $(RUN) -m pytest -q -n 4 --dist worksteal --durations=5

lint: $(INSTALLED) ## Checks formatting, style, the rooms' imports and types only
	@echo "Checking formatting, style, imports and types …"
	@$(RUN) -m ruff format --check --quiet . || { echo "Run .venv/bin/ruff format" >&2; exit 1; }
	@$(RUN) -m ruff check --quiet .
	@.venv/bin/lint-imports > .venv/lint-imports.txt || { cat .venv/lint-imports.txt >&2; exit 1; }
	@$(RUN) -m mypy source_github_copilot_billing sandbox warehouse demo testing unit_tests integration_tests

models: $(MODELS) ## Installs dbt for the models of warehouse/dbt, in an environment of its own

engines: fitting java $(INSTALLED) $(MODELS) $(ENGINES) ## Builds and tests every model on Apache Spark and on emulators, and compares it with DuckDB
	@$(RUN) -m pytest -q -s integration_tests/engines/engine_tests.py

bench: $(INSTALLED) ## Measures rows a second, memory, requests and silence
	@$(RUN) -m integration_tests.bench

acceptance: $(INSTALLED) ## Runs Airbyte's own acceptance tests against the local GitHub
	@$(RUN) -m integration_tests.packaging.acceptance

dist: $(INSTALLED) ## Makes the wheel and the source package in dist/, and checks them
	@rm -rf dist
	@$(RUN) -m hatchling build
	@$(RUN) -m twine check --strict dist/*

airbyte-export: $(AIRBYTE) ## Writes the tree that Airbyte's monorepo takes to build/airbyte
	@.venv-airbyte/bin/python integration_tests/packaging/airbyte_export.py build/airbyte

airbyte-checks: airbyte-export ## Runs Airbyte's own checks on it, those of the higher support levels too
	@.venv-airbyte/bin/python integration_tests/packaging/airbyte_checks.py build/airbyte

# An engine can be installed without its service running.
image: ## Builds the container image with docker or podman
	@for tool in docker podman; do \
	  if "$$tool" info >/dev/null 2>&1; then exec "$$tool" build -t airbyte/source-github-copilot-billing:dev .; fi; \
	done; echo "Neither docker nor podman runs here: install or start one of them." >&2; exit 1

image-test: $(INSTALLED) ## Builds the container image and runs every command in it
	@$(RUN) -m pytest -q -s integration_tests/packaging/image_tests.py

# Pins what pyproject.toml asks for, for every Python it allows; connector.txt and load.txt are parts of development.txt,
# and dbt.txt is a part of dbt-test.txt.
PIN := .venv/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-strip-extras --no-emit-index-url --no-header $(UPGRADE)
COMPILE := $(PIN) pyproject.toml
constraints: $(INSTALLED) ## Pins the dependencies again; UPGRADE=--upgrade takes the newest
	@$(COMPILE) --all-extras --output-file constraints/development.txt
	@$(COMPILE) --constraint constraints/development.txt --output-file constraints/connector.txt
	@$(COMPILE) --extra load --extra build --constraint constraints/development.txt --output-file constraints/load.txt
	@$(PIN) --group dbt-test --output-file constraints/dbt-test.txt
	@$(PIN) --group install --output-file constraints/uv.txt
	@$(PIN) --group airbyte --output-file constraints/airbyte.txt
	@for engine in spark snowflake bigquery; do $(PIN) --group dbt-$$engine --output-file constraints/dbt-$$engine.txt; done
	@$(PIN) --group dbt --constraint constraints/dbt-test.txt --output-file constraints/dbt.txt

clean: ## Removes the environment and what the other targets made
	@rm -rf .venv .venv-dbt .venv-airbyte .venv-engines demo.duckdb demo.duckdb.wal demo.html build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A test opens the page in a real browser.
browser:
	@for name in chromium chromium-browser google-chrome; do if command -v $$name >/dev/null; then exit; fi; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium, which a test opens the page in …"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
	else \
	  echo "No Chromium and no Chrome is here: install one (Debian: apt-get install chromium)." >&2; exit 1; \
	fi

# Apache Spark runs on it.
java:
	@if command -v java >/dev/null; then exit; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Java 17, which Apache Spark runs on …"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get -qq update && apt-get -qq install -y --no-install-recommends openjdk-17-jre-headless >/dev/null; \
	else \
	  echo "No Java is here: install Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)." >&2; exit 1; \
	fi

configured:
	@if [ -z "$(CONFIG)" ]; then echo "Say which configuration to use: make $(firstword $(MAKECMDGOALS)) CONFIG=path/to/config.json" >&2; exit 1; fi
	@if [ ! -f "$(CONFIG)" ]; then echo "There is no file $(CONFIG)." >&2; exit 1; fi

# Before anything is made, and also where .venv is already there.
fitting:
	@case "$(PYTHON_VERSION)" in 3.10.*|3.11.*|3.12.*|3.13.*) ;; \
	"") if [ -n "$(PYTHON)" ]; then echo "$(PYTHON) does not run." >&2; exit 1; fi; \
	echo "No Python from 3.10 to 3.13 with venv (Debian: python3-venv) was found: install one, or name it with PYTHON=…" >&2; exit 1;; \
	*) echo "This needs Python 3.10 to 3.13, and PYTHON is $(PYTHON_VERSION)." >&2; exit 1;; esac

# Both environments at the same time.
side-by-side:
	@$(MAKE) -j2 .venv .venv-dbt

.PHONY: .venv .venv-dbt
.venv: $(CONNECTOR)
	@:
.venv-dbt: $(MODELS)
	@:

# A new environment, because what is not pinned any more must go.
$(UV): constraints/uv.txt constraints/load.txt | fitting
	@echo "Making .venv with Python $(PYTHON_VERSION), at the pinned versions: half a minute, by a slow line a few …"
	@rm -rf .venv
	@"$(PYTHON)" -m venv .venv
	@$(RUN) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r constraints/uv.txt
	@touch $@

$(DEPENDENCIES): $(UV)
	@.ci/install .venv constraints/load.txt
	@touch $@

# Without build isolation: the tools that build it are pinned, too.
$(CONNECTOR): $(DEPENDENCIES) pyproject.toml
	@$(RUN) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED): constraints/development.txt $(CONNECTOR)
	@echo "Adding what the tests need to .venv …"
	@.ci/install .venv constraints/development.txt
	@touch $@

$(MODELS): constraints/dbt.txt | $(UV)
	@echo "Making .venv-dbt for the models …"
	@rm -rf .venv-dbt
	@"$(PYTHON)" -m venv --without-pip .venv-dbt
	@.ci/install .venv-dbt constraints/dbt.txt
	@touch $@

$(AIRBYTE): constraints/airbyte.txt | $(UV)
	@case "$(PYTHON_VERSION)" in 3.11.*|3.12.*) ;; *) echo "Airbyte's tools need Python 3.11 or 3.12: name one with PYTHON=…" >&2; exit 1;; esac
	@echo "Making .venv-airbyte for Airbyte's tools …"
	@rm -rf .venv-airbyte
	@"$(PYTHON)" -m venv --without-pip .venv-airbyte
	@.ci/install .venv-airbyte constraints/airbyte.txt
	@touch $@

$(DIALECTS): constraints/dbt-test.txt | $(MODELS)
	@echo "Adding the adapters of five more warehouses to .venv-dbt …"
	@.ci/install .venv-dbt constraints/dbt-test.txt
	@touch $@

.venv-engines/%/.installed-$(PYTHON_VERSION): constraints/dbt-%.txt | $(UV)
	@case "$(PYTHON_VERSION)" in 3.10.*) echo "The emulators need Python 3.11 or later: name one with PYTHON=…" >&2; exit 1;; esac
	@echo "Making .venv-engines/$* at the pinned versions: up to five minutes …"
	@rm -rf .venv-engines/$*
	@"$(PYTHON)" -m venv --without-pip .venv-engines/$*
	@.ci/install .venv-engines/$* constraints/dbt-$*.txt
	@touch $@
