# Bare `make` prints the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test test-all lint bench gallery messages lock clean
help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/.app  ## install what is needed and start the app on 127.0.0.1
	$(BIN)/streamlit run streamlit_app.py

# Whole files go to one of two processes: what a file shares is made once. Browsers come last: with
# server, worker and visitor at work two cores have enough to do.
QUICK := -m "not long"
test: $(VENV)/.dev  ## install what is needed and run the tests, all but the long promises of learning
	$(BIN)/pytest $(QUICK) -n 2 --dist loadfile --no-loadscope-reorder --ignore-glob='*test_browser*'
	$(BIN)/pytest $(QUICK) tests/test_browser*.py

test-all:  ## run the long ones too
	$(MAKE) test QUICK=

lint: $(VENV)/.dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev  ## measure all figures (long; for one: python -m benchmarks NAME)
	$(BIN)/python -m benchmarks

gallery: $(VENV)/.app  ## train the stored default runs anew, and draw their thumbnails
	$(BIN)/python -m playground.gallery
	$(BIN)/python -m playground.ui.thumbnails

messages: $(VENV)/.dev  ## collect all strings for translators
	mkdir -p playground/locales
	$(BIN)/pybabel -q extract -c Translators: -k N_ -k plural:1,2 -o playground/locales/playground.pot playground pages streamlit_app.py

clean:  ## remove the environment and all caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# The very files that were tested, by their hashes. Another index, e.g. of CPU builds, has others.
FROM := $(if $(PIP_EXTRA_INDEX_URL),txt,lock)
HASHES := $(if $(PIP_EXTRA_INDEX_URL),,--require-hashes)

$(VENV)/.app: requirements.txt requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet $(HASHES) -r requirements.$(FROM)
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-ray.txt requirements-dev.lock $(VENV)/.app
	$(BIN)/python -m pip install --quiet $(HASHES) -r requirements-dev.$(FROM)
	@touch $@

lock:  ## pin all that requirements.txt brings along, with hashes (needs uv)
	for name in requirements requirements-dev; do uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate $$name.txt -o $$name.lock; done
