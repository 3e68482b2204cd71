#!/bin/sh
# Installs a released command: fetches the archive for this machine, checks its sha256, and puts the command into a folder.
#
#   sh install.sh                                 the newest release, into ~/.local/bin
#   sh install.sh --version 0.1.0 --to /opt/bin   another one
#
# --attested also has GitHub's command `gh` verify that the project's workflow has built the archive; --commit SHA, that it
# was built from this commit.
#
# The project's address is that of the release that this script was published with, or $WASIP1_MATRIX_REPOSITORY, as
# OWNER/NAME.
#
# Exit codes: 0 installed, 2 not installed.
set -eu

repository=${WASIP1_MATRIX_REPOSITORY:-}
version=latest
to=${HOME:-}/.local/bin
attested=
commit=

fail() {
    echo "install.sh: $*" >&2
    exit 2
}

usage() {
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
}

while [ $# -gt 0 ]; do
    case "$1" in
    --version | --to | --commit)
        [ $# -ge 2 ] || fail "$1: a value is missing"
        case "$1" in
        --version) version=${2#v} ;;
        --to) to=$2 ;;
        --commit) commit=$2 attested=yes ;;
        esac
        shift
        ;;
    --attested) attested=yes ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        fail "$1: no such option"
        ;;
    esac
    shift
done
[ -n "$repository" ] || fail "set WASIP1_MATRIX_REPOSITORY to OWNER/NAME of the project on GitHub"

case "$(uname -s) $(uname -m)" in
"Linux x86_64") target=x86_64-unknown-linux-gnu ;;
"Linux aarch64" | "Linux arm64") target=aarch64-unknown-linux-gnu ;;
"Darwin arm64") target=aarch64-apple-darwin ;;
*) fail "no release for $(uname -s) on $(uname -m); build it: cargo install --path harness/cli --locked" ;;
esac

from=https://github.com/$repository/releases
case "$version" in
latest) from=$from/latest/download ;;
*) from=$from/download/v$version ;;
esac
name=wasip1-matrix-$target

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM

fetch() {
    curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --retry 3 --output "$scratch/$1" "$from/$1" ||
        fail "cannot fetch $from/$1"
}
fetch SHA256SUMS
fetch "$name.tar.gz"

cd "$scratch"
grep " $name.tar.gz\$" SHA256SUMS > expected || fail "$from/SHA256SUMS does not name $name.tar.gz"
if command -v sha256sum > /dev/null; then
    sha256sum --check --status expected || fail "$name.tar.gz is not what SHA256SUMS says"
else
    shasum --algorithm 256 --check --status expected || fail "$name.tar.gz is not what SHA256SUMS says"
fi
if [ -n "$attested" ]; then
    command -v gh > /dev/null || fail "no \`gh\`, which verifies attestations"
    gh attestation verify "$name.tar.gz" --repo "$repository" ${commit:+--source-digest "$commit"} >&2 ||
        fail "$name.tar.gz has no such attestation"
fi

tar -xzf "$name.tar.gz" || fail "cannot unpack $name.tar.gz"
cd "$OLDPWD"
mkdir -p "$to" || fail "cannot make $to"
# In one step: a command that is running keeps its file.
cp "$scratch/$name/wasip1-matrix" "$to/.wasip1-matrix.new" || fail "cannot write into $to"
chmod 755 "$to/.wasip1-matrix.new"
mv -f "$to/.wasip1-matrix.new" "$to/wasip1-matrix" || fail "cannot write into $to"
"$to/wasip1-matrix" --version > /dev/null || fail "$to/wasip1-matrix does not start"
echo "$to/wasip1-matrix"
