# make lab · test · lint · refresh · lesson · bench · confirm · mutants · html · film · grids, and for teachers
# student · solutions · grade · slides. The first one sets everything up.
PYTHON ?= python3
TORCH_INDEX ?=
LAB_ARGS ?=
NB ?= *
NAME ?=
TABLES ?=
FILES ?=
SEEDS ?=
TO ?=
FOLDER ?=
HANDOUT_ARGS ?=
GRADE_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OMP_NUM_THREADS ?= 1

.PHONY: lab test lint unit nbval refresh lesson bench confirm mutants html film grids student solutions grade slides clean

lab: $(READY)
	@$(BIN)/jupyter trust notebooks/*.ipynb >/dev/null  # or a panel that was saved would not come back
	@$(BIN)/python docs/originals.py  # so that a lesson can be brought back
	$(BIN)/jupyter lab notebooks/00_start_here.ipynb $(LAB_ARGS)

# The stamp holds the set-up: nothing is installed again until a requirement changes.
$(READY): pyproject.toml constraints.txt docs/overrides.json docs/jupyter_server_config.json
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name yours: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); the lessons need Python 3.11 or newer. Install one and name it: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module. On Debian or Ubuntu: sudo apt install python3-venv. Then run make again."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install --quiet --index-url $(TORCH_INDEX) -c constraints.txt --no-deps torch)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@mkdir -p $(VENV)/share/jupyter/lab/settings $(VENV)/share/jupyter/labextensions $(VENV)/etc/jupyter
	@cp docs/overrides.json $(VENV)/share/jupyter/lab/settings/  # panels and the times of cells are kept in the notebook, and no news is asked for
	@cp docs/jupyter_server_config.json $(VENV)/etc/jupyter/  # the files that mirror the lessons are not listed
	@ln -sfn $(CURDIR)/qlib/show/lab/qlib-lessons $(VENV)/share/jupyter/labextensions/  # -e leaves it out of the wheel
	@echo "Compiling the fast update, once."
	@$(BIN)/python -c "import qlib; s = qlib.RECOMMENDED; list(qlib.train(qlib.QAgent(s), steps=520)); qlib.compare({'a': s}, 1, 520)"
	@$(BIN)/python -c "import qlib, qlib.lessons.from_images.measured as m; list(qlib.train(qlib.QAgent(m.BOUNCE), steps=150))"
	@touch $(READY)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

unit: $(READY)
	$(BIN)/python -m pytest tests -n 3 --dist loadscope --no-loadscope-reorder  # one of the three waits for a browser

# Every notebook, every cell, outputs compared. Live cells show their final picture only.
nbval: $(READY)
	QLIB_STILL=1 $(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=240 \
	  --nbval-sanitize-with tests/nbval_sanitize.cfg -n 2 --dist loadfile notebooks/$(NB).ipynb

test: lint unit nbval

# From the .py to the .ipynb: copy the text, run it, keep the outputs.
refresh: $(READY)
	$(BIN)/python tests/refresh.py notebooks/$(NB).py

# `make lesson NAME=15_my_topic` lays out an empty lesson; CONTRIBUTING.md says how to go on.
lesson: $(READY)
	$(BIN)/python docs/new_lesson.py "$(NAME)"

# Peers to compare with come first: Stable-Baselines3 and JAX; and Box2D for the lander. `make bench TABLES="updates memory"` prints a part.
bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	$(BIN)/python -m benchmarks $(if $(TABLES),--tables $(TABLES))

# Every recorded claim again, on seeds that nobody chose from: `make confirm SEEDS=7000:7032 FILES=catastrophe`.
confirm: $(READY)
	$(BIN)/python tests/confirm.py $(if $(SEEDS),--seeds $(SEEDS)) $(FILES)

# Break the core on purpose, a line at a time, and see the tests go red. `make mutants FILES=memory` breaks one file.
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[mutants]"
	$(BIN)/python tests/mutants.py $(FILES)

# Every lesson as a static page, to be read without Jupyter and without a network.
html: $(READY)
	$(BIN)/python docs/pages.py --to build/html

# The README's moving picture: an agent trains, and moments of its training are played. It needs Chromium.
film: $(READY)
	$(BIN)/python docs/film.py

# What the playgrounds show in those pages: minutes each. `make grids NB=10_*` records one lesson's.
grids: $(READY)
	$(BIN)/python docs/grids.py notebooks/$(NB).ipynb

# The lessons for a class, without solutions, answers and outputs, and what runs them:
# `make student NB="0[0-2]_*" TO=~/handout HANDOUT_ARGS=--without-hints`.
student: $(READY)
	$(BIN)/python docs/handout.py student --to "$(or $(TO),build/student)" --lessons "$(NB)" $(HANDOUT_ARGS)

# The same with every exercise solved, and in `nbgrader/` the source of a course for nbgrader.
solutions: $(READY)
	$(BIN)/python docs/handout.py solutions --to "$(or $(TO),build/solutions)" --lessons "$(NB)"

# What a class handed in, FOLDER/<student>/NN_name.ipynb, as one table: `make grade FOLDER=~/handed_in`.
grade: $(READY)
	@test -n "$(FOLDER)" || { echo "Say where the class is: make grade FOLDER=~/handed_in, which holds a folder for each student."; exit 1; }
	$(BIN)/python docs/grade.py "$(FOLDER)" --to "$(or $(TO),build/grades)" $(GRADE_ARGS)

# A lesson's main road to talk along: `make slides NB=04_*`.
slides: $(READY)
	$(BIN)/python docs/slides.py notebooks/$(NB).ipynb

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
