#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets cut off at every length, as a snap length leaves them (`editcap -s`): a record of each kind,
phase and operation that the sample captures have. Info says how much is there, the tree marks it, names
are whole or none, and the cut never looks like somebody's mistake."""
import glob
import os
import struct

import plugin_support as support

HEADER_SIZE = 64
SECTION_SIZE = 24
LONGEST = 700
NAMES = ["hipc.service", "ctripc.service", "sceipmi.service", "ipctap.process"]
FIELDS = ["_ws.col.Info", "ipctap.record_cut", "ipctap.no_record", *NAMES]
# Names that no record brings in text: those of numbers, and of what is not known.
MADE_UP = ("unknown process", "emulator", "SceAppMessaging", "kernel")


def kind_of(record):
    """Platform, kind, phase, and the first word of its message or call."""
    return (record[5:8], record[HEADER_SIZE:HEADER_SIZE + 2],
            record[HEADER_SIZE + SECTION_SIZE:HEADER_SIZE + SECTION_SIZE + 4])


def one_of_each():
    found = {}
    for path in sorted(glob.glob(os.path.join(support.SOURCE, "samples/captures/*.pcapng"))):
        for record in support.records_of(path):
            if len(record) <= LONGEST:
                found.setdefault(kind_of(record), record)
    return list(found.values())


def write_cut(path, records):
    """Each length of each record on an interface of its own, so that none knows of another."""
    lengths = []
    interfaces = 1 + max(map(len, records))

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    with open(path, "wb") as file:
        for record in records:
            file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
            file.write(block(1, struct.pack("<HHI", support.UPPER_PDU, 0, 262144)) * interfaces)
            whole = support.TAGS + record
            for captured in range(len(record) + 1):
                length = len(support.TAGS) + captured
                head = struct.pack("<IIIII", captured, 0, 0, length, len(whole))
                file.write(block(6, head + whole[:length]))
                lengths.append((captured, len(record)))
    return lengths


def check_info(length, size, info):
    if length < HEADER_SIZE:
        support.check_equal(info, "Record cut off: %d of the 64 bytes of its header" % length, "Info")
    elif length < size:
        support.check(info.endswith(" [truncated: %d of %d bytes]" % (length, size)),
                      "%d of %d bytes: %r" % (length, size, info))
    else:
        support.check(" bytes]" not in info, "the whole record: " + info)


def check_marks(length, size, cut, refused):
    support.check_equal(bool(cut), HEADER_SIZE <= length < size, "ipctap.record_cut at %d" % length)
    support.check_equal(bool(refused), length < HEADER_SIZE, "ipctap.no_record at %d" % length)


def check_names(found, whole, where):
    """A name is the whole record's, or none."""
    for name, expected in zip(found, whole):
        made_up = name in MADE_UP or name.startswith("pid ")
        support.check(name in ("", expected) or made_up, "%s: %r, not %r" % (where, name, expected))


def check(path, lengths):
    rows = support.rows(path, FIELDS)
    support.check_equal(len(rows), len(lengths), "packets")
    whole = {}
    for index in range(len(rows) - 1, -1, -1):
        (length, size), (info, cut, refused, *names) = lengths[index], rows[index]
        if length == size:
            whole = names
        check_info(length, size, info)
        check_marks(length, size, cut, refused)
        check_names(names, whole, "packet %d, %d of %d bytes" % (index + 1, length, size))
    support.check_equal(support.rows(path, FIELDS, "-2"), rows, "two passes")


def main():
    records = one_of_each()
    support.check(len(records) > 150, "only %d kinds of records" % len(records))
    with support.scratch("cut") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "cut.pcapng")
        lengths = write_cut(path, records)
        check(path, lengths)
        support.tshark("-r", path, "-V")
    print("%d records, %d cuts" % (len(records), len(lengths)))


if __name__ == "__main__":
    main()
