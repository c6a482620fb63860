#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records on a TCP connection: cut at every byte, many in a segment, in both directions, on ports
that nobody knows, followed by what is no record.

Usage: plugin_stream.py GENERATOR
"""
import os
import sys

import plugin_support as support

PORT = 18252
# No dissector of Wireshark's own is registered for it: those come before heuristics.
UNCLAIMED_PORT = 61234
FIELDS = ["tcp.stream", "ipctap.call_id", "ipctap.phase", "ipctap.record_size"]


def dissected(path, fields, *arguments):
    """What was found in each connection, in the order of the bytes."""
    streams = {}
    for row in support.rows(path, fields, *arguments):
        values = [value.split(",") for value in row[1:] if value]
        streams.setdefault(int(row[0]), []).extend(zip(*values))
    return streams


def expected_of(records):
    return [(str(int.from_bytes(r[24:32], "little")), str(r[7]),
             str(int.from_bytes(r[12:16], "little"))) for r in records]


def check_streams(folder, name, connections, expected, *arguments):
    path = os.path.join(folder, name + ".pcap")
    packets = [packet for connection in connections for packet in connection.packets]
    support.pcap(path, support.ETHERNET, packets)
    found = dissected(path, FIELDS, *arguments)
    support.check_equal(len(found), len(connections), name + ": connections")
    for n in range(len(connections)):
        support.check_equal(found[n], expected, "%s, connection %d" % (name, n))
    return path


def check_cuts(folder, records):
    """Two segments, the border between them at every byte."""
    data = b"".join(records)
    connections = []
    for cut in range(1, len(data)):
        connection = support.TcpStream(51000 + cut, PORT)
        connection.send(data[:cut])
        connection.send(data[cut:])
        connections.append(connection)
    check_streams(folder, "cuts", connections, expected_of(records))
    return len(connections)


def check_bytes(folder, records):
    connection = support.TcpStream(51000, PORT)
    for byte in b"".join(records):
        connection.send(bytes([byte]))
    check_streams(folder, "bytes", [connection], expected_of(records))


def check_heuristic(folder, records):
    """Other ports, where the user has switched that on: recognised by magic, version and sizes, from
    16 bytes on."""
    data = b"".join(records)
    connections = []
    for cut in range(16, len(data), 7):
        connection = support.TcpStream(51000 + cut, UNCLAIMED_PORT)
        connection.send(data[:cut])
        connection.send(data[cut:])
        connections.append(connection)
    check_streams(folder, "heuristic", connections, expected_of(records), "--enable-heuristic",
                  "ipctap_tcp")


def check_same_as_file(folder, file, records):
    """Request one way, reply the other: names, pairs and Info as in the file."""
    connection = support.TcpStream(51000, PORT)
    for record in records:
        connection.send(record, side=1 if record[7] == 2 else 0)
    path = os.path.join(folder, "both.pcap")
    connection.write(path)
    fields = ["_ws.col.Info", "hipc.service", "cmif.command", "cmif.object_path",
              "ipctap.response_to", "ipctap.time", "hipc.result"]
    expected = support.rows(file, fields)[:len(records)]
    support.check_equal(support.rows(path, fields), expected, "stream and file")
    support.check_equal(support.rows(path, fields, "-2"), expected, "stream and file, two passes")


def check_one_segment(folder, file, records):
    """Info names all records of a segment, with a bar between them."""
    connection = support.TcpStream(51000, PORT)
    connection.send(b"".join(records))
    path = os.path.join(folder, "one.pcap")
    connection.write(path)
    info = support.column(file, "_ws.col.Info")[:len(records)]
    support.check_equal(support.column(path, "_ws.col.Info"), [" | ".join(info)], "one segment")


def check_garbage(folder, records):
    """What comes before the garbage counts; the garbage is named; nothing breaks."""
    for name, garbage in (("magic", b"HTTP/1.1 200 OK\r\n\r\n"), ("zeros", bytes(200)),
                          ("version", b"IPCT\x02" + bytes(80)),
                          ("size", b"IPCT\1\1\1\1\x40\0\0\0\xff\xff\xff\xff" + bytes(60))):
        connection = support.TcpStream(51000, PORT)
        connection.send(records[0] + garbage)
        path = os.path.join(folder, "garbage-%s.pcap" % name)
        connection.write(path)
        info = support.column(path, "_ws.col.Info")[0]
        support.check("Not an ipctap record" in info, "garbage %s: %r" % (name, info))
        support.check_equal(support.column(path, "ipctap.record_size")[0].split(",")[0],
                            str(len(records[0])), "record before garbage " + name)
        support.tshark("-r", path, "-V")


def main():
    with support.scratch("stream") as folder:
        os.chmod(folder, 0o755)
        file = os.path.join(folder, "calls.pcap")
        if os.spawnl(os.P_WAIT, sys.argv[1], sys.argv[1], file, "0") != 0:
            support.fail("the generator failed")
        records = support.read_records(file)
        cuts = check_cuts(folder, records[1:6])
        check_bytes(folder, records[:12])
        check_heuristic(folder, records[1:6])
        check_same_as_file(folder, file, records[:50])
        check_one_segment(folder, file, records[:7])
        check_garbage(folder, records)
    print("%d cuts, 5 arrangements, 4 kinds of garbage" % cuts)


main()
