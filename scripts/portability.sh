#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The codecs and the shim with other compilers and machines: gcc and clang, 32 bits, big-endian under
# qemu, valgrind. One check program decodes every vector and 50,000 random messages; its number must be
# the same everywhere. Then the suite with clang, all warnings errors, and its unit tests in valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build portability
out=build/portability
mkdir -p "$out"
status=0
expected=

python3 tests/portability/pack_vectors.py tests/vectors "$out/vectors.bin"

fail() {
    echo "portability: $*" >&2
    status=1
}

# check NAME COMPILER FLAGS [RUNNER…]
check() {
    local name=$1 compiler=$2 flags=$3 said
    shift 3
    if ! { cmake -G Ninja -S tests/portability -B "$out/$name" -DCMAKE_C_COMPILER="$compiler" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS="$flags" && cmake --build "$out/$name"; } \
        >"$out/$name.log" 2>&1; then
        tail -n 30 "$out/$name.log" >&2
        fail "$name does not build"
        return
    fi
    said=$("$@" "$out/$name/self_check" "$out/vectors.bin") || fail "$name: the check failed"
    printf '%-22s %s\n' "$name" "$said"
    [ -n "$expected" ] || expected=$said
    [ "$said" = "$expected" ] || fail "$name says something else"
    if ! "$@" "$out/$name/emulator_hook" "file:$out/$name.pcapng" ||
        [ "$(stat -c %s "$out/$name.pcapng")" != "$(stat -c %s "$out/gcc.pcapng")" ]; then
        fail "$name: the shim writes another capture"
    fi
}

check gcc gcc ""
check gcc-O3 gcc "-O3"
check clang clang ""
check i686 i686-linux-gnu-gcc "-static"
check big-endian s390x-linux-gnu-gcc "-static" qemu-s390x
check valgrind gcc "" valgrind --quiet --error-exitcode=1

# build_tests NAME COMPILER: the whole suite but the plugin's part.
build_tests() {
    local name=$1 compiler=$2
    # Debian 12's valgrind does not read the DWARF 5 that clang writes.
    if ! { cmake -G Ninja -S . -B "$out/$name" -DCMAKE_C_COMPILER="$compiler" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS=-gdwarf-4 -DIPCSHARK_PLUGIN=OFF &&
        cmake --build "$out/$name"; } \
        >"$out/$name.log" 2>&1; then
        tail -n 30 "$out/$name.log" >&2
        fail "the tree does not build with $compiler"
        return 1
    fi
}

# Allocations that GLib keeps for itself are no errors, so leaks are left to the asan preset.
valgrind_unit_tests() {
    local test name log=$out/valgrind-units.log
    : >"$log"
    for test in "$out"/suite-clang/tests/test_*; do
        [ -x "$test" ] || continue
        name=$(basename "$test")
        case $name in
            # Whole programs, or minutes of work on one core.
            test_decode_program | test_server_* | test_vectors_horizon | test_properties_*) continue ;;
        esac
        echo "== $name" >>"$log"
        valgrind --quiet --error-exitcode=99 --trace-children=no "$test" >>"$log" 2>&1 ||
            fail "$name in valgrind, see $log"
    done
    echo "valgrind: $(grep -c '^== ' "$log") unit test programs"
}

if build_tests suite-clang clang; then
    ctest --test-dir "$out/suite-clang" -j "$(nproc)" --output-on-failure >"$out/suite-clang.log" ||
        fail "the suite fails with clang, see $out/suite-clang.log"
    sed -n 's/^\([0-9]*% tests passed.*\)/clang: \1/p' "$out/suite-clang.log"
    valgrind_unit_tests
fi
exit $status
