#!/bin/sh
# usage: build.sh PREFIX BUILT
# Builds the host against the jars of Chicory in PREFIX, into BUILT.
#
# Endive was forked from Chicory and changed the names: its guide for those who migrate says which, and that a
# find-and-replace covers them. Here the same is done in the other direction, so that one source drives both.
set -eu
prefix=$1
built=$2
here=$(dirname "$0")
sources="$built/sources"

mkdir -p "$sources"
cp "$here"/*.java "$sources"
for name in EndiveHost Interpreter; do
	sed -e 's/run\.endive\./com.dylibso.chicory./g' -e 's|/run\.endive/|/com.dylibso.chicory/|g' \
		-e 's/WasmEngineException/ChicoryException/g' -e 's/Endive/Chicory/g' -e 's/endive/chicory/g' \
		"$here/../endive/$name.java" >"$sources/$(echo "$name" | sed 's/Endive/Chicory/').java"
done
javac --release 17 -d "$built" -cp "$prefix/lib/*" -sourcepath "$sources:$here/../host-contract/java" "$sources/Main.java"
rm -r "$sources"
