#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records on a TCP connection, of all three systems: cut at every byte, many in a segment, in both
directions, over IPv6, on ports that nobody knows; segments that come twice, late or never, captures that
begin in the middle or cut packets off; and what is no record. What is found is what the file says."""
import itertools
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
FIELDS = ["_ws.col.Info", "ipctap.call_id", "ipctap.phase", "ipctap.record_size"]
NOTES = ("[TCP Previous segment not captured] ", "[TCP Out-Of-Order] ", "[TCP Retransmission] ")


def sample(system):
    return os.path.join(support.SOURCE, "samples", "captures", system + ".pcapng")


# ---- What is found ----

# What TCP says of a segment that ends a record of which the rest is missing.
TCP_TEXT = re.compile("[0-9]+ \u2192 [0-9]+ ")

# Longer ones, in bytes, are cut by Wireshark.
INFO_LIMIT = 4000


SKIPPED = re.compile("Not an ipctap record, or its start is missing: ([0-9]+) bytes")


def texts_of(info, count):
    """Info names all records of a segment, with a bar between them."""
    if len(info.encode()) >= INFO_LIMIT:
        return [None] * count
    for note in NOTES:
        info = info.replace(note, "")
    return [text for text in info.split(" | ") if not SKIPPED.match(text) and not TCP_TEXT.match(text)]


def dissected(path, *arguments):
    """Of each connection the records found, in the order of the bytes, as (Info, call id, phase, size),
    and the sizes of what was skipped."""
    streams = {}
    for stream, marked, info, *values in support.rows(path, ["tcp.stream", "ipctap.no_record", *FIELDS],
                                                      *arguments):
        records, skipped = streams.setdefault(int(stream), ([], []))
        sizes = SKIPPED.findall(info)
        support.check_equal(marked != "", sizes != [], "ipctap.no_record of %r" % info)
        skipped += map(int, sizes)
        if values[0]:
            columns = [value.split(",") for value in values]
            texts = texts_of(info, len(columns[0]))
            support.check_equal(len(texts), len(columns[0]), "texts in %r" % info)
            records.extend(zip(texts, *columns))
    return [streams[n] for n in sorted(streams)]


class Stream:
    """A connection, the records that are to be found on it, and how many bytes before one of them are
    to be named as none (None: that is not looked at)."""

    def __init__(self, name, connection, expected, skipped=None):
        self.name, self.connection, self.expected, self.skipped = name, connection, expected, skipped

    def check(self, records, skipped):
        known = self.expected
        if len(records) == len(known):  # Texts that Wireshark has cut off are not compared.
            pairs = list(zip(records, known))
            records = [(other[0] and row[0], *row[1:]) for row, other in pairs]
            known = [(row[0] and other[0], *other[1:]) for row, other in pairs]
        support.check_equal(records, known, self.name)
        if self.skipped is not None:
            support.check_equal(skipped, [self.skipped], "bytes skipped, " + self.name)


class Folder:
    """Captures made of connections, and what is expected of them. One run of tshark is for many
    connections: it takes longer to start than to read one."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.streams = []
        self.known = {}

    def path(self, name):
        return os.path.join(self.folder, name + ".pcap")

    def write(self, name, connections):
        path = self.path(name)
        support.pcap(path, support.ETHERNET,
                     [packet for connection in connections for packet in connection.packets])
        self.count += len(connections)
        return path

    def expect(self, *lists):
        """Asks what each of the lists of records says in a file, where it is a source of its own."""
        path = self.path("expected")
        support.pcapng(path, [(n, support.TAGS + record) for n, records in enumerate(lists)
                              for record in records])
        rows = [tuple(row) for row in support.rows(path, FIELDS)]
        for records in lists:
            self.known[b"".join(records)], rows = rows[:len(records)], rows[len(records):]

    def add(self, name, connections, records):
        """Connections on which just these records are to be found."""
        self.streams += [Stream("%s, connection %d" % (name, n), connection,
                                self.known[b"".join(records)])
                         for n, connection in enumerate(connections)]

    def add_numbers(self, name, connection, records, skipped=None):
        """The same, and what they say is not looked at."""
        self.streams.append(Stream(name, connection, numbers_of(records), skipped))

    def check(self, *arguments):
        """All that was added; the capture's path."""
        path = self.write("streams", [stream.connection for stream in self.streams])
        found = dissected(path, *arguments)
        support.check_equal(len(found), len(self.streams), "connections")
        for stream, (records, skipped) in zip(self.streams, found):
            stream.check(records, skipped)
        self.streams = []
        return path


client_ports = itertools.cycle(range(51000, 65536))


def new_connection(port=PORT, version=4):
    return support.TcpStream(next(client_ports), port, version)


def send_all(segments, **options):
    connection = new_connection(**options)
    for segment in segments:
        connection.send(segment)
    return connection


def pieces(data, size):
    return [data[start:start + size] for start in range(0, len(data), size)]


# ---- Segmentation ----

def add_cuts(folder, records):
    """Two segments, the border between them at every byte."""
    data = b"".join(records)
    folder.add("cuts", [send_all((data[:cut], data[cut:])) for cut in range(1, len(data))], records)


def add_bytes(folder, records):
    folder.add("bytes", [send_all(pieces(b"".join(records), 1))], records)


def check_heuristic(folder, records):
    """Other ports, where the user has switched that on: recognised by magic, version and sizes, from
    16 bytes on."""
    data = b"".join(records)
    folder.add("heuristic", [send_all((data[:cut], data[cut:]), port=UNCLAIMED_PORT)
                             for cut in range(16, len(data), 7)], records)
    folder.check("--enable-heuristic", "ipctap_tcp")


def add_sizes(folder, records):
    """A whole capture in segments of several sizes."""
    data = b"".join(records)
    folder.add("sizes", [send_all(pieces(data, size), version=4 + n % 2 * 2)
                         for n, size in enumerate((100, 536, 1448, 16000, 64000))], records)


# ---- The same as in the file ----

def layers(path, *arguments):
    frames = support.json_frames(path, "-J", " ".join(PROTOCOLS), "--no-duplicate-keys", *arguments)
    return [{name: layer for name, layer in frame["_source"]["layers"].items()
             if name.split(".")[0] in PROTOCOLS} for frame in frames]


def check_same_trees(folder, system):
    """A record a segment, requests one way and replies the other: every field as in the file."""
    expected = layers(sample(system), "-2")
    for version in (4, 6):
        connection = new_connection(version=version)
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
    """No text, and call id, phase and size."""
    return [(None, str(int.from_bytes(record[24:32], "little")), str(record[7]), str(len(record)))
            for record in records]


def add_missing(folder, records, size=300):
    """Every segment missing once: all records that it has no part of are found."""
    segments = pieces(b"".join(records), size)
    for missing in range(len(segments)):
        connection = new_connection()
        for n, segment in enumerate(segments):
            if n == missing:
                connection.lose(segment)
            else:
                connection.send(segment)
        kept = records_without(records, (missing * size, (missing + 1) * size))
        folder.add_numbers("segment %d missing" % missing, connection, kept)


def add_middle(folder, records):
    """A capture that begins within the first record, at every byte: the next is found, and what was
    skipped is named."""
    data = b"".join(records)
    known = folder.known[b"".join(records[1:])]
    for start in range(1, len(records[0])):
        folder.streams += [
            Stream("from byte %d on" % start, send_all((data[start:],)), known,
                   len(records[0]) - start),
            Stream("from byte %d on, in two segments" % start,
                   send_all((data[start:start + 100], data[start + 100:])), known)]


def add_twice(folder, records):
    """What is sent twice is shown once."""
    connection = new_connection()
    for segment in pieces(b"".join(records), 300):
        for _ in range(2):
            connection.send(segment)
            connection.sequence[0] -= len(segment)
        connection.sequence[0] += len(segment)
    folder.add("twice", [connection], records)


def add_late(folder, records):
    """Segments in the wrong order, for a Wireshark that has been told to wait for them."""
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
    folder.add("late", [connection], records)


def check_port_again(folder, records):
    """The same two ports in two connections, one after the other: what the first knew is gone."""
    port = next(client_ports)

    def whole(start):
        connection = support.TcpStream(port, PORT)
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
    path = folder.write("again", [first, second])
    fields = ["_ws.col.Info", "ipctap.time", "ipctap.process", "ipctap.peer"]
    found = [row for row in support.rows(path, fields, "-Y", "ipctap")]
    support.check_equal(found[len(records):], found[:len(records)], "ports used again")


class Snapped:
    """A packet with records, cut off at every length."""

    def __init__(self, records):
        data = b"".join(records)
        self.packet = send_all([data]).packets[0]
        self.headers = len(self.packet) - len(data)
        self.borders = {sum(map(len, records[:n])) for n in range(1, len(records))}

    def packets(self):
        """Each on a connection of its own."""
        for length in range(self.headers + 1, len(self.packet)):
            port = struct.pack(">H", next(client_ports))
            data = self.packet[:34] + port + self.packet[36:length]
            yield struct.pack("<II", length, len(self.packet)) + data

    def check(self, infos):
        for captured, info in zip(range(1, len(self.packet) - self.headers), infos):
            cut = "[truncated: " in info or "Record cut off: " in info or \
                "Packet size limited" in info
            support.check(cut or captured in self.borders, "%d bytes captured: %r" % (captured, info))
            support.check("Unreassembled" not in info, "%d bytes captured: %r" % (captured, info))
            support.check_equal(info.count(" | ") + (captured in self.borders),
                                sum(captured >= border for border in self.borders),
                                "records in " + info)


def check_snapped(folder, *lists):
    """The record that is cut says so, those before it are whole."""
    path = folder.path("snapped")
    cuts = [Snapped(records) for records in lists]
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, support.ETHERNET))
        for n, packet in enumerate(packet for cut in cuts for packet in cut.packets()):
            file.write(struct.pack("<II", 1700000000, n * 1000) + packet)
    support.tshark("-r", path, "-V")
    infos = iter(support.column(path, "_ws.col.Info"))
    for cut in cuts:
        cut.check(infos)
    support.check(next(infos, None) is None, "more packets than were written")


def check_garbage(folder, records):
    """What comes before the garbage counts, and so does what comes behind it; the garbage is named."""
    for name, garbage in (("magic", b"HTTP/1.1 200 OK\r\n\r\n"), ("zeros", bytes(200)),
                          ("version", b"IPCT\x02" + bytes(80)),
                          ("size", b"IPCT\1\1\1\1\x40\0\0\0\xff\xff\xff\xff" + bytes(60))):
        connection = send_all((records[0] + garbage + records[1], records[2]))
        folder.add_numbers("garbage, " + name, connection, records[:3], len(garbage))
    support.tshark("-r", folder.check(), "-V")


def add_system(folder, records):
    calls, some = records[10:14], records[:60]
    folder.expect(records, calls, calls[1:], some)
    add_sizes(folder, records)
    add_cuts(folder, calls)
    add_middle(folder, calls)
    add_missing(folder, some)
    add_twice(folder, some)


def main():
    records = {system: support.records_of(sample(system)) for system in SYSTEMS}
    horizon = records["horizon"]
    with support.scratch("stream") as name:
        os.chmod(name, 0o755)
        folder = Folder(name)
        for system in SYSTEMS:
            check_same_trees(folder, system)
            add_system(folder, records[system])
        folder.expect(horizon[:12], horizon[1:6])
        add_bytes(folder, horizon[:12])
        folder.check()
        for system in SYSTEMS:
            add_late(folder, records[system][:60])
        folder.check("-o", "tcp.reassemble_out_of_order:TRUE")
        check_heuristic(folder, horizon[1:6])
        check_snapped(folder, *(records[system][10:14] for system in SYSTEMS))
        check_port_again(folder, horizon[:40])
        check_garbage(folder, horizon)
    print("%d connections" % folder.count)


main()
