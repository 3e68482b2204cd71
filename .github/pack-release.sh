#!/usr/bin/env bash
# Tries a command that was built as a release, and packs it.
#
#   .github/pack-release.sh target/release/wasip1-matrix wasip1-matrix-x86_64-unknown-linux-gnu out
#
# Writes out/NAME.tar.gz. It is tried as a user has it: alone, in an empty folder, with an empty home. The files that it
# lays out there must be those of this checkout.
set -euo pipefail

command=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") name=$2 out=$3
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir "$scratch/empty" "$scratch/$name"
cd "$scratch/empty"
export HOME=$scratch/home WASIP1_MATRIX_HOME=$scratch/store
"$command" list > "$scratch/cells"
"$command" --root "$root" list | cmp - "$scratch/cells"
count=0
while read -r -d "" file; do
    cmp "$file" "$root/${file#"$scratch"/store/projects/*/files/}"
    count=$((count + 1))
done < <(find "$scratch"/store/projects/*/files -type f -print0)
[ "$count" -gt 0 ] || { echo "pack-release.sh: the command lays out no file" >&2; exit 1; }
echo "$(wc -l < "$scratch/cells") cells, $count files as in the checkout" >&2

cp "$command" "$root/LICENSE" "$root/README.md" "$scratch/$name"
tar -C "$scratch" -cf - "$name" | gzip -9n > "$out/$name.tar.gz"
