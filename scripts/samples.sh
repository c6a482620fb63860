#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes samples/captures anew. They change only if the server or the traffic does; a test says so.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
scripts/build.sh release
mkdir -p samples/captures
rm -f samples/captures/*.pcapng
scripts/sample-captures.sh samples/captures

# What documents and tests hold of them; look at what changes.
export IPCSHARK_BUILD=$PWD/build/release IPCSHARK_SOURCE=$PWD
python3 tests/end_to_end/golden_json.py --update
python3 tests/end_to_end/recipes.py --update
