#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records on a TCP connection, of all three systems: cut at every byte, many in a segment, in both
directions, over IPv6, on ports that nobody knows; segments that come twice, late or never, captures that
begin in the middle or cut packets off; and what is no record. What is found is what the file says."""
import os
import re
import struct

import plugin_support as support

PORT = 18252
# No dissector of Wireshark's own is registered for it: those come before heuristics.
UNCLAIMED_PORT = 61234
HEADER_SIZE = 64
SYSTEMS = ("horizon", "ctr", "orbis")
PROTOCOLS = "ipctap hipc cmif htipc ctripc sceipmi appmsg".split()
FIELDS = ["tcp.stream", "_ws.col.Info", "ipctap.call_id", "ipctap.phase", "ipctap.record_size"]
NOTES = ("[TCP Previous segment not captured] ", "[TCP Out-Of-Order] ", "[TCP Retransmission] ")


def sample(system):
    return os.path.join(support.SOURCE, "samples", "captures", system + ".pcapng")


# ---- What is found ----

# What TCP says of a segment that ends a record of which the rest is missing.
TCP_TEXT = re.compile("[0-9]+ \u2192 [0-9]+ ")

# Longer ones, in bytes, are cut by Wireshark.
INFO_LIMIT = 4000


def texts_of(info, count):
    """Info names all records of a segment, with a bar between them."""
    if len(info.encode()) >= INFO_LIMIT:
        return [None] * count
    for note in NOTES:
        info = info.replace(note, "")
    return [text for text in info.split(" | ") if not text.startswith("Not an ipctap record") and
            not TCP_TEXT.match(text)]


def dissected(path, *arguments):
    """Of each connection the records found, in the order of the bytes: (Info, call id, phase, size)."""
    streams = {}
    for stream, info, *values in support.rows(path, FIELDS, *arguments):
        records = streams.setdefault(int(stream), [])
        if values[0]:
            columns = [value.split(",") for value in values]
            texts = texts_of(info, len(columns[0]))
            support.check_equal(len(texts), len(columns[0]), "texts in %r" % info)
            records.extend(zip(texts, *columns))
    return [streams[n] for n in sorted(streams)]


class Folder:
    """Captures made of connections, and what is expected of them."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def path(self, name):
        return os.path.join(self.folder, name + ".pcap")

    def write(self, name, connections):
        path = self.path(name)
        support.pcap(path, support.ETHERNET,
                     [packet for connection in connections for packet in connection.packets])
        return path

    def expected(self, records):
        """What the same records say in a file."""
        path = self.path("expected")
        support.write_records(path, records)
        found = support.rows(path, FIELDS[1:])
        return [tuple(row) for row in found]

    def check(self, name, connections, expected, *arguments):
        """`expected`: of every connection, or a list of one for all."""
        found = dissected(self.write(name, connections), *arguments)
        support.check_equal(len(found), len(connections), name + ": connections")
        for n, records in enumerate(found):
            known = expected[n % len(expected)]
            if len(records) == len(known):
                known = [(row[0] and other[0], *other[1:]) for row, other in zip(records, known)]
            support.check_equal(records, known, "%s, connection %d" % (name, n))
        self.count += len(connections)


def new_connection(number, port=PORT, version=4):
    return support.TcpStream(51000 + number, port, version)


def send_all(segments, number=0, **options):
    connection = new_connection(number, **options)
    for segment in segments:
        connection.send(segment)
    return connection


def pieces(data, size):
    return [data[start:start + size] for start in range(0, len(data), size)]


# ---- Segmentation ----

def check_cuts(folder, records):
    """Two segments, the border between them at every byte."""
    data = b"".join(records)
    folder.check("cuts", [send_all((data[:cut], data[cut:]), cut) for cut in range(1, len(data))],
                 [folder.expected(records)])


def check_bytes(folder, records):
    segments = pieces(b"".join(records), 1)
    folder.check("bytes", [send_all(segments)], [folder.expected(records)])


def check_heuristic(folder, records):
    """Other ports, where the user has switched that on: recognised by magic, version and sizes, from
    16 bytes on."""
    data = b"".join(records)
    folder.check("heuristic", [send_all((data[:cut], data[cut:]), cut, port=UNCLAIMED_PORT)
                               for cut in range(16, len(data), 7)],
                 [folder.expected(records)], "--enable-heuristic", "ipctap_tcp")


def check_sizes(folder, records):
    """A whole capture in segments of several sizes."""
    data = b"".join(records)
    folder.check("sizes", [send_all(pieces(data, size), n, version=4 + n % 2 * 2)
                           for n, size in enumerate((100, 536, 1448, 16000, 64000))],
                 [folder.expected(records)])


# ---- The same as in the file ----

def layers(path, *arguments):
    frames = support.json_frames(path, "-J", " ".join(PROTOCOLS), "--no-duplicate-keys", *arguments)
    return [{name: layer for name, layer in frame["_source"]["layers"].items()
             if name.split(".")[0] in PROTOCOLS} for frame in frames]


def check_same_trees(folder, system):
    """A record a segment, requests one way and replies the other: every field as in the file."""
    expected = layers(sample(system), "-2")
    for version in (4, 6):
        connection = new_connection(0, version=version)
        for record in support.records_of(sample(system)):
            connection.send(record, side=1 if record[7] == support.EXIT else 0)
        path = folder.write("same", [connection])
        support.check_equal(layers(path, "-2"), expected, "%s over IPv%d" % (system, version))


# ---- What goes wrong on the way ----

def records_without(records, lost):
    """Those that have no byte in the lost range."""
    kept, start = [], 0
    for record in records:
        if start + len(record) <= lost[0] or start >= lost[1]:
            kept.append(record)
        start += len(record)
    return kept


def numbers_of(records):
    """Call id, phase and size."""
    return [(str(int.from_bytes(record[24:32], "little")), str(record[7]), str(len(record)))
            for record in records]


def check_missing(folder, records, size=300):
    """Every segment missing once: all records that it has no part of are found."""
    segments = pieces(b"".join(records), size)
    connections = []
    for missing in range(len(segments)):
        connection = new_connection(missing)
        for n, segment in enumerate(segments):
            if n == missing:
                connection.lose(segment)
            else:
                connection.send(segment)
        connections.append(connection)
    found = dissected(folder.write("missing", connections))
    for n, rows in enumerate(found):
        kept = records_without(records, (n * size, (n + 1) * size))
        support.check_equal([row[1:] for row in rows], numbers_of(kept), "segment %d missing" % n)
    folder.count += len(connections)


def check_middle(folder, records):
    """A capture that begins within the first record, at every byte: the next is found, and what was
    skipped is named."""
    data = b"".join(records)
    expected = folder.expected(records[1:])
    connections = [send_all((data[start:], ), start) for start in range(1, len(records[0]))]
    folder.check("middle", connections, [expected])
    infos = support.column(folder.path("middle"), "_ws.col.Info")
    for start, info in enumerate(infos, 1):
        support.check(info.startswith("Not an ipctap record, or its start is missing: %d bytes | "
                                      % (len(records[0]) - start)), "skipped bytes: " + info)
    marked = support.frames(folder.path("middle"), "ipctap.no_record")
    support.check_equal(marked, list(range(1, len(records[0]))), "skipped bytes")
    connections = [send_all((data[start:start + 100], data[start + 100:]), start)
                   for start in range(1, len(records[0]))]
    folder.check("middle", connections, [expected])


def check_twice(folder, records):
    """What is sent twice is shown once."""
    connection = new_connection(0)
    for segment in pieces(b"".join(records), 300):
        for _ in range(2):
            connection.send(segment)
            connection.sequence[0] -= len(segment)
        connection.sequence[0] += len(segment)
    folder.check("twice", [connection], [folder.expected(records)])


def check_late(folder, records):
    """Segments in the wrong order, where Wireshark has been told to wait for them."""
    segments = pieces(b"".join(records), 300)
    connection = send_all(segments[:1])
    for first, second in zip(segments[1::2], segments[2::2]):
        connection.sequence[0] += len(first)
        connection.packets.append(connection.packet(second))
        connection.sequence[0] -= len(first)
        connection.send(first)
        connection.sequence[0] += len(second)
    if len(segments) % 2 == 0:
        connection.send(segments[-1])
    folder.check("late", [connection], [folder.expected(records)], "-o",
                 "tcp.reassemble_out_of_order:TRUE")


def check_port_again(folder, records):
    """The same two ports in two connections, one after the other: what the first knew is gone."""
    def whole(start):
        connection = new_connection(1)
        connection.sequence = [start, start]
        connection.send(b"", flags=2)
        connection.sequence[0] += 1
        connection.send(b"", side=1, flags=0x12)
        connection.sequence[1] += 1
        for record in records:
            connection.send(record)
        connection.send(b"", flags=0x11)
        connection.sequence[0] += 1
        connection.send(b"", side=1, flags=0x11)
        return connection

    first, second = whole(1), whole(1000000)
    path = folder.path("again")
    support.pcap(path, support.ETHERNET, first.packets + second.packets)
    fields = ["_ws.col.Info", "ipctap.time", "ipctap.process", "ipctap.peer"]
    found = [row for row in support.rows(path, fields, "-Y", "ipctap")]
    support.check_equal(found[len(records):], found[:len(records)], "ports used again")


def check_snapped(folder, records):
    """Packets cut off at every length: the record that is cut says so, those before it are whole."""
    data = b"".join(records)
    path = folder.path("snapped")
    packet = send_all([data]).packets[0]
    headers = len(packet) - len(data)
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, support.ETHERNET))
        for length in range(headers + 1, len(packet)):
            # Each on a connection of its own.
            data = packet[:34] + struct.pack(">H", 51000 + length) + packet[36:length]
            file.write(struct.pack("<IIII", 1700000000, length * 1000, length, len(packet)) + data)
    support.tshark("-r", path, "-V")
    infos = support.column(path, "_ws.col.Info")
    borders = {sum(map(len, records[:n])) for n in range(1, len(records))}
    for captured, info in enumerate(infos, 1):
        cut = "[truncated: " in info or "Record cut off: " in info or "Packet size limited" in info
        support.check(cut or captured in borders, "%d bytes captured: %r" % (captured, info))
        support.check("Unreassembled" not in info, "%d bytes captured: %r" % (captured, info))
        support.check_equal(info.count(" | ") + (captured in borders),
                            sum(captured >= border for border in borders), "records in " + info)


def check_garbage(folder, records):
    """What comes before the garbage counts, and so does what comes behind it; the garbage is named."""
    for name, garbage in (("magic", b"HTTP/1.1 200 OK\r\n\r\n"), ("zeros", bytes(200)),
                          ("version", b"IPCT\x02" + bytes(80)),
                          ("size", b"IPCT\1\1\1\1\x40\0\0\0\xff\xff\xff\xff" + bytes(60))):
        path = folder.write("garbage", [send_all((records[0] + garbage + records[1], records[2]))])
        infos = support.column(path, "_ws.col.Info")
        support.check("Not an ipctap record, or its start is missing: %d bytes" % len(garbage)
                      in infos[0], "garbage %s: %r" % (name, infos))
        support.check_equal([row[1:] for row in dissected(path)[0]],
                            numbers_of(records[:3]),
                            "records around garbage, " + name)
        support.tshark("-r", path, "-V")


def check_system(folder, system):
    records = support.records_of(sample(system))
    calls = records[10:14]
    check_same_trees(folder, system)
    check_sizes(folder, records)
    check_cuts(folder, calls)
    check_middle(folder, calls)
    check_snapped(folder, calls)
    check_missing(folder, records[:60])
    check_twice(folder, records[:60])
    check_late(folder, records[:60])


def main():
    with support.scratch("stream") as name:
        os.chmod(name, 0o755)
        folder = Folder(name)
        for system in SYSTEMS:
            check_system(folder, system)
        records = support.records_of(sample("horizon"))
        check_bytes(folder, records[:12])
        check_heuristic(folder, records[1:6])
        check_port_again(folder, records[:40])
        check_garbage(folder, records)
    print("%d connections" % folder.count)


main()
