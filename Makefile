# The one front door. Every target makes what it needs and ends in one line that says how it went.
#
#   make run        the demo clinic with everything it needs, on this machine
#   make test       the whole suite, on SQLite and on PostgreSQL
#   make simulate   the sync under every fault, by seeds: SEEDS=2000 JOBS=2, or one of them: SEED=17
#   make chaos      the promises with real processes that are killed: LEGS=sqlite, ARGS="-k redis"
#   make mutants    bugs planted in the sync, and what catches each: SEEDS=60 JOBS=2
#   make baskets    ten thousand random invoices, at the desk and in the sandbox: BASKETS=10000 BASKETS_SEED=1
#   make lint       style, types, who imports whom, migrations
#   make contract   the bridge against the real Odoo of ODOO_URL, ODOO_DB, ODOO_USERNAME, ODOO_API_KEY
#   make bench      the measurements of bench/
#   make shots      screenshots of every page at three widths, into var/shots
#   make words      collect what is to be translated, into clinic/locale
#   make lock       pin the requirements anew
#   make clean      forget the environment and the demo's data

SHELL := /bin/sh
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# 3.11 and 3.12 first: for these there is a wheel that carries a Redis.
PYTHON ?= $(shell for python in python3.12 python3.11 python3 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
ARGS ?=

.PHONY: run test simulate mutants chaos baskets lint contract bench shots words lock clean
.DEFAULT_GOAL := run

# A stamp tells that the environment holds what the file of the same date asked for.
$(VENV)/.made-base: requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found."; exit 1; }
	@test -x $(PY) || { echo "Making the environment with $(PYTHON) ..."; $(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module is missing: install python3-venv."; exit 1; }; }
	@echo "Installing the requirements ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.made-test: $(VENV)/.made-base tests/requirements.txt
	@echo "Installing the requirements of the tests ..."
	@$(PIP) install --require-hashes -r tests/requirements.txt
	@touch $@

run: $(VENV)/.made-base
	@exec $(PY) manage.py run $(ARGS)

test: $(VENV)/.made-test
	@$(PY) -m tests $(ARGS)

simulate: $(VENV)/.made-test
	@$(PY) -m tests.simulation --seeds $(or $(SEEDS),200) --jobs $(or $(JOBS),2) $(if $(SEED),--seed $(SEED)) $(ARGS)

chaos: $(VENV)/.made-test
	@LEGS=$(or $(LEGS),postgresql) $(PY) -m tests tests/chaos -m "" $(ARGS)

mutants: $(VENV)/.made-test
	@$(PY) -m tests.mutants --seeds $(or $(SEEDS),60) --jobs $(or $(JOBS),2) $(ARGS)

baskets: $(VENV)/.made-test
	@BASKETS=$(or $(BASKETS),10000) BASKETS_SEED=$(or $(BASKETS_SEED),1) $(PY) -m pytest -q -n 0 \
		tests/odoo_bridge/test_amounts_agree.py $(ARGS)

lint: $(VENV)/.made-test
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(PY) -m mypy
	@$(PY) manage.py makemigrations --check --dry-run
	@$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@echo "lint: all good"

contract: $(VENV)/.made-test
	@test -n "$$ODOO_URL" || { echo "contract: set ODOO_URL, ODOO_DB, ODOO_USERNAME and ODOO_API_KEY first."; exit 1; }
	@$(PY) -m pytest tests/contract tests/odoo_bridge/peers tests/odoo_bridge/samples $(ARGS) && echo "contract: kept by $$ODOO_URL"

bench: $(VENV)/.made-test
	@$(PY) -m bench $(ARGS)

shots: $(VENV)/.made-test
	@$(PY) -m tests.shots $(ARGS)

words: $(VENV)/.made-test
	@command -v msgmerge >/dev/null || { echo "words: install gettext first."; exit 1; }
	@$(PY) manage.py makemessages --locale es --locale fr --locale ar --verbosity 0 --no-obsolete --no-wrap \
		--add-location file --ignore '.venv*' --ignore 'var*' --ignore 'bench*' --ignore 'tests*' --ignore 'sandbox' \
		--ignore 'clinic/demo*' --ignore 'node_modules*'
	@$(PY) manage.py compilemessages --verbosity 0 --ignore '.venv*'
	@echo "words: collected and compiled"

lock: $(VENV)/.made-test
	@$(PIP) install uv
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra test pyproject.toml -c requirements.txt -o tests/requirements.txt
	@echo "lock: requirements.txt and tests/requirements.txt are pinned anew"

clean:
	@test ! -e var/run.lock || { echo "clean: stop the clinic first."; exit 1; }
	@test -L $(VENV) || rm -rf $(VENV)
	@rm -rf var
	@echo "clean: the environment and the demo's data are gone"
