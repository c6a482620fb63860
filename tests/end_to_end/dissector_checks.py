# SPDX-License-Identifier: GPL-2.0-or-later
"""What every dissector must stand: all ways of reading agree, and no bytes bring it down."""
import os
import random
import subprocess

from plugin_support import (BUILD, TAGS, UPPER_PDU, check, check_equal, pcap, read_records, rows,
                            tshark)

INFO = "_ws.col.Info"
SECTION_HEADER = 24
RECORD_HEADER = 64


def generate(generator, directory):
    """Runs a generator of tests/generators and returns the capture's path."""
    path = os.path.join(directory, generator + ".pcap")
    subprocess.run([os.path.join(BUILD, "tests", generator), path], check=True)
    return path


def check_info(path, expected):
    """`expected`: frame number -> the Info column's text."""
    found = [row[0] for row in rows(path, [INFO])]
    for frame, text in expected.items():
        check_equal(found[frame - 1], text, "Info of frame %d" % frame)


def booleans_as_numbers(value):
    """Wireshark 4.4 and later write "True" where 4.0 wrote "1"."""
    return ",".join({"True": "1", "False": "0"}.get(part, part) for part in value.split(","))


def check_fields(path, frame, expected):
    """`expected`: field -> value, several joined by commas."""
    fields = list(expected)
    found = [booleans_as_numbers(value)
             for value in rows(path, fields, "-Y", "frame.number == %d" % frame)[0]]
    check_equal(dict(zip(fields, found)), expected, "fields of frame %d" % frame)


def check_filters(path, expected):
    """`expected`: display filter -> frame numbers."""
    for text, frames in expected.items():
        found = [int(row[0]) for row in rows(path, ["frame.number"], "-Y", text)]
        check_equal(found, frames, "frames of \"%s\"" % text)


def check_all_passes(path, protocol, fields):
    """One pass, two passes, and with a filter: the same fields for the same frames."""
    wanted = ["frame.number", INFO, *fields]
    once = rows(path, wanted)
    check(len(once) > 10, "%s has only %d frames" % (path, len(once)))
    check_equal(rows(path, wanted, "-2"), once, "two passes against one")
    marked = {row[0] for row in rows(path, ["frame.number"], "-Y", protocol)}
    check(marked, "no frame of %s" % protocol)
    check_equal(rows(path, wanted, "-Y", protocol), [row for row in once if row[0] in marked],
                "with the filter %s against without" % protocol)
    check_equal(rows(path, wanted, "-2", "-R", protocol, "-Y", protocol)[0][2:],
                [row for row in once if row[0] in marked][0][2:], "with a read filter")


def read_all(path):
    """Every way of reading, with every field written out; tshark() refuses complaints."""
    tshark("-r", path, "-V")
    tshark("-r", path, "-2", "-T", "json")
    tshark("-r", path)


def cut_records(records, step):
    for record in records:
        for length in range(RECORD_HEADER, len(record), step):
            yield TAGS + record[:length]


def check_truncation(path, directory, step=12, limit=4000):
    """Every record cut off at many places: a capture with a snap length, a log's first words."""
    cut = os.path.join(directory, "cut.pcap")
    packets = list(cut_records(read_records(path), step))
    stride = max(1, len(packets) // limit)
    pcap(cut, UPPER_PDU, packets[::stride])
    read_all(cut)


def damage(chooser, record):
    """A few bytes of the sections changed to what tends to hurt."""
    bytes_of = bytearray(record)
    for _ in range(chooser.randint(1, 6)):
        position = chooser.randrange(RECORD_HEADER + SECTION_HEADER, len(bytes_of))
        bytes_of[position] = chooser.choice((0, 1, 0x7F, 0x80, 0xFF, chooser.randrange(256)))
    return bytes(bytes_of)


def check_damage(path, directory, packets=3000, seed=20):
    chooser = random.Random(seed)
    long_enough = RECORD_HEADER + SECTION_HEADER + 8
    records = [record for record in read_records(path) if len(record) > long_enough]
    damaged = os.path.join(directory, "damaged.pcap")
    pcap(damaged, UPPER_PDU,
         [TAGS + damage(chooser, chooser.choice(records)) for _ in range(packets)])
    read_all(damaged)
