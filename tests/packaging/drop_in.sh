#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The shim's two-file form in a tree of its own: as C11 and as C++17, without a warning, linked with
# nothing but the C library and threads, in a program that writes a capture.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$IPCSHARK_BUILD"/ipctap-dropin/ipctap.[ch] "$work"

cat >"$work/host.c" <<'TEXT'
#include "ipctap.h"

int main(int argc, char **argv)
{
    struct ipctap_options options = {0};
    struct ipctap_header header = ipctap_header_init(IPCTAP_CTR, IPCTAP_CTR_COMMAND, IPCTAP_ENTER);
    unsigned char words[8] = {0x82, 0, 1, 0, 1, 2, 3, 4};
    struct ipctap *tap;

    options.destination = argc > 1 ? argv[1] : "";
    options.producer = "copied 1.0";
    options.filter = "platform=ctr";
    tap = ipctap_open(&options, NULL, 0);
    if (!ipctap_emit_message(tap, &header, 0x1000, words, sizeof words, NULL, 0))
        return 1;
    ipctap_close(tap);
    return 0;
}
TEXT
sed 's/= {0};/= {};/' "$work/host.c" >"$work/host.cc"

warnings=(-Wall -Wextra -Wpedantic -Werror -pthread)

try() {
    local language=$1 compiler=$2 host=$3
    shift 3
    command -v "$compiler" >/dev/null || return 0
    (
        cd "$work"
        "$compiler" "$@" "${warnings[@]}" -x "$language" -o program ipctap.c "$host"
        ./program "file:$compiler.pcapng"
        # The note of the producer, and one packet of a header and a section of 8 bytes.
        grep -qa "copied 1.0" "$compiler.pcapng"
        grep -qaP "IPCT\\x01\\x02\\x02\\x01" "$compiler.pcapng"
    )
    echo "# $compiler $*"
}

try c gcc host.c -std=c11
try c clang host.c -std=c11
try c++ g++ host.cc -std=c++17
try c++ clang++ host.cc -std=c++17
if ! grep -q "SPDX-License-Identifier: GPL-2.0-or-later" "$work/ipctap.c"; then
    echo "the licence is missing" >&2
    exit 1
fi
