# make chat    sets up everything and starts the assistant
# make setup   the same without starting it
# make test    sets up everything and runs the tests
# make check   style, types and import contracts

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: chat setup test check format constraints clean
.DEFAULT_GOAL := chat

chat: setup
	@exec $(BIN)/recollect

setup: $(VENV)/.installed
	@$(BIN)/recollect models pull --defaults

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "recollect needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing recollect into $(VENV) (about a minute) ..."
	@$(PIP) install --quiet --constraint constraints.txt --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) install --quiet --constraint constraints.txt --config-settings editable_mode=compat --editable '.[dev]'
	@$(PIP) install --quiet --constraint constraints.txt --no-deps langchain-tests  # it asks for older test tools than ours
	@touch $@

# Pins everything that is installed, by name and version alone.
constraints: $(VENV)/.installed-dev
	@$(PIP) freeze --exclude-editable --exclude recollect > constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
