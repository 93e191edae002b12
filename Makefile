# Needs Python ≥ 3.11 with pip, make and a package registry. `make run` and `make test` are the two to know.
.POSIX:
SHELL = /bin/sh
MAKEFLAGS += --no-print-directory

VENV = .venv
BIN = $(VENV)/bin
DEPENDENCIES = $(VENV)/.dependencies
RUN = $(VENV)/.run
TEST = $(VENV)/.test
# Wheels only, each with its hash: nothing is compiled here, and no build step fetches what the lock doesn't name.
INSTALL = -m pip --python $(BIN)/python --disable-pip-version-check install --quiet --no-input
LOCKED = --require-hashes --only-binary :all:

.PHONY: run test lint bench interop lock schema assurance conformance requirements shots clean

run: $(RUN)
	exec $(BIN)/idp demo $(DEMO)

# On up to four processors, each with databases and browser of its own. PYTEST="tests/oauth -k replay" runs a part, on one,
# of which nobody expects to cover everything.
# Tests start hundreds of processes: what these import is compiled once, even where Python is told to leave no such files.
test: $(TEST)
	$(BIN)/python -m tests.support.provision test
	$(BIN)/python -m compileall -q idp
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest $(or $(PYTEST),--ignore=tests/interop --numprocesses auto --maxprocesses 4 --dist worksteal)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report $(if $(PYTEST),--fail-under=0)

interop: $(TEST)
	$(BIN)/python -m tests.support.provision interop
	$(BIN)/python -m pytest tests/interop

lint: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TEST)
	$(BIN)/python -m tests.support.provision bench
	$(BIN)/python -m bench

schema: $(TEST)
	$(BIN)/python -m tests.support.schema docs/schema.md

# Which path through a sign-in says which acr and amr, docs/assurance.md.
assurance: $(TEST)
	$(BIN)/python -m tests.support.assurance docs/assurance.md

# Which module of the certification plans is checked by what, docs/conformance.md.
conformance: $(TEST)
	$(BIN)/python -m tests.conformance.report docs/conformance.md

# Which test checks which requirement of docs/requirements.md.
requirements: $(TEST)
	$(BIN)/python -m tests.support.requirements

# Resolve anew after a change in pyproject.toml; UPGRADE=--upgrade, or "--upgrade-package NAME", takes newer versions.
lock:
	UPGRADE="$(UPGRADE)" sh requirements/lock.sh

# A picture of every page in every language, theme and size, and a contact sheet of each.
shots: $(TEST)
	$(BIN)/python -m tests.support.provision test
	$(BIN)/python -m tests.web.shots build/shots $(PAGES)

clean:
	rm -rf $(VENV) .venv-lock .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build

$(DEPENDENCIES): requirements/run.txt
	@set -e; python=$$(sh requirements/python.sh); \
	echo "Installing the locked dependencies into $(VENV) with $$python"; \
	$$python -m venv --clear --without-pip $(VENV); \
	$$python $(INSTALL) $(LOCKED) --requirement requirements/run.txt
	@touch $@

$(RUN): $(DEPENDENCIES) pyproject.toml idp/__init__.py
	@set -e; python=$$(sh requirements/python.sh); \
	$$python $(INSTALL) --no-deps --no-index --no-build-isolation --editable .
	@touch $@

$(TEST): $(RUN) requirements/test.txt
	@set -e; python=$$(sh requirements/python.sh); \
	echo "Installing what tests need"; \
	$$python $(INSTALL) $(LOCKED) --requirement requirements/test.txt
	@touch $@
