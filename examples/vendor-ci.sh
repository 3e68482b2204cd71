#!/usr/bin/env bash
# What a runtime's own CI runs. One release is the baseline; another version or a build is the candidate.
#
#   examples/vendor-ci.sh                     the candidate is the release pinned below
#   examples/vendor-ci.sh path/to/executable  the candidate is a build of your own, which is not installed
#
#   BASELINE=wazero@1.11.0 CANDIDATE=wazero@1.12.0 WORDS="fs/" OUT=gate examples/vendor-ci.sh
#
# Exit codes: 0 the candidate does all that the baseline does; 1 something is newly broken, or red; 2 the candidate could
# not be judged, because a word, a version or a file does not exist.
set -euo pipefail
cd "$(dirname "$0")/.."

BASELINE=${BASELINE:-wazero@1.5.0}
CANDIDATE=${CANDIDATE:-wazero@1.9.0}
WORDS=${WORDS:-}
OUT=${OUT:-target/vendor-ci}
runtime=${BASELINE%@*}

matrix() { cargo run --quiet --package wasip1-matrix -- "$@"; }

# Runs one column into a results file. Status 1 means that cells are red, which the comparison shows; 2 means that nothing
# was judged.
judge() {
    local status=0
    # WORDS may be several words, so they are not quoted.
    # shellcheck disable=SC2086
    matrix run $WORDS --runtime "$1" --retries 2 --records "$OUT/$2" --json "$OUT/$2.json" > "$OUT/$2.log" || status=$?
    tail -n 1 "$OUT/$2.log" >&2
    [ "$status" -le 1 ] || exit 2
    return "$status"
}

mkdir -p "$OUT"
matrix install "$BASELINE"
if [ $# -gt 0 ]; then
    [ -x "$1" ] || { echo "$1: no executable" >&2; exit 2; }
    # A build stands for the version that it will replace or become, whatever version it reports.
    column="$CANDIDATE+local"
    CANDIDATE="$runtime@${CANDIDATE#*@}=$(realpath "$1")"
else
    column=$CANDIDATE
    matrix install "$CANDIDATE"
fi

red=0
judge "$BASELINE" baseline || true
judge "$CANDIDATE" candidate || red=1
status=0
matrix diff "$OUT/baseline.json" "$OUT/candidate.json" --old-column "$BASELINE" --new-column "$column" \
    --format markdown | tee "$OUT/diff.md" || status=${PIPESTATUS[0]}
[ "$status" -le 1 ] || exit 2
[ "$red" -eq 0 ] || echo "red cells of the candidate: $OUT/candidate.log" >&2
[ "$status" -eq 0 ] && [ "$red" -eq 0 ] || exit 1
