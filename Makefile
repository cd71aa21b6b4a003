# The few words that people need. `make` alone lists them; PYTHON=python3.12 chooses the interpreter.

PYTHON ?= python3
VENV   ?= .venv
DATA   ?= ../shared/data
JOBS   ?= auto

BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
ROOMS   := core language operations

# A file's tests stay together, so that what they share is made once. Each of JOBS has a core: more threads would only
# wait for each other. Coverage is counted in the rooms that are held to it alone, since counting costs time.
PYTEST  := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile

.PHONY: help demo test slow lint bench docs clean

help:
	@echo "make demo   edit real photos by an English and a Chinese sentence; results in ./demo/"
	@echo "make test   run all tests; coverage of $(ROOMS) must be 90 % or more each"
	@echo "make slow   run the tests that take longer, which 'make test' leaves out"
	@echo "make lint   ruff, ruff format, mypy, import-linter"
	@echo "make bench  measure; DATA=DIR says where the data is ($(DATA))"
	@echo "make docs   rewrite what is generated: docs/cli.md, the tables in README, docs/gallery/"
	@echo "make clean  remove the virtual environment and what was made"

demo: $(VENV)/.demo
	@$(BIN)/python examples/demo.py demo
	@echo "Your turn: $(BIN)/diptych edit YOUR_PHOTO.jpg \"make it warmer\""

test: $(VENV)/.dev
	$(PYTEST) $(ROOMS:%=--cov=diptych.%) --cov-report=
	@for room in $(ROOMS); do \
		$(BIN)/python -m coverage report --include="src/diptych/$$room/*" --skip-covered --fail-under=90 || exit 1; \
	done

slow: $(VENV)/.dev
	$(PYTEST) -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	@for script in understanding speed matting seeing stickerbook superres denoising removal cascade sampling latent_editing large serving; do \
		echo "== $$script"; $(BIN)/python benchmarks/$$script.py --data $(DATA) || exit 1; \
	done

docs: $(VENV)/.dev
	$(BIN)/python docs/build.py
	$(BIN)/python docs/gallery.py
	$(BIN)/python docs/drawings.py

clean:
	rm -rf $(VENV) demo .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Each stamp says that its extra is installed; touching pyproject.toml or constraints.txt renews it.
$(VENV)/.demo: $(VENV)/.venv pyproject.toml constraints.txt
	@echo "Installing Diptych into $(VENV) (about a minute the first time) ..."
	@$(INSTALL) --no-build-isolation --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.venv pyproject.toml constraints.txt
	@echo "Installing Diptych and its development tools into $(VENV) (about a minute the first time) ..."
	@$(INSTALL) --no-build-isolation --editable '.[dev]'
	@touch $@

# What others' methods need to be measured beside ours; bm3d among it is for non-commercial use only.
$(VENV)/.bench: $(VENV)/.dev
	@$(INSTALL) --no-build-isolation --editable '.[bench]'
	@touch $@

# hatchling is installed beforehand, so that the builder is pinned like everything else.
$(VENV)/.venv: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "Diptych needs Python 3.10 or later; say PYTHON=python3.12 (or the like) to choose one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(INSTALL) hatchling editables
	@touch $@
