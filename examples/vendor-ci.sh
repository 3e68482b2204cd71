#!/usr/bin/env bash
# What a runtime's own CI runs: a candidate is held against a release.
#
#   examples/vendor-ci.sh wazero@1.12.0 wazero@./wazero               a build of your own
#   examples/vendor-ci.sh wazero@1.12.0 wazero@1.13.0-dev=./wazero    a build that reports no version
#   examples/vendor-ci.sh wazero@1.11.0 wazero@1.12.0 fs/             two releases, the cases of fs/
#
# Paths are those of the folder that you are in. Results go to ./wasip1-matrix, or to $OUT.
# Exit codes: 0 the candidate does all that the baseline does; 1 it does not; 2 the candidate could not be judged, because
# a word, a version or a file does not exist.
set -euo pipefail

if [ $# -lt 2 ]; then
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
baseline=$1 candidate=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
out=${OUT:-wasip1-matrix}
mkdir -p "$out"

cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --package wasip1-matrix
matrix() { "$root/target/debug/wasip1-matrix" --root "$root" "$@"; }

# What is named by its version is installed; what is named by its path is there.
for column in "$baseline" "$candidate"; do
    case "$column" in
        */*) ;;
        *@*) matrix install "${column%%+*}" || exit 2 ;;
    esac
done
matrix gate --baseline "$baseline" --candidate "$candidate" \
    --results "$out/results.json" --json "$out/changes.json" --summary "$out/summary.md" -- "$@"
