# Every target works on a machine that has only Python 3.11+ and make.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built-from-lock
PEOPLE ?= 50000
SEED ?= 1
OUT ?= rehearsals/T01-$(shell date +%Y%m%d-%H%M%S)
PORT ?= 4200
ONLY ?=

.PHONY: env rehearse test up bench torture lint docs test-clients lock clean

env: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "leak-response needs Python 3.11 or newer on the PATH"; exit 2; }
	@echo "[1/3] making the environment in $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@echo "[2/3] installing $$(grep -c '==' requirements-dev.lock) pinned packages from requirements-dev.lock (hashes checked; some minutes on first use)"
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar on -r requirements-dev.lock \
		| awk '/^Collecting/ { n++; if (n % 10 == 0) print "      " n " packages found" } /^Installing/ { print "      installing" } { fflush() }'
	@echo "[3/3] installing leak-response itself"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -q -e .
	@touch $(STAMP)

rehearse: env
	@$(BIN)/leak-response rehearse T01 --people $(PEOPLE) --seed $(SEED) --out $(OUT)

test: env
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/mypy
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-clients: env
	@$(BIN)/python tests/clients/install.py
	@$(BIN)/python -m pytest -m clients -n 2 --dist loadfile tests/clients

up: env
	@$(BIN)/leak-response up --port $(PORT)

bench: env
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

torture: env
	@$(BIN)/python -m pytest -m torture -n 2 --dist loadfile

lint: env
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/mypy

docs: env
	@$(BIN)/python -m leakresponse.rehearsal.org.page_of_docs

lock:
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf build rehearsals
