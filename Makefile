PYTHON ?= python3
BIN := .venv/bin
export PYTHONHASHSEED := 0

.PHONY: demo test lint types bench clean

.venv/ready: requirements/development.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	touch $@

extracts/ct0596: .venv/ready mappings/ct0596/simulate.py
	$(BIN)/python convert.py simulate ct0596 --subjects 24 --seed 596 --out $@
	touch $@

demo: extracts/ct0596
	$(BIN)/python convert.py run ct0596 --extract extracts/ct0596 --out deliveries
	$(BIN)/python convert.py package deliveries/CT0596-101/2026-03-31/current --agency fda --out packages
	$(BIN)/python convert.py verify packages/CT0596-101/2026-03-31/current

test: .venv/ready
	$(BIN)/python -m pytest -n auto

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

bench: .venv/ready
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf .venv extracts deliveries packages
