#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Formatting, licence lines, shell scripts, cppcheck; with --tidy clang-tidy as well, which looks at long
# functions too and takes minutes. Needs a release build.
set -euo pipefail
cd "$(dirname "$0")/.."
tidy=()
[ "${1:-}" != --tidy ] || tidy=(tidy)
scripts/setup.sh build lint "${tidy[@]}"
scripts/build.sh release
status=0
fail() {
    echo "lint: $*" >&2
    status=1
}

scripts/format.sh --check || fail "clang-format would change the files above (./dev format)"

# clang-format leaves comments as they are.
git ls-files -z '*.c' '*.h' | LC_ALL=C.UTF-8 xargs -0 grep -nE '^.{101}' && fail "lines of more than 100 columns"

while IFS= read -r -d '' file; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
        fail "$file has no SPDX line"
done < <(git ls-files -z '*.c' '*.h' '*.def' '*.py' '*.sh' '*.lua' '*CMakeLists.txt' '*.cmake' \
    dev .ci/run)

git ls-files -z '*.sh' dev .ci/run | xargs -0 shellcheck -x || fail "shellcheck"

cppcheck --quiet --error-exitcode=1 --inline-suppr --suppressions-list=.cppcheck-suppressions \
    --enable=warning,portability --std=c11 -j "$(nproc)" -I codecs/include \
    --library=gtk codecs userfiles capture samples || fail "cppcheck"

# All that the release build compiles, but the plugin: epan's own style is another one.
if [ ${#tidy[@]} -gt 0 ]; then
    run-clang-tidy-19 -quiet -j "$(nproc)" -p build/release "^$PWD/(?!plugin/|build/)" \
        >build/release/tidy.log 2>&1 || {
        grep -A 3 -E '(error|warning): ' build/release/tidy.log >&2
        fail "clang-tidy; the whole log is in build/release/tidy.log"
    }
fi

exit $status
