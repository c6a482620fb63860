#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of every kind with every section, empty, random, or with random bytes changed in records
that make sense: nothing may be malformed to Wireshark, stop it or be said differently by two
passes.

Usage: plugin_random.py GENERATOR…
"""
import os
import random
import subprocess
import sys

import plugin_support as support

SECTIONS = [*range(1, 4), *range(0x10, 0x16), *range(0x20, 0x23), *range(0x30, 0x3D),
            *range(0x40, 0x43), *range(0x50, 0x54), *range(0x60, 0x63), *range(0x100, 0x10B),
            0x8000]
MUTANTS = 6
FIELDS = ["frame.number", "_ws.col.Protocol", "_ws.col.Info", "_ws.col.Source",
          "_ws.col.Destination"]


def random_section(source, kind):
    size = source.choice((0, 0, 1, 3, 4, 7, 8, 16, 23, 24, 40, 48, 63, 64, 96, 256, 0x150, 0x2018))
    fill = source.choice((0, 1, 255, None))
    data = source.randbytes(size) if fill is None else bytes([fill]) * size
    return support.section(kind, data, index=source.choice((0, 0, 1, 2, 500)),
                           address=source.choice((0, 0x1000, 2 ** 64 - 1)),
                           declared=source.choice((None, 0, size + 1, 2 ** 64 - 1)))


def random_record(source):
    sections = [random_section(source, kind)
                for kind in source.sample(SECTIONS, source.randrange(0, 7))]
    return support.record(*sections, platform=source.randrange(0, 6), kind=source.randrange(0, 8),
                          phase=source.randrange(0, 4), flags=source.getrandbits(16),
                          call_id=source.randrange(0, 4), pid=source.choice((1, 2, 0, 2 ** 32 - 1)),
                          tid=source.choice((1, 2, 2 ** 32 - 1)), handle=source.randrange(0, 4),
                          result=source.choice((0, 1, 0xE401, 0xF601)),
                          peer_pid=source.choice((1, 2, 2 ** 32 - 1, 2 ** 32 - 2)),
                          clock=source.randrange(0, 4), source=source.choice((0, 7, 8)))


def only(kind):
    """Each section alone and empty, for each kind in each phase."""
    return [support.record(support.section(section), kind=kind, phase=phase, call_id=9,
                           platform={2: 2, 3: 3, 4: 3}.get(kind, 1))
            for section in SECTIONS for phase in range(3)]


def mutant(source, record):
    data = bytearray(record)
    for _ in range(source.randrange(1, 9)):
        data[source.randrange(16, len(data))] = source.choice((0, 1, 15, 16, 127, 128, 255,
                                                               source.randrange(256)))
    return bytes(data)


def mutants(source, generator, folder):
    path = os.path.join(folder, "made.pcap")
    arguments = ["0"] if "horizon" in generator else []
    subprocess.run([generator, path, *arguments], check=True)
    records = support.read_records(path)
    return [mutant(source, record) for _ in range(MUTANTS) for record in records]


def check_records(folder, name, records):
    path = os.path.join(folder, name + ".pcap")
    support.write_records(path, records)
    support.tshark("-r", path, "-V")
    one = support.rows(path, FIELDS)
    support.check_equal(len(one), len(records), name + ": frames")
    support.check_equal(support.rows(path, FIELDS, "-2"), one, name + ": two passes")
    connection = support.TcpStream(51000, 18252)
    for record in records[:1000]:
        connection.send(record)
    stream = os.path.join(folder, name + "-stream.pcap")
    connection.write(stream)
    support.tshark("-r", stream, "-V")


def main():
    seed = int(os.environ.get("IPCSHARK_SEED", "1"))
    source = random.Random(seed)
    count = 0
    with support.scratch("random") as folder:
        os.chmod(folder, 0o755)
        sets = {"empty": [record for kind in range(8) for record in only(kind)],
                "random": [random_record(source) for _ in range(4000)]}
        for generator in sys.argv[1:]:
            sets[os.path.basename(generator)] = mutants(source, generator, folder)
        for name, records in sets.items():
            check_records(folder, name, records)
            count += len(records)
    print("%d records from seed %d" % (count, seed))


main()
