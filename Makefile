PYTHON ?= $(shell for python in python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := -m pip --quiet --disable-pip-version-check
COMPILE := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header
PORT ?= 8000
# More processes than cores: tests wait for clocks, disks and other processes now and then.
WORKERS := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? 2 * cores : 8)))
TESTS := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Rules, and the way from a body to a rollup: no PostgreSQL, no process of its own, not the longest search.
FAST := tests/accounting tests/connectors tests/core tests/ingest tests/rollup tests/store \
	--ignore tests/ingest/test_durability.py --ignore tests/rollup/test_any_order.py

# A machine may be set to keep no bytecode: every worker and every server that a test starts would compile it all.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup docs demo test test-fast check check-types check-format check-lint check-imports check-openapi check-factors check-scopes check-licences check-advisories clients sbom image bench format openapi released factors scopes licences lock findings mutants fuzz faults

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) install --require-hashes -r requirements-dev.txt
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q app  # where no bytecode may be kept, each start would compile it all
	touch $@

# The pages of docs/ as a site, which opens from its folder and asks no other machine for anything.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo build/site/index.html

demo: setup
	$(BIN)/esg demo --host 127.0.0.1 --port $(PORT)

test: setup
	$(TESTS)

test-fast: setup
	$(TESTS) -m "not postgresql" $(FAST)

check: setup
	$(MAKE) --jobs 2 check-types check-format check-lint check-imports check-openapi check-factors check-scopes check-licences \
		check-advisories
	$(TESTS)

check-types:
	$(BIN)/mypy

check-format:
	$(BIN)/ruff format --check .

check-lint:
	$(BIN)/ruff check .

check-imports:
	$(BIN)/lint-imports

check-openapi:
	$(BIN)/esg openapi --check openapi/openapi.json
	$(BIN)/esg openapi --since openapi/released.json --named-in CHANGELOG.md
	.ci/lint-openapi

check-factors:
	$(BIN)/esg factors page --check docs/factors.md

check-scopes:
	$(BIN)/esg keys scopes --check docs/security.md

check-licences:
	$(BIN)/python .ci/notices.py page docs/licences.md

# What no source could be asked about is told in a line that begins "advisories not reached".
check-advisories:
	$(BIN)/python .ci/advisories.py

# The parts that run, with versions and licences: build/sbom.cdx.json.
sbom: setup
	.ci/sbom

# What the image holds, built without Docker and looked at.
image: setup
	$(BIN)/python .ci/rehearse_image.py

clients: setup
	bash clients/checks/run.sh

bench: setup
	$(BIN)/python -m bench

# MUTANTS=20 ROOMS="metrics buckets" SEED=7: see CONTRIBUTING.md.
mutants:
	.ci/mutants

# CASES=1000000 SEED=1: requests made from openapi.json, against the demo on a SQLite file.
CASES ?= 10000
SEED ?= 1
fuzz: setup
	$(BIN)/python -m faults.fuzz --cases $(CASES) --seed $(SEED)

# TIMES=5 ONLY="killed-server second-server"; all of them as often as they say takes hours.
faults: setup
	$(BIN)/python -m faults $(if $(ONLY),--only $(ONLY)) $(if $(TIMES),--times $(TIMES))

findings:
	@changed=; for script in findings/*.sh; do \
		echo "== $$script"; bash "$$script" || changed="$$changed $$script"; \
	done; test -z "$$changed" || { echo "not as described:$$changed"; exit 1; }

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: setup
	$(BIN)/esg openapi > openapi/openapi.json

released: setup
	$(BIN)/esg openapi | $(BIN)/python -c 'import json, sys; print(json.dumps(json.load(sys.stdin), separators=(",", ":"), ensure_ascii=False))' > openapi/released.json

factors: setup
	$(BIN)/esg factors page > docs/factors.md

scopes: setup
	$(BIN)/esg keys scopes --into docs/security.md

licences: setup
	$(BIN)/python .ci/notices.py page > docs/licences.md

lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python $(PIP) install uv
	$(COMPILE) pyproject.toml --extra traces -o requirements.txt
	$(COMPILE) pyproject.toml --extra traces --extra dev --extra build -c requirements.txt -o requirements-dev.txt
	printf '%s\n' cyclonedx-bom setuptools | $(COMPILE) - -c requirements-dev.txt -o requirements-build.txt
