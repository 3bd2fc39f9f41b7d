# `make` lists the targets. Python 3.11 or newer and the network are all a machine needs.
.DEFAULT_GOAL := help
.PHONY: help run demo test fuzz check bench rehearse contract image screenshots fmt clean

UV := deploy/local/bin/uv
BIN := .venv/bin
# The version of .python-version, else another that will do; only where there is none does uv download one.
PYTHON = $(UV) python find --system 3.13 2>/dev/null || $(UV) python find --system '>=3.12,<3.15' 2>/dev/null || echo 3.13
PROJECTS := pyproject.toml uv.lock $(wildcard */pyproject.toml */*/pyproject.toml)
# What a caller set for another project must not steer this one.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: .venv/synced ## start everything on this machine at one address (PORT=8080 DATA=.jejak)
	@exec $(BIN)/jejak up $(if $(PORT),--port $(PORT)) $(if $(DATA),--data $(DATA))

demo: .venv/synced ## play whole cases through the public interfaces, check the ledger, exit
	@exec $(BIN)/jejak demo

test: .venv/synced ## run the tests in two processes, those that kill processes last (WORKERS=2 ARGS="-k paraf")
	@exec $(BIN)/pytest -n $(or $(WORKERS),2) --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: .venv/synced ## the tests of tests/fuzz with many examples each, for hours, and of tests/property with all (ROUNDS=2000 ARGS="-k forms")
	@JEJAK_FUZZ_ROUNDS=$(or $(ROUNDS),2000) exec $(BIN)/pytest tests/fuzz tests/property $(ARGS)

check: .venv/synced ## format, lint, types, architecture, the contract with BPJS, generated files, lock file
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/jejak contract check
	$(BIN)/jejak events check
	$(BIN)/jejak deploy check
	$(UV) lock --check

bench: .venv/synced ## measure; a table, and build/bench.json
	@exec $(BIN)/python -m tests.bench

rehearse: .venv/synced ## lose brokers, the primary, hosts, disk and clock under load; a table, and build/rehearse.json (ARGS="broker primary")
	@exec $(BIN)/python -m tests.rehearse $(ARGS)

contract: .venv/synced ## write docs/bpjs, docs/events and docs/schema from the models, and what deploy/environment.toml gives
	$(BIN)/jejak contract write
	$(BIN)/jejak events write
	$(BIN)/jejak deploy write
	$(BIN)/jejak sop schema > docs/schema/sop.json
	$(BIN)/jejak sop schema --kantor > docs/schema/kantor.json
	$(BIN)/jejak sop reference docs/sop-format.md

image: .venv/synced ## build the image and start processes out of it, read-only and without rights (root; BASE=pull takes Python's)
	@exec $(BIN)/python -m tests.image

screenshots: .venv/synced ## photograph the main pages into docs/screenshots, and list them in docs/pages.md
	@exec $(BIN)/python -m tests.screens

fmt: .venv/synced ## format, and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean: ## remove what was made, except the data of `make run`
	rm -rf .venv .uv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . \( -name __pycache__ -o -name node_modules \) -type d -prune -exec rm -rf {} +

.venv/synced: $(PROJECTS)
	$(UV) sync --all-packages --frozen --python "$$($(PYTHON))"
	@touch $@
