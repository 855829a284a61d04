# Every command a developer needs. Each installs what it uses into .venv first; `make` alone lists them.

ifeq ($(OS),Windows_NT)
$(error On Windows use the plain commands of README.md)
endif

# The first of these that really runs and is new enough; make PYTHON=... chooses another.
SUITS := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python $(SUITS) && echo $$python && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
# Programs that build packages and check examples, apart from what the tests use.
TOOLS := build/tools/bin
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check
ARGS ?=

.PHONY: help serve test test-windows check lint bench plots docs image test-image packages zipapp lint-examples clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

serve: $(VENV)/.serve ## start the server; options in ARGS="--port 7000"
	@$(RUN) -m stubredis serve $(ARGS)

test: $(VENV)/.dev ## run the tests, on all cores; options in ARGS="-k lists"
	@$(RUN) -m pytest --numprocesses auto --dist loadfile $(ARGS)

test-windows: $(VENV)/.dev ## run the tests on Windows' Python under wine (see docs/windows.md)
	@$(RUN) -m tests.windows $(ARGS)

check: lint test ## format, lint, types, tests: what CI runs

lint: $(VENV)/.dev ## format, lint and types only
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy --strict stubredis
	@$(RUN) -m mypy --strict --platform win32 --no-warn-unreachable --exclude 'container/|tether' stubredis

bench: $(VENV)/.dev ## measure the speed beside real servers
	@$(RUN) -m benchmarks.run $(ARGS)

plots: $(VENV)/.dev ## draw benchmarks/results.json, which `make bench ARGS="--json ..."` wrote, into docs/images
	@$(RUN) -m benchmarks.plots benchmarks/results.json docs/images

docs: $(TOOLS)/.installed ## build the documentation as a site into build/site, and check its links
	@NO_MKDOCS_2_WARNING=1 $(TOOLS)/python -m mkdocs build

image: $(VENV)/.dev ## build the container image with Buildah and Podman
	@$(RUN) -m tests.container.image

test-image: image ## run the tests of the image
	@$(RUN) -m pytest --numprocesses auto -m image tests/container $(ARGS)

packages: $(TOOLS)/.installed ## build sdist and wheel into dist/, and try them
	@$(TOOLS)/python .ci/packages.py

zipapp: $(TOOLS)/.installed ## build dist/stubredis.pyz, the server in one file
	@$(TOOLS)/python .ci/zipapp/build.py

lint-examples: $(TOOLS)/.installed ## check the Dockerfile and the examples
	@$(TOOLS)/python .ci/lint_examples.py

clean: ## remove everything that was installed or built
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/clients/node_modules \
		tests/applications/node/node_modules tests/applications/python/.venv-*
	find stubredis tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@$(or $(PYTHON),false) $(SUITS) || { echo "stubredis needs Python 3.11 or newer with venv and pip: found none" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.serve: $(VENV)/.created pyproject.toml
	@echo 'Installing the server into $(VENV) ...'
	@$(INSTALL) --editable '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/.created pyproject.toml
	@echo 'Installing the server and the development tools into $(VENV) ...'
	@$(INSTALL) --editable '.[all,dev]'
	@touch $@ $(VENV)/.serve

$(TOOLS)/.installed: .ci/requirements.txt
	@$(or $(PYTHON),false) $(SUITS) || { echo "stubredis needs Python 3.11 or newer with venv and pip: found none" >&2; exit 1; }
	@echo 'Installing the tools for packages and examples into build/tools ...'
	@$(PYTHON) -m venv build/tools
	@$(TOOLS)/python -m pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
	@touch $@
