#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packs all vectors into one file that a program without zlib can read: per message u8 what (digest.h),
u8 flags, u32 length (little-endian), the bytes.

    pack_vectors.py tests/vectors OUTPUT
"""
import gzip
import json
import pathlib
import struct
import sys

HORIZON_REQUEST, HORIZON_REPLY, CTR_REQUEST, CTR_REPLY, RECORD, NAMES_FILE = range(1, 7)
DOMAIN, CONTROL, TIPC = 1, 2, 4


def rows(path):
    with gzip.open(path, "rt") as table:
        names = next(table).rstrip("\n").split("\t")
        for line in table:
            yield dict(zip(names, line.rstrip("\n").split("\t")))


def horizon(path, what):
    for row in rows(path):
        flags = (DOMAIN * (row["domain"] == "1") | CONTROL * (row["kind"] == "control")
                 | TIPC * (row["kind"] == "tipc"))
        yield what, flags, bytes.fromhex(row["hex"])


def ctr(path, what):
    for row in rows(path):
        yield what, 0, b"".join(struct.pack("<I", int(word, 16))
                                for word in row["words"].split(","))


def names_files(root):
    for path in [*sorted(root.glob("codecs/names/types/*.id")), root / "tests/unit/names/pairs.tsv",
                 *sorted(root.glob("tests/fuzz/corpus/fuzz_arguments/*"))]:
        yield NAMES_FILE, 0, path.read_bytes()


def main(vectors, output):
    vectors = pathlib.Path(vectors)
    messages = [
        *horizon(vectors / "horizon/requests.tsv.gz", HORIZON_REQUEST),
        *horizon(vectors / "horizon/replies.tsv.gz", HORIZON_REPLY),
        *horizon(vectors / "horizon/made-headers.tsv.gz", HORIZON_REQUEST),
        *ctr(vectors / "ctr/requests.tsv.gz", CTR_REQUEST),
        *ctr(vectors / "ctr/replies.tsv.gz", CTR_REPLY),
        *((RECORD, 0, bytes.fromhex(vector["hex"]))
          for vector in json.loads((vectors / "record/vectors.json").read_text())),
        *names_files(vectors.parent.parent),
    ]
    messages = [message for message in messages if len(message[2]) < 0x20000]
    with open(output, "wb") as packed:
        for what, flags, data in messages:
            packed.write(struct.pack("<BBI", what, flags, len(data)) + data)
    print(f"{len(messages)} messages")


if __name__ == "__main__":
    main(*sys.argv[1:])
