# What a person types. `make demo` needs Python 3.11+ and a package index, nothing else.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

# Production settings, complete and made up, for `check --deploy`: nothing is connected to.
KEY := $(shell head -c 32 /dev/urandom | base64 | tr '+/' '-_')
DEPLOYED = PORTAL_PRODUCTION=1 PORTAL_PUBLIC_URL=https://privacy.example.org PORTAL_ALLOWED_HOSTS=privacy.example.org \
	DATABASE_URL=postgres://portal:portal@database.example.org:5432/portal REDIS_URL=redis://redis.example.org:6379/0 \
	PORTAL_SECRET_KEY=$(KEY)$(KEY) PORTAL_MASTER_KEYS=$(KEY) PORTAL_INDEX_KEY=$(KEY) PORTAL_LEDGER_KEY=$(KEY) \
	PORTAL_MAIL_FROM=privacy@example.org
# Checks keep their keys and files away from those of a running demo.
ASIDE := PORTAL_DATA_DIR=.venv/check

.PHONY: help demo test check bench lock clean runtime development python

help:
	@echo 'make demo    install, load the demo company, start everything on http://127.0.0.1:8000; Ctrl-C stops it'
	@echo 'make test    the whole suite: embedded, then on PostgreSQL and Redis where they answer (ARGS=… for pytest)'
	@echo 'make check   ruff, import-linter, mypy, migrations, deployment checks'
	@echo 'make bench   the figures of docs/performance.md, measured side by side'
	@echo 'make lock    new requirements*.txt from requirements*.in'
	@echo 'make clean   remove caches and build leftovers; .venv and var/ stay'

demo: runtime
	@exec $(BIN)/python manage.py demo $(ARGS)

test: development
	@exec $(BIN)/python .ci/suite.py $(ARGS)

check: development
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo --cache-dir .venv/import-linter
	$(ASIDE) $(BIN)/mypy
	$(ASIDE) $(BIN)/python manage.py makemigrations --check --dry-run
	$(ASIDE) $(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: development
	@exec $(BIN)/python -m bench $(ARGS)

# The development lock is bound to the runtime lock, so that tests run what production runs. --universal: one lock
# for every platform; no index is written into it.
UV_COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal \
	--python-version 3.11
lock: development
	$(UV_COMPILE) $(ARGS) requirements.in -o requirements.txt
	$(UV_COMPILE) $(ARGS) requirements-dev.in -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .venv/check test-results
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

python:
	@command -v $(PYTHON) >/dev/null || { echo "privacy-portal needs Python 3.11 or newer, and $(PYTHON) is not there."; exit 1; }

runtime: python
	@$(PYTHON) .ci/install.py requirements.txt

development: python
	@$(PYTHON) .ci/install.py requirements.txt requirements-dev.txt
