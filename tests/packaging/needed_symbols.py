#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The codecs allocate nothing, do no input or output and keep no state: what libipcshark.a takes from
the C library is on a list of functions that do none of that, and it has no writable data. What it
defines for others to link with has one of its prefixes, inner functions too."""
import re
import subprocess
import sys

ALLOWED = {
    # copying and comparing
    "memcpy", "memmove", "memset", "memcmp", "memchr", "bcmp",
    "strlen", "strcmp", "strncmp", "strchr", "strrchr", "strnlen", "bsearch",
    # writing text into the caller's memory
    "snprintf", "vsnprintf", "__snprintf_chk", "__vsnprintf_chk", "__memcpy_chk", "__memset_chk",
    # made by the compiler
    "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail",
}
# What the compilers' checkers and gcov call, in builds with them.
INSTRUMENTED = re.compile(r"^_?_?_?(asan|ubsan|sanitizer|sancov|gcov|llvm|odr_asan)")
PREFIXES = re.compile(r"^(ipcshark|hipc|cmif|htipc|horizon|ctripc|ctr|sceipmi|appmsg|orbis|ipctap|ilia)_")
# .data.rel.ro holds constant tables of pointers, which the loader fills in.
WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss)(?!\.rel\.ro)")


def symbols(nm, library):
    """Name, class and section of every symbol, as `nm -f sysv` prints them."""
    output = subprocess.run([nm, "-f", "sysv", library], check=True, capture_output=True, text=True)
    for line in output.stdout.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) == 7 and columns[0] != "Name":
            yield columns[0], columns[2], columns[6]


def main(nm, library):
    found = list(symbols(nm, library))
    defined = {name for name, kind, _ in found if kind not in "Uw"}
    needed = {name for name, kind, _ in found if kind == "U"} - defined
    instrumented = any(INSTRUMENTED.match(name) for name in needed)
    wrong = sorted(name for name in needed - ALLOWED if not INSTRUMENTED.match(name))
    writable = sorted(name for name, _, section in found if WRITABLE.match(section))
    foreign = sorted(name for name, kind, _ in found if kind.isupper() and kind != "U" and
                     not PREFIXES.match(name) and not INSTRUMENTED.match(name) and
                     not name.startswith((".", "__")))
    if len(defined) < 100:
        sys.exit(f"only {len(defined)} symbols were read from {library}")
    print(f"# {len(defined)} symbols defined; needed: {' '.join(sorted(needed & ALLOWED))}")
    for name in wrong:
        print(f"not allowed in the codecs: {name}")
    for name in foreign:
        print(f"without a prefix: {name}")
    for name in [] if instrumented else writable:
        print(f"writable data: {name}")
    return 1 if wrong or foreign or (writable and not instrumented) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
