#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of fuzz_ctripc: one command buffer for each combination of parameter kinds.

    ctr_seeds.py [TARGET_DIR]
"""

import gzip
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
DIRECTION = {"requests": 1, "replies": 2}


def seeds(name):
    """Direction byte and little-endian words, by the kinds of the parameters."""
    path = HERE.parent / "vectors" / "ctr" / f"{name}.tsv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    columns = lines[0].split("\t")
    found = {}
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t")))
        kinds = [entry.split(":")[2] for entry in row["translate"].split(";")] \
            if row["translate"] != "-" else ["normal"]
        words = [int(word, 16) for word in row["words"].split(",")]
        found.setdefault(f"{name}-{'-'.join(kinds)}",
                         bytes([DIRECTION[name]]) + struct.pack(f"<{len(words)}I", *words))
    return found


def main():
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else HERE / "corpus" / "fuzz_ctripc"
    target.mkdir(parents=True, exist_ok=True)
    for name in DIRECTION:
        for kinds, data in seeds(name).items():
            (target / kinds).write_bytes(data)


main()
