# Each target is one line that says what it runs. Everything needs only Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
UV := 0.13.9

.PHONY: machines kills power-cuts steady bench-growth slow-clients phones wheel try-install screenshots axe lighthouse first-page bulk mutations faults run test check lint types demo bench bench-keeping install faces frontend lock clean

run: install  ## Build and start everything; the first start makes the organization Demo
	$(BIN)/python -m tools.run

test: install faces  ## Unit, contract and browser tests on a real PostgreSQL
	$(BIN)/python -m tools.browser
	$(BIN)/pytest -n 3 --dist loadgroup

check: install lint types test  ## What CI runs

lint:
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types:
	$(BIN)/mypy

demo: install  ## The main job over HTTP against a running or its own server
	$(BIN)/python -m tools.demo

mutations: install  ## One changed byte at 4,000 places of a sealed file and 1,000 of an archived one
	MUTATIONS=4000 $(BIN)/pytest -q -n 2 --timeout 3600 rubrica/sealing/tests/test_mutations.py

faults: install  ## Forty kills of a worker that seals, and the other faults
	FAULTS=40 $(BIN)/pytest -q -n 0 --timeout 3600 tests/faults

machines: install  ## Six machines in network namespaces, killed and cut off under load; needs root
	$(BIN)/python -m tools.trial machines --minutes $(or $(MINUTES),30)

kills: install  ## 200 times SIGKILL to web server, worker and database under load
	$(BIN)/python -m tools.trial kills --kills 200 --minutes $(or $(MINUTES),60)

power-cuts: install  ## 40 power cuts, then a disk that refuses each n-th write; needs root and /dev/fuse
	$(BIN)/python -m tools.trial power --cuts 40 --minutes $(or $(MINUTES),60)

steady: install  ## MINUTES=30 of whole signings while one mail or call in a hundred goes wrong
	$(BIN)/python -m tools.trial steady --minutes $(or $(MINUTES),30)

screenshots: install  ## Every page in its states, at two widths, in both themes and two languages
	$(BIN)/python -m tools.browser
	$(BIN)/python -m tools.tour screenshots

axe: install  ## axe-core on every page in its states, in both themes
	$(BIN)/python -m tools.browser
	$(BIN)/python -m tools.tour axe

lighthouse: install  ## The participant's page on a phone with a slow network
	$(BIN)/python -m tools.browser
	$(BIN)/python -m tools.tour lighthouse

bulk: install  ## Ten thousand rows checked and sent, with what they take
	BULK=10000 $(BIN)/pytest -q -s -n 0 --timeout 7200 rubrica/bulk/tests/test_many.py

first-page: install  ## How soon the first page of a long document is seen, on a phone and a desk
	$(BIN)/python -m tools.browser
	$(BIN)/python -m tools.tour first-page

bench: install  ## Figures of docs/performance.md
	$(BIN)/python -m bench

slow-clients: install  ## 1,000 slow heads and 1,000 slow bodies of slowhttptest, and what others notice of them
	$(BIN)/python -m bench slow

phones: install  ## 500 phones that send 5 MB at 50 kB/s each, and what others notice of them
	$(BIN)/python -m bench phones

bench-growth: install  ## Each hot call with 1,000, 100,000 and 1,000,000 processes in the database
	$(BIN)/python -m bench growth

bench-keeping: install  ## Backup and restore of 10 GB (BENCH_KEEPING_GB=1 for less), which take 30 GB of room
	$(BIN)/python -m bench keeping

install: .venv/.installed rubrica/static_root/.built

.venv/.installed: requirements.lock pyproject.toml
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip sync --quiet --system-certs --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --system-certs --no-deps --editable .
	touch $@

faces: .venv/.faces  ## Comparison of faces, 100 MB, which only those install who want it

.venv/.faces: requirements-faces.lock .venv/.installed
	$(BIN)/uv pip install --quiet --system-certs --require-hashes --no-deps -r requirements-faces.lock
	touch $@

FRONTEND := package.json package-lock.json tools/frontend.py
FRONTEND += $(shell find rubrica -path '*/frontend/*' -type f -o -path '*/static/console/*' -type f -o -name '*.po')

rubrica/static_root/.built: .venv/.installed $(FRONTEND)
	$(BIN)/python -m tools.frontend
	touch $@

wheel: install  ## dist/rubrica-….whl, with the front end in it
	rm -rf dist && $(BIN)/uv build --quiet --system-certs --wheel --out-dir dist .

try-install: wheel  ## deploy/install.sh in a fresh Debian in a folder; needs root and debootstrap
	$(BIN)/python -m tools.try_install

lock:  ## Resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
	sed -n '/^faces = \[/,/^\]/s/^ *"\(.*\)",/\1/p' pyproject.toml | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header -c requirements.lock - -o requirements-faces.lock

clean:
	rm -rf .venv node_modules rubrica/static/build rubrica/static_root
