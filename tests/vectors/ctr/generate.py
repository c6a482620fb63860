#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns the command buffer vectors (JSON lines) into the compact tables that the test reads.

    generate.py SOURCE_DIR [TARGET_DIR]

SOURCE_DIR holds ctr-requests.jsonl and ctr-replies.jsonl: command buffers that libctru's wrappers
wrote (and read), with the parameters that libctru's own macros put there. Each becomes NAME.tsv.gz:
one line a message, tab-separated columns as the first line names them, "-" for what it has not.

    words      hexadecimal words of the command buffer
    expect     command id, normal words, translate words
    translate  offset:descriptor:kind:size:id:address:handles a parameter, ";" between parameters,
               "+" between handles, the placeholder of a process id among these
    table      slot:descriptor:size:address of the static buffers that were set
"""

import gzip
import json
import pathlib
import sys

FILES = ("requests", "replies")


def hexadecimal(text):
    return f"{int(text, 16):x}"


def parameter(item):
    handles = item.get("handles", [item["value"]] if "value" in item else [])
    return ":".join((
        str(item["offset"]), hexadecimal(item["descriptor"]), item["type"],
        str(item.get("size", 0)), str(item.get("id", 0)), hexadecimal(item.get("pointer", "0")),
        "+".join(map(hexadecimal, handles))))


def slot(item):
    return ":".join((str(item["slot"]), hexadecimal(item["descriptor"]), str(item["size"]),
                     hexadecimal(item["pointer"])))


def columns(vector):
    expect = vector["expect"]
    return {
        "id": vector["id"],
        "words": ",".join(map(hexadecimal, vector["words"])),
        "expect": ",".join(str(expect[key])
                           for key in ("command_id", "normal_params", "translate_words")),
        "translate": ";".join(map(parameter, expect["translate"])) or "-",
        "table": ";".join(map(slot, vector.get("static_buffers", ()))) or "-",
    }


def convert(source, target, name):
    with open(source / f"ctr-{name}.jsonl", encoding="utf-8") as lines:
        rows = [columns(json.loads(line)) for line in lines]
    text = "".join("\t".join(row) + "\n" for row in [list(rows[0])] + [row.values() for row in rows])
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (target / f"{name}.tsv.gz").write_bytes(packed)
    print(f"{name}: {len(rows)} messages, {len(text)} bytes, {len(packed)} packed")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parent
    for name in FILES:
        convert(source, target, name)


main()
