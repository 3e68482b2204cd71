#!/usr/bin/env bash
# Puts into a folder what the tests in a browser need: Playwright, Debian's Chromium with its libraries, axe, html-validate.
# Nothing is installed outside of the folder; what is there already stays.
set -euo pipefail
folder="$1"
# The lock files of npm and pip.
locks="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$folder"
cd "$folder"

if [ ! -e playwright/bin/playwright ]; then
  python3 -m venv playwright
  playwright/bin/pip install --quiet --require-hashes --requirement "$locks/requirements.txt"
fi

if [ ! -e npm/node_modules/axe-core ] || [ ! -e npm/node_modules/html-validate ]; then
  mkdir -p npm
  cp "$locks/package.json" "$locks/package-lock.json" npm/
  npm ci --silent --no-fund --no-audit --prefix npm
fi

if [ ! -e chromium/usr/lib/chromium/chromium ]; then
  mkdir -p packages/partial
  # Downloads the package and what it depends on as far as this machine lacks it, and installs nothing.
  download=(apt-get --quiet --yes --no-install-recommends --download-only -o "Dir::Cache::archives=$PWD/packages/" install chromium)
  "${download[@]}" > packages/log 2>&1 || { apt-get --quiet update > packages/log 2>&1 && "${download[@]}" > packages/log 2>&1; } || {
    cat packages/log
    echo "reports/browser/install.sh: no Chromium: it is taken from Debian's packages, by apt-get, which needs root" >&2
    exit 2
  }
  mkdir -p unpacked
  for package in packages/*.deb; do dpkg-deb -x "$package" unpacked; done
  mv unpacked chromium
fi
