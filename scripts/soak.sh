#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The server under load: 1,000 sessions at once and so many calls (1,000,000) of each system, after
# which it must not have grown or left descriptors open; the recorder killed at 200 instants, after
# which its file has all that it said was written; then a smaller run of the server in valgrind, which
# must find no leak and no error.
set -euo pipefail
cd "$(dirname "$0")/.."
calls=${1:-1000000}
scripts/setup.sh build
scripts/build.sh release
build/release/tests/soak --sessions 1000 --calls "$calls" build/release/bin/ipcshark
IPCSHARK_BUILD=build/release python3 tests/unit/capture/record_long.py --kills 200
if ! command -v valgrind >/dev/null; then
    echo "valgrind is not installed: its part is left out"
    exit
fi
build/release/tests/soak --sessions 20 --calls 2000 --growth -1 \
    valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible \
    --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=9 \
    build/release/bin/ipcshark
echo "valgrind: no error, no leak"
