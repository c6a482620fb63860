#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mutated captures through tshark with the plugin built with sanitizers, in the manner of Wireshark's own
# fuzz-test: the number of files, and the first seed.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
scripts/build.sh asan
IPCSHARK_BUILD=$PWD/build/asan IPCSHARK_SOURCE=$PWD \
    exec python3 tests/end_to_end/plugin_mutated.py "${1:-10000}" "${2:-1}"
