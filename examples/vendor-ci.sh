#!/usr/bin/env bash
# What a runtime's own CI runs: holds a candidate against a baseline. It fetches or builds the command, installs what is
# named by its version, and calls `gate`. action.yml runs this script, too.
#
#   examples/vendor-ci.sh wazero@1.12.0 wazero@./wazero               a build of your own
#   examples/vendor-ci.sh wazero@1.12.0 wazero@1.13.0-dev=./wazero    a build that reports no version
#   examples/vendor-ci.sh wazero@1.11.0 wazero@1.12.0 fs/             two releases, the cases of fs/
#   examples/vendor-ci.sh committed wazero@./wazero --retries 5       the published results; any option of `gate`
#   examples/vendor-ci.sh wazero@1.12.0 wazero@./wazero --divergences ci/divergences    with expectations of your own
#
# Paths are those of the folder that you are in, which need not be a checkout. Results go to ./wasip1-matrix, or to $OUT.
# With STD_PARTS=6 the candidate also runs one of six parts of what the project publishes of Go's own standard library, and is
# held against that; with each $GITHUB_RUN_NUMBER it is another part.
# The command is built in $CARGO_TARGET_DIR, or in the checkout's target/. It is not built if the project's releases at
# $WASIP1_MATRIX_REPOSITORY have one that is attested to be of the commit $COMMIT. The result goes to stdout, and what the
# script is doing to stderr.
#
# Exit codes: 0 the candidate does all that the baseline does, 1 it does not, 2 the candidate could not be judged.
set -Eeuo pipefail

# Only the gate's own answer is 1.
trap 'exit 2' ERR

if [ $# -lt 2 ]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
baseline=$1 candidate=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
out=${OUT:-wasip1-matrix}
mkdir -p "$out"
target=${CARGO_TARGET_DIR:-$root/target}
case "$target" in /*) ;; *) target=$PWD/$target ;; esac
export CARGO_TARGET_DIR=$target

# The command of the release of these files. The attestation makes it as good as what is built from them.
fetch() {
    local version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
    echo "vendor-ci.sh: fetching the command, version $version" >&2
    "$root/install.sh" --version "$version" --commit "$COMMIT" --to "$target/released" >&2
}

# The development profile compiles sooner than a release, and what takes long in it is optimized (see Cargo.toml).
build() {
    echo "vendor-ci.sh: building the command in $target" >&2
    # In its own folder: a toolchain or settings of Cargo that the caller's folder asks for are not meant.
    (cd "$root" && cargo build --locked --package wasip1-matrix --bin wasip1-matrix) >&2
}

command=$target/debug/wasip1-matrix
if [ -n "${WASIP1_MATRIX_REPOSITORY:-}" ] && [[ ${COMMIT:-} =~ ^[0-9a-f]{40}$ ]] && fetch; then
    command=$target/released/wasip1-matrix
else
    build
fi
matrix() { "$command" --root "$root" "$@"; }

for column in "$baseline" "$candidate"; do
    # A file, and a build by its path, are there.
    [ ! -e "$column" ] || continue
    case "$column" in
    */* | *=*) ;;
    *@*)
        echo "vendor-ci.sh: installing ${column%%+*}" >&2
        matrix install "${column%%+*}" >&2
        ;;
    esac
done

echo "vendor-ci.sh: holding $candidate against $baseline" >&2
status=0
matrix gate --baseline "$baseline" --candidate "$candidate" \
    --results "$out/results.json" --json "$out/changes.json" --summary "$out/summary.md" "$@" || status=$?
[ "$status" -le 1 ] || exit 2

if [ -n "${STD_PARTS:-}" ]; then
    part=slice:$((${GITHUB_RUN_NUMBER:-0} % STD_PARTS + 1))/$STD_PARTS
    echo "vendor-ci.sh: running part $part of the tests of Go's own standard library under $candidate" >&2
    tests=0
    matrix test -short -timeout 2m --runtime "$candidate" --baseline committed --partition "$part" \
        --junit "$out/std.xml" || tests=$?
    [ "$tests" -le 1 ] || exit 2
    [ "$tests" -eq 0 ] || status=1
fi
exit "$status"
