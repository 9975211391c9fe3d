.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/ready ## Compare the e-commerce design's variants on SQLite and PostgreSQL
	$(BIN)/lab compare schemas/ecommerce --engine sqlite --engine postgres --scale 0.2 --time-budget 15

test: .venv/ready-dev ## Run every test, two files at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/ready-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/ready-dev ## Render the picture in the README and the audit's rules anew, and check every example in the docs
	$(BIN)/python -m docs.audit_rules
	$(BIN)/python -m docs.picture
	$(BIN)/python -m pytest tests/test_docs.py

bench: .venv/ready ## Measure the lab itself: make bench NAME=generate
	@test -n "$(NAME)" || { echo "name one: make bench NAME=$$(cd benchmarks && ls *.py | grep -v __init__ | sed 's/\.py//' | paste -sd'|')"; exit 2; }
	$(BIN)/python -m benchmarks.$(NAME)

clean: ## Remove what was installed and measured
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find results -mindepth 1 ! -name README.md -delete

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.PHONY: help demo test lint docs bench clean
