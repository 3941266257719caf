# `make` says what there is.
PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
export PATH := $(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Tests wait more than they compute; each worker has a lab of its own.
WORKERS ?= 3
RECIPE := recipes/quickstart.yaml
SAY := @printf '==> %s\n'

.DEFAULT_GOAL := help
.PHONY: demo test bench soak lab-demo reference docs help

demo: $(VENV)/.installed ## compile the quickstart recipe and show the bundle
	$(SAY) 'compiling $(RECIPE)'
	@bundle=$$($(BIN)/hpcgen build $(RECIPE) | tail -n 1) && test -n "$$bundle" && \
	printf '==> %s\n' "the bundle, $$bundle:" && find "$$bundle" -type f | sort && \
	printf '==> on the cluster, all of it:  %s\n' "$$bundle/bin/submit.sh" && \
	printf '==> or by hand:  %s\n' "sbatch $$bundle/jobs/cache.sbatch" \
		"sbatch $$bundle/jobs/cache-bench.sbatch"

test: $(VENV)/.developing ## check everything: style, types, tests, and the lab where it can run
	$(SAY) 'ruff'
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check --quiet
	$(SAY) 'mypy'
	@$(BIN)/mypy
	$(SAY) 'pytest'
	@$(BIN)/pytest -ra -n $(WORKERS) --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.installed ## how fast the compiler is, as ratios
	@$(BIN)/python -m tests.bench.bench

soak: $(VENV)/.developing ## everything, and what is too heavy for CI: real vLLM, 10,000 sessions
	@tests/lab/lab build vllm
	@HPCGEN_LAB=required HPCGEN_LAB_VLLM=required HPCGEN_LAB_SESSIONS=10000 HPCGEN_LAB_ROUNDS=50 $(MAKE) --no-print-directory test

lab-demo: $(VENV)/.installed ## run the quickstart on a Slurm cluster made on this machine
	@$(BIN)/python -m tests.lab.demo

reference: $(VENV)/.installed ## write docs/reference/ from the schemas, profiles and diagnostics
	@$(BIN)/python -m hpcgen.reference docs/reference

docs: $(VENV)/.developing ## build docs/ as a site in build/site, and fail on a broken link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	$(SAY) 'the site is build/site/index.html'

help: ## say what there is
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# Made anew when pyproject.toml changes, so that a dependency once dropped is gone.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo 'needs Python 3.11 or later as python3, or: make PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo 'needs the venv module: apt-get install python3-venv' >&2; exit 1; }
	$(SAY) 'installing hpcgen into .venv'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -qq --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(SAY) 'installing the development tools into .venv'
	@$(BIN)/pip install -qq --editable '.[dev]'
	@touch $@
