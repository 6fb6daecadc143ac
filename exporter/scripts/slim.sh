#!/bin/sh
# Takes from node_modules of the current directory what this platform can never use: some 30 MB.
# zeromq brings the binaries of every platform and its build tool, of which it needs one file; koffi brings its sources.
set -eu
cd node_modules
find zeromq/build -mindepth 1 -maxdepth 1 -type d ! -name linux -exec rm -rf {} +
find zeromq/build/linux -mindepth 1 -maxdepth 1 ! -name "$(node -p process.arch)" -exec rm -rf {} +
find cmake-ts -type f ! -path '*/build/loader.*' ! -name package.json -delete
rm -rf .bin zeromq/src koffi/doc koffi/src koffi/vendor
find . -name '*.test.*' -delete
find . -type d \( -name test -o -name tests \) -prune -exec rm -rf {} +
