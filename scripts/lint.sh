#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Formatting, licence lines, long functions, shell scripts, cppcheck. Needs a release build.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build lint
scripts/build.sh release
status=0
fail() {
    echo "lint: $*" >&2
    status=1
}

scripts/format.sh --check || fail "clang-format would change the files above (./dev format)"

while IFS= read -r -d '' file; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
        fail "$file has no SPDX line"
done < <(git ls-files -z '*.c' '*.h' '*.def' '*.py' '*.sh' '*.lua' '*CMakeLists.txt' '*.cmake' \
    dev .ci/run)

git ls-files -z '*.sh' dev .ci/run | xargs -0 shellcheck -x || fail "shellcheck"

cppcheck --quiet --error-exitcode=1 --inline-suppr --suppressions-list=.cppcheck-suppressions \
    --enable=warning,portability --std=c11 -j "$(nproc)" -I codecs/include \
    --library=gtk codecs userfiles capture samples || fail "cppcheck"

exit $status
