#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes vectors.json: records as docs/capture-format.md describes them, made without the library.

Usage: generate.py > vectors.json
"""
import json
import struct

HEADER = "<4sBBBBHHIQQIIQIIIBBH"
FIELDS = ("version platform kind phase header_size flags record_size time call_id pid tid program_id"
          " object result peer_pid clock reserved source").split()
DEFAULTS = {"version": 1, "platform": 0, "kind": 6, "phase": 0, "header_size": 64, "flags": 0,
            "time": 0, "call_id": 0, "pid": 0xFFFFFFFF, "tid": 0xFFFFFFFF, "program_id": 0,
            "object": 0, "result": 0, "peer_pid": 0xFFFFFFFF, "clock": 0, "reserved": 0,
            "source": 0}


def section(kind, data=b"", index=0, address=0, declared=None):
    return {"type": kind, "index": index, "address": address,
            "declared_size": len(data) if declared is None else declared, "hex": data.hex()}


def section_bytes(fields):
    data = bytes.fromhex(fields["hex"])
    head = struct.pack("<HHIQQ", fields["type"], fields["index"], len(data), fields["address"],
                       fields["declared_size"])
    return head + data + bytes(-len(data) % 8)


def record(name, sections=(), **header):
    body = b"".join(section_bytes(fields) for fields in sections)
    values = dict(DEFAULTS, record_size=64 + len(body), **header)
    raw = struct.pack(HEADER, b"IPCT", *(values[field] for field in FIELDS)) + body
    return {"name": name, "hex": raw.hex(), "header": values, "sections": list(sections)}


def refused(name, error, change):
    raw = bytearray(bytes.fromhex(record(name)["hex"]))
    change(raw)
    return {"name": name, "hex": raw.hex(), "error": error}


def put(offset, data):
    def change(raw):
        raw[offset:offset + len(data)] = data
    return change


def cut(length):
    def change(raw):
        del raw[length:]
    return change


REQUEST = bytes.fromhex("0400000008000000" + "00" * 8 + "5346434900000000" + "0200000000000000" +
                        "0000000000000000")
REPLY = bytes.fromhex("0000000008000000" + "00" * 8 + "5346434f00000000" + "0a06000000000000" +
                      "0000000000000000")


def good():
    yield record("empty note")
    yield record("producer note of the example", [section(0x0105, b"example 1.0")])
    yield record("note with a clock pair and drops",
                 [section(0x0105, b"emu 2"),
                  section(0x0060, struct.pack("<QQ", 5_000_000_000, 1_700_000_000_000_000_000)),
                  section(0x0061, struct.pack("<QQ", 12, 3456))],
                 platform=1, clock=1, time=5_000_000_001, source=0xBEEF)
    yield record("every header field", [], version=1, platform=4, kind=5, phase=2, flags=0x1FF,
                 time=0x0102030405060708, call_id=0x1112131415161718, pid=0x21222324,
                 tid=0x31323334, program_id=0x0100000000001000, object=0x41424344,
                 result=0xD8E007F7, peer_pid=0xFFFFFFFE, clock=2, reserved=0, source=0xFFFF)
    yield record("Horizon request with two buffers",
                 [section(0x0001, REQUEST, address=0x20A000200, declared=0x100),
                  section(0x0100, b"fsp-srv"),
                  section(0x0011, b"abc", index=0, address=0x1000000000),
                  section(0x0012, b"", index=0, address=0x1000001000, declared=0x800)],
                 platform=1, kind=1, phase=1, call_id=7, pid=81, tid=1, object=0x83FF, source=1)
    yield record("Horizon reply with a result",
                 [section(0x0001, REPLY, address=0x20A000200)],
                 platform=1, kind=1, phase=2, flags=0x20, call_id=7, pid=81, tid=1, object=0x83FF,
                 source=1)
    yield record("CTR request", [section(0x0001, struct.pack("<III", 0x000100C0, 1, 2))],
                 platform=2, kind=2, phase=1, call_id=1, pid=10, tid=2, object=0x00048005)
    call = struct.pack("<IIQQQQQIIQ", 0x320, 5, 0x7FFF0000, 0x7FFF0100, 0x30, 0xDEADBADECAFEBEAF,
                       0, 0, 5, 0)
    yield record("IPMI call", [section(0x0030, call), section(0x0031, bytes(0x30)),
                               section(0x003C, struct.pack("<i", -1), index=1, address=0x7FFF0200)],
                 platform=3, kind=3, phase=2, call_id=3, pid=60, tid=100)
    yield record("kernel call", [section(0x0050, struct.pack("<IIIIQQQQ", 3, 0, 0, 0, 0, 0, 0, 0)),
                                 section(0x0107, b"sm:")], platform=1, kind=5, phase=1, call_id=2)
    yield from more_calls()
    yield record("truncated section", [section(0x0010, b"12345678", declared=1 << 40)],
                 platform=1, kind=1, phase=1, flags=1)
    yield record("unknown types, kinds and flags",
                 [section(0x7ABC, b"?"), section(0xFFFF, b"private", index=0xFFFF)],
                 platform=200, kind=99, phase=7, flags=0xFE00)


def more_calls():
    send = struct.pack("<IiIIIIQQQQII", 1, 0, 0x3E8, 0x10001, 0, 0, 5, 0, 0, 0, 1, 0)
    yield record("App Messaging send", [section(0x0040, send), section(0x0041, b"hello")],
                 platform=3, kind=4, phase=2, flags=0x20, call_id=9, pid=61, tid=101, source=1)
    hello = struct.pack("<IIIIQQQQ", 1, 0, 0, 0, 0, 0, 0, 0)
    yield record("Hello", [section(0x0050, hello), section(0x0107, b"game"),
                           section(0x0105, b"client 1")],
                 platform=1, kind=5, phase=1, call_id=1, tid=1, program_id=0x0100000000010000)
    yield record("exit with two changed ranges of one buffer",
                 [section(0x0001, REPLY, address=0x20A000200, declared=0x100),
                  section(0x0012, b"\1\2\3", address=0x1000001000),
                  section(0x0012, b"\4", address=0x1000001010)],
                 platform=1, kind=1, phase=2, flags=0x20, call_id=7, pid=81, tid=1, object=0x83FF)
    yield record("server's side of a request",
                 [section(0x0001, REQUEST), section(0x0100, "caf\u00e9:u".encode()),
                  section(0x0103, b"server"), section(0x0103, b"client", index=1),
                  section(0x010A, struct.pack("<Q", 12))],
                 platform=1, kind=1, phase=1, flags=0x108, call_id=7, pid=2, tid=3, object=0x40001,
                 peer_pid=81, source=1)


def bad():
    yield refused("bad magic", "ipctap.bad_magic", put(0, b"ipct"))
    yield refused("version 2", "ipctap.bad_version", put(4, b"\2"))
    yield refused("header size 63", "ipctap.bad_header_size", put(8, struct.pack("<H", 63)))
    yield refused("header size 0", "ipctap.bad_header_size", put(8, struct.pack("<H", 0)))
    yield refused("header size 1032", "ipctap.bad_header_size", put(8, struct.pack("<H", 1032)))
    yield refused("record size 65", "ipctap.bad_record_size", put(12, struct.pack("<I", 65)))
    yield refused("record size over 16 MiB", "ipctap.bad_record_size",
                  put(12, struct.pack("<I", (16 << 20) + 8)))
    yield refused("record smaller than its header", "ipctap.record_smaller_than_header",
                  put(12, struct.pack("<I", 56)))
    yield refused("cut header", "ipctap.header_cut", cut(63))


if __name__ == "__main__":
    print(json.dumps(list(good()) + list(bad()), indent=1))
