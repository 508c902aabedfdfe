# Two commands matter to a newcomer: `make demo` and `make test`. Both install what is missing.
PYTHON ?= python3
SCALE  ?= M
SERVE  ?= 1
BIN    := .venv/bin
READY  := .venv/.ready
TESTS  := $(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder

# Where bytecode may not be kept, each of many processes compiles some five thousand files anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test long soak check dev lock clean

demo: $(READY)
	@$(BIN)/crm demo --scale $(SCALE) $(if $(filter 0,$(SERVE)),--no-serve)

test: $(READY)
	$(TESTS) -m "not long and not soak"

# What does not fit into the ten minutes of `make test`; `.ci/run` does both.
long: $(READY)
	$(TESTS) -m "long and not soak"

check: $(READY)
	$(BIN)/ruff format --check --no-cache .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(READY)
	$(BIN)/pytest -m soak
	CRM_WALKS=10000 $(BIN)/pytest -n 2 --dist loadscope tests/integration/crm_core tests/unit/crm_core/services -k walk

dev: $(READY)
	@$(BIN)/crm up

# The environment: exactly requirements.lock, by uv, which comes from the same lock.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: set PYTHON=/path/to/python3")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^uv==/{on=1} on{print} on&&!/\\$$/{exit}' requirements.lock > .venv/uv.txt
	@echo "Installing the environment ('Prepared' is the time of the downloads):"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --require-hashes requirements.lock > .venv/install.log 2>&1 \
	  || { cat .venv/install.log; exit 1; }
	@grep -E '^(Prepared|Installed|Uninstalled|Audited)' .venv/install.log || true
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

lock:
	@test -x $(BIN)/uv || $(MAKE) $(READY)
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --universal \
	  --python-version 3.11 --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:
	@test ! -x $(BIN)/crm || $(BIN)/crm down || true
	rm -rf .venv .cache var dbt_project/target dbt_project/logs
