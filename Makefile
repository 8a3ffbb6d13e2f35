# make book | lab | serve | zip | print | links | notebooks | test | quick | mutants | clean. Needs make and Python 3.11, 3.12, 3.13 or 3.14; everything else goes to .venv.
#   CLEAN=1                  make book executes every page anew, not only those that a change can reach
#   PYTHON=python3.12        another interpreter (the newest of 3.11 to 3.14 that runs, by default)
#   TORCH=cpu                the CPU build of torch, from PyTorch's own index, where the default build brings
#                            gigabytes of CUDA
#   ROOM=chaos/models        make mutants takes this room alone; it goes on where it was broken off
#   PORT=8000, WORKERS=2     port of make serve, processes of the tests
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
TORCH ?=
ROOM ?=
PORT ?= 8000
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	$(if $(filter cpu,$(TORCH)),--extra-index-url https://download.pytorch.org/whl/cpu)
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --quiet

.PHONY: book lab serve zip print links notebooks test quick mutants lint types clean
.DELETE_ON_ERROR:

book: $(VENV)/.book
	rm -rf $(if $(CLEAN),_build,_build/html _build/.doctrees _build/jupyter_execute)
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo 'The book is built: open _build/html/book/index.html in a browser.'

serve: _build/html/book/index.html
	@echo 'The book is at http://localhost:$(PORT)/book/index.html until you press Ctrl-C.'
	$(BIN)/python -m http.server $(PORT) --bind localhost --directory _build/html

_build/html/book/index.html:
	$(MAKE) book

# The pages as live notebooks: a slider computes when it is moved, and its stops can be changed.
lab: $(VENV)/.lab
	$(BIN)/jupyter lab notebooks/index.ipynb

# One file that opens in a room without a network: unpack it, then open index.html.
zip: _build/html/book/index.html
	$(BIN)/python book/_ext/packed.py _build/html _build/what-a-learning-rate-does.zip

# All pages one after the other, to be printed or kept as a PDF: a browser's print dialog does both.
print: _build/html/book/index.html
	$(BIN)/python book/_ext/one_page.py _build/html _build/print/book.html

# Asks every address outside the book whether it is still there; needs a network.
links: $(VENV)/.book
	$(BIN)/jupyter-book build . --builder linkcheck

# After a change of a page or of the address in _config.yml.
notebooks: $(VENV)/.book
	$(BIN)/python book/_ext/paired_notebooks.py

# The tests that read the built book come last, after the book.
test: $(VENV)/.test lint types
	$(PYTEST) -m 'not slow and not book and not browser' --numprocesses=$(WORKERS)
	$(PYTEST) -m 'slow and not book and not browser' --numprocesses=$(WORKERS)
	$(MAKE) book
	$(PYTEST) -m 'book or browser' --numprocesses=$(WORKERS)

quick: $(VENV)/.test
	$(PYTEST) -m 'not slow and not book and not browser' --numprocesses=$(WORKERS)

# Not in the gate: which one-token changes of the package do the tests of their room not notice?
mutants: $(VENV)/.mutants
	OMP_NUM_THREADS=1 $(BIN)/python tests/mutants/sample.py $(ROOM)

lint: $(VENV)/.test
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

$(VENV)/.book: $(VENV)/.made
	$(PIP) --editable '.[book]'
	touch $@

$(VENV)/.lab: $(VENV)/.book
	$(PIP) --editable '.[book,lab]'
	touch $@

$(VENV)/.test: $(VENV)/.book
	$(PIP) --editable '.[book,test,course,lab,cluster]'
	touch $@

$(VENV)/.mutants: $(VENV)/.test
	$(PIP) --editable '.[book,test,course,lab,cluster,mutants]'
	touch $@

$(VENV)/.made: pyproject.toml constraints.txt
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { echo 'No Python 3.11 to 3.14 found; name one: make PYTHON=/path/to/python3.14'; exit 1; }
	@echo 'Making $(VENV) with $(PYTHON): a few minutes, 1 to 5 GB by platform.'
	$(PYTHON) -m venv $(VENV)
	touch $@

clean:
	rm -rf _build
