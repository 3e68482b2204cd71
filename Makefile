# The few entry points; CI calls only these.

MATRIX = cargo run --quiet --package wasip1-matrix --

PAGE = $(CURDIR)/target/page

.PHONY: test test-page runtimes runtimes-all report bench mutants traced explained guests doctor lint lint-workflows junit-schema check

## the whole matrix, one trial a cell, and the project's own tests
test:
	cargo test

## the pages in a real browser, and their HTML checked; what that needs is fetched into target/page
test-page:
	reports/browser/install.sh $(PAGE)
	WASIP1_MATRIX_PAGE=$(PAGE)/made cargo test --package wasip1-matrix --test report stays_light
	$(PAGE)/playwright/bin/python reports/browser/pages.py $(PAGE)

## the pinned versions of every runtime, side by side in the store; what is there already stays
runtimes:
	$(MATRIX) install

## those too that take minutes of compiling
runtimes-all:
	$(MATRIX) install --all

## reports/out/index.html and results.json, from a run of every cell; with SINCE=reports/results.json.gz only of those
## that something has changed for since that file
report:
	$(MATRIX) report $(if $(SINCE),--changed-since $(SINCE))

## what the harness costs, beside the bare runtimes, in one run
bench:
	$(MATRIX) bench

## does a case notice, whatever of a runtime is broken? one host, broken in one way after another
mutants:
	$(MATRIX) mutants

## does a trace change what it traces? every cell traced and untraced
traced:
	$(MATRIX) trace --cells /

## which host call makes each red or known cell of the newest records so; the next report shows it
explained:
	$(MATRIX) explain --all

guests:
	$(MATRIX) guests

## every runtime: found where, version, sha256, or how to get it
doctor:
	$(MATRIX) doctor --build

WORKSPACES = Cargo.toml runtimes/wasmer-embedded/Cargo.toml

lint:
	for manifest in $(WORKSPACES); do cargo fmt --all --check --manifest-path $$manifest || exit 1; done
	cargo clippy --all-targets -- -D warnings
	cargo clippy --profile host --package wasmtime-embedded --package wasmi-embedded -- -D warnings
	cargo clippy --profile host --manifest-path runtimes/wasmer-embedded/Cargo.toml --target-dir target -- -D warnings
	test -z "$$(gofmt -l go-guests reports)" || { gofmt -d go-guests reports; exit 1; }
	$(MATRIX) index --into cases/README.md --check
	$(MATRIX) list --functions > /dev/null
	cd go-guests && go vet ./... && GOOS=wasip1 GOARCH=wasm go vet ./...
	cd reports/guest-sources && go vet ./...

## all that must be clean before a change lands
check: lint test

## the workflows and the action, by a linter made for them; fetched for it and not kept
lint-workflows:
	bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT && \
	GOBIN=$$bin GOFLAGS=-trimpath go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 && $$bin/actionlint -color=false

## JUnit XML of every kind of result, by the schema that Jenkins' xUnit plugin refuses documents with
junit-schema:
	sh harness/tests/support/junit-schema.sh
