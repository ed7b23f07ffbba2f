# Every target makes .venv and installs what is pinned in requirements.lock when it needs to.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-slow test-spark check serve docs intents bench bench-knowledge bench-conversation bench-doors clean

demo: $(READY)
	$(BIN)/tagayasu --workspace demo demo

test: $(READY)
	$(BIN)/pytest -n auto --dist loadfile -m "not slow and not spark"

test-slow: $(READY)
	$(BIN)/pytest -n auto -m slow

test-spark: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.lock
	$(BIN)/pytest -m spark

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

serve: $(READY)
	test -f demo/settings.toml || $(BIN)/tagayasu --workspace demo demo
	$(BIN)/tagayasu --workspace demo serve

docs: $(READY)
	$(BIN)/python docs/generate.py

intents: $(READY)
	$(BIN)/python -m assistant.builtin.examples

bench: $(READY)
	$(BIN)/python -m bench.importing
	$(BIN)/python -m bench.briefing
	$(BIN)/python -m bench.scale

bench-knowledge: $(READY)
	$(BIN)/python -m bench.knowledge
	$(BIN)/python -m bench.library

bench-conversation: $(READY)
	$(BIN)/python -m bench.conversation
	$(BIN)/python -m bench.ledger

bench-doors: $(READY)
	$(BIN)/python -m bench.doors
	$(BIN)/python -m bench.doors_slack
	$(BIN)/python -m bench.doors_scope
	$(BIN)/pytest -v -m slow tests/doors tests/http tests/mcp tests/slack

clean:
	rm -rf $(VENV) demo

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(READY)
