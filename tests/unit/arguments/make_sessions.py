#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes sessions.tsv.gz: to which session each request of tests/vectors/horizon was sent.

    make_sessions.py horizon-requests.jsonl

Columns: the vector's id, the session as in tests/unit/names/pairs.tsv, the firmware version.
"""
import gzip
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "names"))
from make_pairs import NO_SERVICE, session_types  # noqa: E402

# Recorded under an object's session, sent to the service's own (OpenDataFileSystemByProgramId,
# OpenBisStorage).
RECORDED_WRONG = {"a332184e5b4a5e9b", "e5198b088ee009e1"}


def main():
    types = session_types()
    rows = ["id\tsession\tfirmware"]
    with open(sys.argv[1], encoding="utf-8") as stream:
        for line in stream:
            message = json.loads(line)
            if message["kind"] not in ("cmif", "tipc") or message["service"] in NO_SERVICE:
                continue
            if message["id"] in RECORDED_WRONG:
                continue
            head, _, path = message["iface"].partition("/")
            session = types.get(head, head) + ("/" + path if path else "")
            rows.append("\t".join((message["id"], session, message["hosver"])))
    packed = gzip.compress(("\n".join(rows) + "\n").encode(), 9, mtime=0)
    (HERE / "sessions.tsv.gz").write_bytes(packed)
    print(f"{len(rows) - 1} messages, {len(packed)} bytes")


if __name__ == "__main__":
    main()
