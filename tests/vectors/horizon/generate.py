#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns the message vectors (JSON lines) into the compact tables that the tests read.

    generate.py SOURCE_DIR [TARGET_DIR]

SOURCE_DIR holds horizon-requests.jsonl, horizon-replies.jsonl and horizon-made-headers.jsonl: messages
that libnx's own code wrote, with what libnx's own parser reads in them. Each becomes NAME.tsv.gz: one
line a message, tab-separated columns as the first line names them, lists with "," between numbers and
";" between entries, "-" for what a message has not.
"""

import gzip
import json
import pathlib
import sys

FILES = ("requests", "replies", "made-headers")


def numbers(values):
    return ",".join(str(int(value)) for value in values) or "-"


def entries(items, keys):
    return ";".join(numbers(item[key] for key in keys) for item in items) or "-"


def some(group, keys):
    return numbers(group.get(key, 0) for key in keys) if group else "-"


def request_columns(vector):
    expect = vector["expect"]
    hipc = ("type", "data_words_off", "num_data_words", "recv_list_off", "recv_static_mode",
            "has_special", "send_pid", "pid", "pid_off", "num_send_statics", "num_send_buffers",
            "num_recv_buffers", "num_exch_buffers", "num_copy_handles", "num_move_handles",
            "num_recv_statics")
    cmif = ("off", "magic", "version", "command_id", "token", "data_off", "data_size")
    domain = ("off", "type", "num_in_objects", "data_size", "object_id", "padding", "token",
              "objects_off")
    buffer_keys = ("addr", "size", "mode")
    return {
        "undefined": entries([dict(at=at, size=size) for at, size in vector["undef"]],
                             ("at", "size")),
        "hipc": some(expect, hipc),
        "copy": numbers(expect["copy_handles"]),
        "move": numbers(expect["move_handles"]),
        "pointer": entries(expect["send_statics"], ("addr", "size", "index")),
        "send": entries(expect["send_buffers"], buffer_keys),
        "receive": entries(expect["recv_buffers"], buffer_keys),
        "exchange": entries(expect["exch_buffers"], buffer_keys),
        "receive_list": entries(expect["recv_list"], ("addr", "size")),
        "cmif": some(expect.get("cmif"), cmif),
        "in_domain": some(expect.get("domain"), domain),
        "objects": numbers(expect.get("domain", {}).get("objects", ())),
        "tipc": some(expect.get("tipc"), ("command_id", "data_off", "data_size")),
        "control": expect.get("control", "-"),
        "sizes_offset": numbers([expect["out_pointer_sizes_off"]])
        if "out_pointer_sizes_off" in expect else "-",
        "sizes": numbers(expect.get("out_pointer_sizes", ())),
    }


def reply_columns(vector):
    expect = vector["expect"]
    cmif = expect.get("cmif", {})
    return {
        "out_data": expect["out_data"] or "-",
        "hipc": some(expect, ("data_words_off", "num_data_words", "num_statics", "num_copy_handles",
                              "num_move_handles", "pid")),
        "copy": numbers(expect["copy_handles"]),
        "move": numbers(expect["move_handles"]),
        "pointer": entries(expect["statics"], ("addr", "size", "index")),
        # libnx parses the rest of a reply only if its result is 0.
        "result": numbers([cmif["rc"]]) if "rc" in cmif else "-",
        "cmif": some(cmif if "data_off" in cmif else None,
                     ("data_off", "copy_handles_off", "move_handles_off", "version", "token")),
        "out_domain": some(cmif if "objects_off" in cmif else None,
                           ("objects_off", "num_out_objects")),
        "objects": numbers(cmif.get("objects", ())),
        "tipc": some(expect.get("tipc"), ("rc",)),
        "tipc_data": some(expect.get("tipc") if "data_off" in expect.get("tipc", ()) else None,
                          ("data_off",)),
    }


def columns(vector, name):
    row = {
        "id": vector["id"],
        "kind": vector["kind"],
        "domain": str(int(vector["domain"])),
        "service": vector["service"] or "-",
        "wrapper": vector["wrapper"] or "-",
        "hex": vector["hex"][: 2 * vector["msg_size"]],  # Made headers have the whole buffer.
    }
    if len(row["hex"]) != 2 * vector["msg_size"]:
        raise ValueError(f"{vector['id']}: the message is cut off")
    row.update(reply_columns(vector) if name == "replies" else request_columns(vector))
    return row


def convert(source, target, name):
    with open(source / f"horizon-{name}.jsonl", encoding="utf-8") as lines:
        rows = [columns(json.loads(line), name) for line in lines]
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
