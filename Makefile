# `make` lists the targets. They need Python 3.11 to 3.14 and make; PYTHON=/path/to/python3 chooses one.
# Paths are relative on purpose: the folder's own path may hold spaces.

SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

DEMO_PERSONS ?= 2500
DEMO_SEED ?= 1
TESTS ?=
# All tests run side by side, each worker with a graph and a queue of its own (about 1.5 GB); chosen ones in one process.
TEST_WORKERS ?= 2
SIDE_BY_SIDE = -n '$(TEST_WORKERS)' --dist worksteal

PIP_COMPILE := .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q

.PHONY: help
help: ## list these targets
	@echo 'make demo    is the one to start with. Targets:'
	@echo
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: venv ## run the hub with a year of demo data until Ctrl-C (DEMO_PERSONS=, DEMO_SEED=, HUB_HTTP_PORT=, HUB_DATA_DIR=)
	@exec .venv/bin/hub demo run --persons '$(DEMO_PERSONS)' --seed '$(DEMO_SEED)'

.PHONY: test
test: venv ## run all tests on the embedded engine (TESTS='tests/unit -k phone' runs some, TEST_WORKERS=)
	@browser=$$(.ci/chromium) || exit 1; \
	HUB_TEST_ENGINE=embedded HUB_TEST_CHROMIUM="$$browser" HUB_TEST_BROWSER="$${browser:+required}" exec .venv/bin/python -m pytest $(or $(TESTS),$(SIDE_BY_SIDE))

.PHONY: test-neo4j
test-neo4j: venv ## run the integration tests on Neo4j Community (fetched with Maven, needs Java 17)
	@.venv/bin/python -m tests.support.neo4j_server fetch
	@HUB_TEST_ENGINE=neo4j exec .venv/bin/python -m pytest $(or $(TESTS),$(SIDE_BY_SIDE) tests/integration tests/simulation)

.PHONY: simulate
simulate: venv ## run the seeded simulations (SEED= replays one run; STEPS= and OPERATIONS= make those of ids, of the ledger and of orders longer)
	@HUB_SIMULATION_SEED='$(SEED)' HUB_SIMULATION_STEPS='$(STEPS)' HUB_SIMULATION_OPERATIONS='$(OPERATIONS)' \
	exec .venv/bin/python -m pytest tests/simulation

.PHONY: fuzz
fuzz: venv ## make up requests to the API and the token endpoint, and look for failures of the server (EXAMPLES= for each field)
	@HUB_TEST_FUZZ_EXAMPLES='$(or $(EXAMPLES),300)' exec .venv/bin/python -m pytest tests/integration/test_api_fuzz.py -s

.PHONY: check
check: venv ## lint, types, layers, schema, containers, locks
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || { echo 'Some files are not formatted: .venv/bin/ruff format' >&2; exit 1; }
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/basedpyright --level error
	@.venv/bin/lint-imports --no-logo
	@.ci/schema-check
	@PYTHONPATH=. .venv/bin/python .ci/schema_changes.py check
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@.venv/bin/python .ci/lock.py check
	@echo 'check: ruff, mypy, basedpyright, layers, schema, compose file and locks are fine'

.PHONY: bench
bench: venv ## run the benchmarks (ONLY=NAME, ENGINE=neo4j|embedded)
	@exec .venv/bin/python -m bench $(if $(ONLY),--only '$(ONLY)') $(if $(ENGINE),--engine '$(ENGINE)')

.PHONY: venv
venv: ## make .venv and install the locked packages, if they changed
	@.ci/environment

.PHONY: lock
lock: venv ## compile both requirements files from pyproject.toml (asks the package index)
	@$(PIP_COMPILE) --extra stewardship --extra telemetry pyproject.toml -o requirements.txt
	@$(PIP_COMPILE) --extra dev pyproject.toml -o requirements-dev.txt
	@.venv/bin/python .ci/lock.py record

.PHONY: secrets
secrets: ## write the secrets that docker-compose.yml needs, once
	@.ci/secrets

.PHONY: schema
schema: venv ## write schema.graphql, docs/reference.md, and docs/access-fields.txt with what opens each field, from the code
	@.venv/bin/python -m resolvers.print_schema >schema.graphql.new
	@mv schema.graphql.new schema.graphql
	@.venv/bin/python -m resolvers.print_access >docs/access-fields.new
	@mv docs/access-fields.new docs/access-fields.txt
	@.venv/bin/python -m resolvers.print_reference >docs/reference.new
	@mv docs/reference.new docs/reference.md

.PHONY: schema-agree
schema-agree: venv ## promise callers the schema as it is now: breaking it fails `make check` from here on
	@PYTHONPATH=. .venv/bin/python .ci/schema_changes.py agree

.PHONY: clean
clean: ## remove .venv and the caches; the data in var/ stays
	@rm -rf .venv .cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist schema.graphql.new
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
