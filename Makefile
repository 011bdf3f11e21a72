# The commands of this house; `make` alone lists them. Settings: make run ARGS='--listen 127.0.0.1:9000'
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run test check bench bench-large clean-demo assets release need-build need-test

TARGET := $(or $(CARGO_TARGET_DIR),target)
PROGRAM := $(TARGET)/release/doithoai
BROWSER := crates/doithoai/tests/browser
ARGS ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: release ## build, load the demo city into ./data on the first start, serve, print addresses and log-ins
	@echo '· starting the city (Ctrl+C stops it)' >&2
	@exec $(PROGRAM) serve --demo $(ARGS)

test: need-test assets $(BROWSER)/node_modules/.package-lock.json ## install what the tests need, run all of them on both engines
	@scripts/test.sh

check: need-build assets ## format, lints, shell scripts
	@echo '· formatting' >&2
	@cargo fmt --all --check
	@echo '· lints' >&2
	@cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	@if command -v shellcheck >/dev/null; then echo '· shell scripts' >&2; shellcheck --external-sources scripts/*.sh .ci/run; fi

bench: release need-test ## measure speed and size against the ceilings of this machine
	@scripts/bench.sh

bench-large: release need-test ## the long forms: 10 million cases, 200 kills, fuzzing by the minute
	@scripts/bench.sh large

clean-demo: ## delete ./data, the folder that `make run` made
	@echo '· deleting ./data' >&2
	@rm -rf data

release: need-build assets
	@echo '· building the program (minutes the first time, nothing when it is built)' >&2
	@cargo build --locked --release --package doithoai

need-build:
	@scripts/need.sh build

need-test:
	@scripts/need.sh test

# Third-party files of the pages: fetched when the lock has changed, else left alone.
assets: crates/web/assets/vendor/.lock
crates/web/assets/vendor/.lock: crates/web/package-lock.json crates/web/assets/vendor.sh | need-build
	@echo '· fetching the third-party files of the pages' >&2
	@sh crates/web/assets/vendor.sh </dev/null
	@touch $@

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json | need-test
	@echo '· fetching what drives the browser' >&2
	@npm --prefix $(BROWSER) ci --no-audit --no-fund --loglevel=error </dev/null
	@touch $@
