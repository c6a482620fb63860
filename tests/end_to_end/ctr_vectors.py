#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""All command buffers that libctru wrote, as records of a capture: tshark must show in each what
libctru's own macros put there, without a malformed packet and without a dissector bug."""
import gzip
import os
import struct

from plugin_support import SOURCE, TAGS, UPPER_PDU, check, check_equal, pcap, rows, scratch

CTR, COMMAND, ENTER, EXIT = 2, 2, 1, 2
MESSAGE, RECEIVE_CONTEXT, SERVICE = 1, 2, 0x100
SYNTHETIC, TABLE_SLOTS = 4, 16
HANDLES = ("copy_handles", "move_handles")
KINDS = ["copy_handles", "move_handles", "process_id", "static_buffer", "pxi_rw", "pxi_ro",
         "mapped_r", "mapped_w", "mapped_rw", "mapped_none"]
FIELDS = ["ctripc.command_id", "ctripc.normal_count", "ctripc.translate_words",
          "ctripc.translate.offset", "ctripc.translate.kind", "ctripc.translate.descriptor",
          "ctripc.handle", "ctripc.process_id", "ctripc.static.id", "ctripc.static.size",
          "ctripc.static.address", "ctripc.pxi.id", "ctripc.pxi.size", "ctripc.pxi.address",
          "ctripc.mapped.size", "ctripc.mapped.address", "ctripc.slot", "ctripc.command",
          "ctripc.service", "ipctap.response_to"]


def load(name):
    path = os.path.join(SOURCE, "tests", "vectors", "ctr", name + ".tsv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        keys = next(lines).rstrip("\n").split("\t")
        return [dict(zip(keys, line.rstrip("\n").split("\t"))) for line in lines]


def words_of(vector):
    return [int(word, 16) for word in vector["words"].split(",")]


def items(text):
    return [] if text == "-" else [item.split(":") for item in text.split(";")]


def section(kind, data):
    head = struct.pack("<HHIQQ", kind, 0, len(data), 0, len(data))
    return head + data + bytes(-len(data) % 8)


def table_section(vector):
    slots = bytearray(8 * TABLE_SLOTS)
    for slot, descriptor, _, address in items(vector["table"]):
        struct.pack_into("<II", slots, 8 * int(slot), int(descriptor, 16), int(address, 16))
    return section(RECEIVE_CONTEXT, bytes(slots)) if items(vector["table"]) else b""


def service_of(vector):
    """Sessions of files and directories are called as the names know them."""
    service = vector["id"].removeprefix("R:").split("/")[0]
    return service.removeprefix("fs:USER:")


def packet(vector, phase, call_id):
    words = words_of(vector)
    body = section(MESSAGE, struct.pack("<%dI" % len(words), *words))
    body += section(SERVICE, service_of(vector).encode()) + table_section(vector)
    header = struct.pack("<IBBBBHHIQQIIQIIIBBH", 0x54435049, 1, CTR, COMMAND, phase, 64, SYNTHETIC,
                         64 + len(body), call_id, call_id, 0x20, 1, 0, call_id, 0, 0xFFFFFFFF, 0,
                         0, 7)
    return TAGS + header + body


def numbers(text):
    return [int(value, 0) for value in text.split(",")] if text else []


def expected_values(vector):
    """What each field must show, from the vector's list of parameters."""
    values = {field: [] for field in FIELDS}
    for offset, descriptor, kind, size, identifier, address, handles in items(vector["translate"]):
        values["ctripc.translate.offset"].append(int(offset))
        values["ctripc.translate.kind"].append(KINDS.index(kind))
        values["ctripc.translate.descriptor"].append(int(descriptor, 16))
        family = kind.split("_")[0]
        if kind in HANDLES:
            values["ctripc.handle"] += [int(handle, 16) for handle in handles.split("+")]
        elif kind == "process_id":
            values["ctripc.process_id"].append(int(handles, 16))
        else:
            values["ctripc.%s.size" % family].append(int(size))
            values["ctripc.%s.address" % family].append(int(address, 16))
        if family in ("static", "pxi"):
            values["ctripc.%s.id" % family].append(int(identifier))
    return values


def check_vector(vector, row):
    counts = [int(text) for text in vector["expect"].split(",")]
    check_equal([int(row[field], 0) for field in FIELDS[:3]], counts, vector["id"] + " header")
    values = expected_values(vector)
    slots = {"ctripc.static.id", "ctripc.static.size"}  # The table's slots have these, too.
    for field in FIELDS[3:16]:
        found = numbers(row[field])
        if field in slots and items(vector["table"]):
            found = found[:len(values[field])]
        check_equal(found, values[field], "%s %s" % (vector["id"], field))
    check_equal(numbers(row["ctripc.slot"]),
                sorted(int(slot[0]) for slot in items(vector["table"])), vector["id"] + " slots")
    check_equal(row["ctripc.service"], service_of(vector), vector["id"] + " service")


def main():
    requests, replies = load("requests"), load("replies")
    call_of = {vector["id"]: n + 1 for n, vector in enumerate(requests)}
    packets, vectors = [], []
    answers = {vector["id"].removeprefix("R:"): vector for vector in replies}
    for vector in requests:
        packets.append(packet(vector, ENTER, call_of[vector["id"]]))
        vectors.append(vector)
        answer = answers.pop(vector["id"], None)
        if answer:
            packets.append(packet(answer, EXIT, call_of[vector["id"]]))
            vectors.append(answer)
    check(not answers, "replies without request: %r" % list(answers)[:3])
    with scratch("ctr-vectors") as directory:
        path = os.path.join(directory, "ctr.pcap")
        pcap(path, UPPER_PDU, packets)
        found = [dict(zip(FIELDS, row)) for row in rows(path, FIELDS)]
    check_equal(len(found), len(vectors), "frames")
    for vector, row in zip(vectors, found):
        check_vector(vector, row)
    paired = sum(1 for row in found if row["ipctap.response_to"])
    check_equal(paired, len(replies), "replies with a request")
    named = sum(1 for row in found if not row["ctripc.command"].startswith("0x"))
    print("%d requests, %d replies; %d of %d commands have a name" % (
        len(requests), len(replies), named, len(found)))
    check(named == len(found), "too few commands have a name")


if __name__ == "__main__":
    main()
