# make demo   the main job on the example service, for real
# make test   the whole test suite
# make lint   formatters, linters, types, layers, workflows
# make oracle the heap profiler's engine against the dhat crate
# make bench  every figure the docs quote
# make field  real crates' own tests, plain and under leakgate
# make quality  the leak zoo: what is detected, named and explained, and false alarms; quality-quick: a part of it
# All of them set up what they need, in .uv and .venv, from locked and hashed packages.

PYTHON ?= python3
UV := .uv/bin/uv
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
# An active environment, or one's own uv settings, are not this project's.
unexport VIRTUAL_ENV UV_PYTHON UV_SYSTEM_PYTHON UV_EXCLUDE_NEWER PYTHONPATH PYTHONHOME

CARGO_PROJECTS := examples/s3-server tests/harness tests/harness_runner tests/zoo/oddities tests/zoo/leaks
HARNESS := src/leakgate/profilers/harness
.PHONY: demo test lint oracle bench field quality quality-quick recorded schemas clean
.DELETE_ON_ERROR:

demo: .venv/ready
	$(BIN)/leakgate demo

test: .venv/ready
	$(BIN)/python -m pytest -m "not ci"

lint: .venv/ready
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --no-progress .
	for project in $(CARGO_PROJECTS); do \
	  (cd $$project && cargo fmt --all --check && \
	   RUSTC_BOOTSTRAP=1 cargo clippy --locked --quiet --all-targets --all-features -- -D warnings) || exit 1; \
	done
	for project in shop press programs zoo; do (cd tests/e2e/projects/$$project && cargo fmt --all --check) || exit 1; done
	cd $(HARNESS) && cargo fmt --check && rustfmt --check --edition 2018 wrapper.rs libtest.rs
	for kind in runner program; do \
	  (cd $(HARNESS) && RUSTC_BOOTSTRAP=1 RUSTFLAGS="--cfg leakgate_$$kind" \
	   CARGO_TARGET_DIR=../../../../.cache/harness cargo clippy --quiet -- -D warnings) || exit 1; \
	done

# The harness's engine, held against the dhat crate count by count; part of .ci/run.
oracle:
	cd tests/harness && timeout 900 cargo test --locked --quiet

bench: .venv/ready
	for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

# Crates from the registry, their own tests plain and under leakgate: an hour. FIELD="--only bytes" for one of them.
field: .venv/ready
	cd benchmarks && ../$(BIN)/python -m field $(FIELD)

# The zoo of leaks: docs/quality.md. An hour, most of it repeats of what has not grown. QUALITY="--only lines-above"
# for one case. The heads are compiled here; `make lint` sees the bases.
quality: .venv/ready
	cd benchmarks && ../$(BIN)/python -m quality $(QUALITY)

# A fixed part of it, held against the committed figures; part of .ci/run.
quality-quick: .venv/ready
	cd benchmarks && ../$(BIN)/python -m quality --quick --floor ../docs/quality.json

recorded: .venv/ready
	$(BIN)/python tests/recording.py --record

schemas: .venv/ready
	$(BIN)/python -m leakgate.schemas.generate

clean:
	rm -rf .uv .venv target

$(UV): requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "leakgate needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt

.venv/ready: $(UV) uv.lock pyproject.toml
	$(UV) sync --quiet --locked --python .uv/bin/python
	@touch $@
