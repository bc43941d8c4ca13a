# The commands of this repository. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test bench soak kms fuzz fmt lint demo-media deps

# rustup's programs are often not on the path of a shell that nobody logged in to.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# Arguments for the program: make run ARGS="--operator http://192.168.1.10"
ARGS ?=
# Which rows `make bench` measures: words of their names; all without one.
ROWS ?=
# How many steps `make soak` takes.
ZAPS ?= 2000
# How many random cases each property test tries in `make fuzz` (256 in `make test`).
CASES ?= 20000
# How long each fuzz target runs in `make fuzz`, in seconds.
SECONDS_EACH ?= 60

help: ## this list
	@echo "金色学堂 · jinse-xuetang"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## install what is missing, build, start (on a machine without a screen: take pictures of every page)
	@packaging/install-deps build run
	@cargo build --release --locked
	@packaging/run $(ARGS)

test: ## everything that must hold: form, lints, licences, all tests
	@packaging/install-deps build run test
	@packaging/test

bench: ## the budgets of docs/performance.md, measured beside mpv on this machine (ROWS="zap home")
	@packaging/install-deps build run test bench
	@cargo bench --locked --bench budgets -- $(ROWS)

soak: ## 2,000 zaps with a server that goes wrong now and then, half an hour (ZAPS=2000)
	@packaging/install-deps build run test
	@SOAK_ZAPS=$(ZAPS) cargo test --release --locked --test soak -- --ignored --nocapture

kms: ## start on the graphics card of a virtual machine, without a desktop, press keys, show pictures (SCREEN=1280x720)
	@packaging/install-deps build run kms
	@cargo build --release --locked
	@packaging/kms/try

fuzz: ## fuzz targets of lineups, guides, catch-up, catalogues, feeds, search, transport streams and DVB subtitles, then many more random cases in the property tests (SECONDS_EACH=60 CASES=20000)
	@packaging/install-deps build
	@fuzz/run $(SECONDS_EACH)
	@PROPTEST_CASES=$(CASES) cargo test --workspace --lib --locked

fmt: ## bring the code into form
	@cargo fmt --all

lint: ## clippy, with warnings as errors
	@cargo clippy --workspace --all-targets --locked -- -D warnings

demo-media: ## make the demo operator's lessons, posters and logos again from their sources
	@packaging/install-deps media
	@/usr/bin/python3 assets/demo/make/build.py

deps: ## install what building, running and testing need
	@packaging/install-deps build run test
