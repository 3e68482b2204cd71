# The entry points for people and for CI.

MATRIX = cargo run --locked --quiet --package wasip1-matrix --

PAGE = $(CURDIR)/target/page

.PHONY: test test-page programs std modules runtimes runtimes-all report summary advisories bench mutants generate traced explained guests doctor outdated lint lint-workflows check-targets junit-schema check

## run the whole matrix, one test a cell, and the project's own tests
test:
	cargo test --locked

## test the pages in a real browser and check their HTML; fetches the browser and the checkers into target/page
test-page:
	reports/browser/install.sh $(PAGE)
	WASIP1_MATRIX_PAGE=$(PAGE)/made cargo test --locked --package wasip1-matrix --test suite stays_light
	$(PAGE)/playwright/bin/python reports/browser/pages.py $(PAGE)

## compare ten programs of other people under every installed runtime, and hold the answers against what is on record;
## with UPDATE_GOLDEN=1, also write what was observed, which predictions are held against
programs:
	cargo test --locked --test suite -- --ignored programs_of_other_people

## run the tests of Go's own standard library under these columns and natively, and add the results to reports/std; what
## nothing has changed for is not run again; with PACKAGES="os io/fs", only these
STD = wazero,wasmtime,wasmtime-python,wazero-embedded,wasmtime-embedded,wasmi-embedded,wasmedge@0.17.1+aot,node,deno,bun,jco
std:
	$(MATRIX) test -short -timeout 2m --runtime $(STD) --save reports/std $(or $(PACKAGES),std)

## run the tests of well-known modules in the same way, and add the results to reports/modules; the modules are fetched into
## a folder of their own, because some tests write beside their sources; with PACKAGES="github.com/google/uuid", only these;
## with COLUMNS=wasmedge, in other columns
modules:
	cd examples/modules && export GOMODCACHE=$(CURDIR)/target/modules && GOFLAGS=-modcacherw go mod download && \
	$(MATRIX) test -short -timeout 2m --runtime $(or $(COLUMNS),$(STD)) --save $(CURDIR)/reports/modules $(or $(PACKAGES),$$(cat packages))

## install the pinned versions of every runtime, side by side in the store; installed ones stay
runtimes:
	$(MATRIX) install

## also install those that take minutes to compile
runtimes-all:
	$(MATRIX) install --all

## run every cell and write reports/out/index.html and results.json; with SINCE=reports/results, run only the
## cells that something has changed for since that file
report:
	$(MATRIX) report $(if $(SINCE),--changed-since $(SINCE))

## update what is made from the committed results: the extract that predictions rest on, and the matrices in README.md
## and reports/MATRIX.md; README.md's own mark says which runtimes it shows
summary:
	$(MATRIX) extract
	$(MATRIX) summary --into README.md --into reports/MATRIX.md

## run the case of each published advisory in an affected and in a mended version, and keep what was seen for the page
advisories:
	$(MATRIX) advisories --json reports/advisories.json

## measure what the harness adds to the time of the bare runtimes
bench:
	$(MATRIX) bench

## break a host in one way after another, and name each fault that no case notices
mutants:
	$(MATRIX) mutants

## search every installed runtime for what no case has, for MINUTES (10), and go on from what target/generate keeps of SEED
generate:
	$(MATRIX) generate --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1) --save target/generate/$(or $(SEED),1)

## run every cell traced, count the host calls, and name the cells whose outcome the trace changes
traced:
	$(MATRIX) trace --cells /

## find the host call that explains each red or known cell of the newest records; the next report shows it
explained:
	$(MATRIX) explain --all

## build the guests and list them
guests:
	$(MATRIX) guests

## list every runtime: where it is, its version and sha256, or how to get it
doctor:
	$(MATRIX) doctor --build

## ask the package managers for newer versions than the pinned ones; fails if there are any
outdated:
	$(MATRIX) outdated

WORKSPACES = Cargo.toml runtimes/wasmer-embedded/Cargo.toml

## check the format, the lints, the Go guests and the generated index
lint:
	for manifest in $(WORKSPACES); do cargo fmt --all --check --manifest-path $$manifest || exit 1; done
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --profile host --package wasmtime-embedded --package wasmi-embedded -- -D warnings
	cargo clippy --locked --profile host --manifest-path runtimes/wasmer-embedded/Cargo.toml --target-dir target -- -D warnings
	test -z "$$(gofmt -l go-guests reports)" || { gofmt -d go-guests reports; exit 1; }
	$(MATRIX) index --into cases/README.md --check
	$(MATRIX) list --functions > /dev/null
	cd go-guests && go vet ./... && GOOS=wasip1 GOARCH=wasm go vet ./...
	cd reports/guest-sources && go vet ./...

## run all that must succeed before a change lands
check: lint test

## check the workflows, also those to copy, with actionlint, and their scripts with ShellCheck; both are fetched and not kept
lint-workflows:
	bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT && \
	GOBIN=$$bin GOFLAGS=-trimpath go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 && \
	python3 -m pip install -qq --no-deps --require-hashes --target $$bin/pip --requirement .github/shellcheck.txt && \
	$$bin/actionlint -color=false -shellcheck=$$bin/pip/bin/shellcheck .github/workflows/*.yml examples/workflows/*.yml && \
	$$bin/pip/bin/shellcheck .ci/run .github/*.sh examples/*.sh install.sh

TARGETS = aarch64-unknown-linux-gnu aarch64-apple-darwin x86_64-pc-windows-msvc

## check that the command compiles for other systems; fails if it does not, or if a system's standard library is missing
check-targets:
	@sysroot=$$($${RUSTC:-rustc} --print sysroot); missing=; \
	for target in $(TARGETS); do \
		if test -d "$$sysroot/lib/rustlib/$$target/lib"; \
		then echo "$$target"; cargo check --locked --package wasip1-matrix --target $$target || exit 1; \
		else missing="$$missing $$target"; fi; \
	done; \
	test -z "$$missing" || { echo "not checked:$$missing; \`rustup target add$$missing\` brings what is missing"; exit 1; }

## check the JUnit XML of every kind of result against the schema of Jenkins' xUnit plugin
junit-schema:
	sh harness/cli/tests/support/junit-schema.sh
