#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Line coverage of codecs/ by the whole suite.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build coverage
scripts/build.sh coverage
find build/coverage -name '*.gcda' -delete
ctest --test-dir build/coverage -j "$(nproc)" --output-on-failure >build/coverage/test.log ||
    { tail -n 40 build/coverage/test.log >&2; exit 1; }
gcovr --root . --filter 'codecs/' --exclude 'codecs/names/.*generated.*' build/coverage \
    --print-summary "$@"
