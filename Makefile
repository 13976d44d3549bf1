# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WHEEL := $(VENV)/.cpm-installed
RUST_SOURCES := $(shell find cpm-core/src cpm-core/data cpm-py/src cpm-py/python -type f) Cargo.toml Cargo.lock \
	cpm-core/Cargo.toml cpm-py/Cargo.toml cpm-py/pyproject.toml

.PHONY: demo test test-rust test-fuzz test-search test-python test-report fuzz lint bench bench-peers package clean

## The main job on the CDNOW log that ships with the project: report and tables in demo/.
demo:
	cargo run --release --quiet -p cpm-examples --example portfolio

## All tests of both languages, doc examples included.
test: test-rust test-fuzz test-python test-report

# With cpm-py in the selection, which has no tests in Rust, the build of the wheel serves the tests too.
test-rust:
	PROPTEST_RNG_SEED=1 cargo test --release -p cpm-core -p cpm-py --all-features

## Property tests on fresh random cases, many of them: what finds new failures, while `make test` tells of old ones.
test-search:
	PROPTEST_CASES=1000 cargo test --release -p cpm-core --all-features --lib --tests

## Each fuzz target for some seconds: any bytes as CSV, Parquet and saved state.
FUZZ_SECONDS ?= 30
FUZZ_TARGETS ?= csv parquet saved_state
fuzz:
	cd fuzz && for target in $(FUZZ_TARGETS); do \
		mkdir -p corpus/$$target && cargo run --release --bin $$target -- corpus/$$target seeds/$$target \
		-max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 || exit 1; done

# Their build takes less than three minutes of processor time; with dependencies optimised it took seven.
test-fuzz:
	$(MAKE) fuzz FUZZ_SECONDS=10

test-python: $(WHEEL)
	$(BIN)/python -m pytest -q cpm-py/tests

## The report in headless Chromium; without a browser this part says so and is left out.
test-report: demo
	$(PYTHON) cpm-core/tests/browser/check_report.py demo/report.html
	$(PYTHON) cpm-core/tests/browser/check_report.py --not-sortable demo/change.html

$(WHEEL): $(RUST_SOURCES)
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet './cpm-py[test]'
	touch $@

## Formatting, lints and types; warnings are errors.
lint: $(WHEEL)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	cargo clippy -p cpm-core -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc -p cpm-core --no-deps --all-features
	$(BIN)/ruff check cpm-py
	$(BIN)/ruff format --check cpm-py
	$(BIN)/mypy --strict --config-file cpm-py/pyproject.toml cpm-py/python/cpm
	$(BIN)/python -m mypy.stubtest cpm._core

bench:
	cargo bench

## cpm beside other tools, in one run; installs them into the environment of the tests.
bench-peers: $(WHEEL)
	$(BIN)/python -m pip install --quiet polars duckdb pyarrow lifelines scikit-learn
	$(BIN)/python benches/peers/log_to_summary.py
	$(BIN)/python benches/peers/rfm_summary.py
	$(BIN)/python benches/peers/clv.py
	$(BIN)/python benches/peers/survival.py
	$(BIN)/python benches/peers/segmentation.py
	$(BIN)/python benches/peers/churn.py

## The published packages do what the README says: the crate in a scratch crate, the wheel in an empty environment.
package:
	$(PYTHON) .ci/check_packages.py

clean:
	cargo clean
	rm -rf $(VENV) demo
