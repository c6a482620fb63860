#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""All messages that libnx wrote, as records of a capture: tshark must read in them what libnx's own
parser reads, without a malformed packet and without a dissector bug."""
import gzip
import os

import plugin_support as support

def load(name):
    path = os.path.join(support.SOURCE, "tests", "vectors", "horizon", name + ".tsv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        keys = next(lines).rstrip("\n").split("\t")
        return [dict(zip(keys, line.rstrip("\n").split("\t"))) for line in lines]


def record(vector, number, phase, call_id):
    sections = [support.section(support.MESSAGE, bytes.fromhex(vector["hex"]))]
    if vector["service"] != "-":
        sections.append(support.section(support.SERVICE, vector["service"]))
    flags = support.SYNTHETIC | (support.DOMAIN if vector["domain"] == "1" else 0)
    return support.record(*sections, phase=phase, flags=flags, call_id=call_id, handle=call_id,
                          time=1700000000000000000 + number * 1000)


def numbers(text):
    return [] if text == "-" else [int(number) for number in text.split(",")]


def entries(text):
    return [] if text == "-" else [numbers(entry) for entry in text.split(";")]


def column(text, base=10):
    return [] if text == "" else [int(value, 0 if value.startswith("0x") else base)
                                  for value in text.split(",")]


FIELDS = ["hipc.type", "hipc.pointer.address", "hipc.pointer.size", "hipc.pointer.index",
          "hipc.send.address", "hipc.send.size", "hipc.send.attribute", "hipc.receive.address",
          "hipc.receive.size", "hipc.receive.attribute", "hipc.exchange.address",
          "hipc.exchange.size", "hipc.exchange.attribute", "hipc.copy_handle", "hipc.move_handle",
          "hipc.receive_list.address", "hipc.receive_list.size", "cmif.method_id", "cmif.token",
          "cmif.domain.object_id", "cmif.domain.object", "htipc.command_id", "cmif.control",
          "cmif.result", "htipc.result", "ipctap.response_to", "ipctap.response_in"]


def narrow(address):
    return address & 0x7FFFFFFFFF


def check_descriptors(vector, row):
    name = vector["id"]
    pointers = entries(vector["pointer"])
    support.check_equal(column(row["hipc.pointer.address"]), [narrow(p[0]) for p in pointers],
                        name + " pointer addresses")
    support.check_equal(column(row["hipc.pointer.size"]), [p[1] for p in pointers],
                        name + " pointer sizes")
    support.check_equal(column(row["hipc.pointer.index"]), [p[2] & 15 for p in pointers],
                        name + " pointer indices")
    support.check_equal(column(row["hipc.copy_handle"]), numbers(vector["copy"]),
                        name + " copy handles")
    support.check_equal(column(row["hipc.move_handle"]), numbers(vector["move"]),
                        name + " move handles")


def check_maps(vector, row):
    for kind in ("send", "receive", "exchange"):
        maps = entries(vector[kind])
        for n, part in enumerate(("address", "size", "attribute")):
            found = column(row["hipc.%s.%s" % (kind, part)])
            expected = [narrow(m[n]) if n == 0 else m[n] for m in maps]
            support.check_equal(found, expected, "%s %s %s" % (vector["id"], kind, part))


def check_request(vector, row):
    name = vector["id"]
    hipc = numbers(vector["hipc"])
    support.check_equal(column(row["hipc.type"]), [hipc[0]], name + " type")
    check_descriptors(vector, row)
    check_maps(vector, row)
    received = entries(vector["receive_list"])
    support.check_equal(column(row["hipc.receive_list.address"]), [narrow(e[0]) for e in received],
                        name + " receive list")
    support.check_equal(column(row["hipc.receive_list.size"]), [e[1] for e in received],
                        name + " receive list sizes")
    if vector["cmif"] != "-":
        support.check_equal(column(row["cmif.method_id"]), [numbers(vector["cmif"])[3]],
                            name + " method id")
    if vector["in_domain"] != "-":
        support.check_equal(column(row["cmif.domain.object_id"]), [numbers(vector["in_domain"])[4]],
                            name + " object id")
        support.check_equal(column(row["cmif.domain.object"]), numbers(vector["objects"]),
                            name + " objects")
    if vector["tipc"] != "-":
        support.check_equal(column(row["htipc.command_id"]), [numbers(vector["tipc"])[0]],
                            name + " TIPC command")
    if vector["control"] != "-":
        support.check_equal(row["cmif.control"], vector["control"], name + " control command")


def check_reply(vector, row):
    check_descriptors(vector, row)
    if vector["result"] != "-":
        support.check_equal(column(row["cmif.result"]), numbers(vector["result"]),
                            vector["id"] + " result")
    if vector["tipc"] != "-":
        support.check_equal(column(row["htipc.result"]), numbers(vector["tipc"]),
                            vector["id"] + " TIPC result")


def main():
    requests, replies = load("requests"), {v["id"]: v for v in load("replies")}
    packets, order = [], []
    for call_id, vector in enumerate(requests + load("made-headers"), 1):
        packets.append(record(vector, len(packets), support.ENTER, call_id))
        order.append((vector, True))
        if vector["id"] in replies:
            packets.append(record(replies[vector["id"]], len(packets), support.EXIT, call_id))
            order.append((replies[vector["id"]], False))
    with support.scratch("vectors") as folder:
        path = os.path.join(folder, "vectors.pcap")
        support.write_records(path, packets)
        os.chmod(folder, 0o755)
        found = support.rows(path, FIELDS, "-2")
        support.check_equal(len(found), len(order), "number of frames")
        paired = 0
        for (vector, is_request), values in zip(order, found):
            row = dict(zip(FIELDS, values))
            (check_request if is_request else check_reply)(vector, row)
            paired += not is_request and row["ipctap.response_to"] != ""
        text = support.tshark("-r", path, "-V")
    print("%d requests and made headers, %d replies as libnx reads them, %d joined, %d lines of -V "
          "without a bug" % (len(order) - len(replies), len(replies), paired, text.count("\n")))
    support.check_equal(paired, len(replies), "replies that were joined")


main()
