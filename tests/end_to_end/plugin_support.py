# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin's tests share: running tshark with the plugin, and writing captures by hand."""
import json
import os
import struct
import subprocess
import sys
import tempfile

SOURCE = os.environ["IPCSHARK_SOURCE"]
BUILD = os.environ["IPCSHARK_BUILD"]
WITH_PLUGIN = os.path.join(SOURCE, "plugin", "with-plugin.sh")

ETHERNET = 1
UPPER_PDU = 252
TAGS = bytes.fromhex("000c0008697063746170000000000000")[:16]
ARROW = "\u2192"

# What no capture may bring out of a dissector, whatever its bytes are.
FORBIDDEN = ("Dissector bug", "dissector bug", "Malformed Packet", "_ws.malformed", "ERROR **",
             "CRITICAL", "assertion")


def scratch(name):
    return tempfile.TemporaryDirectory(prefix="ipcshark-%s-" % name)


def tshark(*arguments, environment=None):
    """Runs tshark with the plugin and returns what it prints."""
    done = subprocess.run([WITH_PLUGIN, "tshark", "-n", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**os.environ, **(environment or {})},
                          check=False)
    output = done.stdout.decode("utf-8", "replace")
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        fail("tshark %s ended with %d: %s" % (" ".join(arguments), done.returncode, errors))
    for text in FORBIDDEN:
        if text in output or text in errors:
            position = output.find(text)
            fail("tshark %s: \"%s\" in its output: %s%s" % (
                " ".join(arguments), text, output[max(0, position - 400):position + 200], errors))
    return output


def rows(path, fields, *arguments):
    """One list of values a frame; the values of a repeated field are joined by commas."""
    wanted = [part for field in fields for part in ("-e", field)]
    output = tshark("-r", path, "-T", "fields", *wanted, *arguments)
    return [line.split("\t") for line in output.split("\n")[:-1]]


def column(path, field, *arguments):
    return [row[0] for row in rows(path, [field], *arguments)]


def frames(path, display_filter, *arguments):
    return [int(n) for n in column(path, "frame.number", "-Y", display_filter, *arguments)]


def json_frames(path, *arguments):
    return json.loads(tshark("-r", path, "-T", "json", *arguments))


def pcap(path, link_type, packets):
    """A classic nanosecond capture; `packets` are bytes, a microsecond apart."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type))
        for n, packet in enumerate(packets):
            file.write(struct.pack("<IIII", 1700000000, n * 1000, len(packet), len(packet)))
            file.write(packet)


def read_records(path):
    """The records of a capture that a generator wrote."""
    with open(path, "rb") as file:
        data = file.read()
    records, offset = [], 24
    while offset < len(data):
        size = struct.unpack_from("<I", data, offset + 8)[0]
        records.append(data[offset + 16 + len(TAGS):offset + 16 + size])
        offset += 16 + size
    return records


class TcpStream:
    """The packets of one TCP connection on the loopback, with correct sequence numbers."""

    def __init__(self, client_port, server_port):
        self.ports = (client_port, server_port)
        self.sequence = [1, 1]
        self.packets = []

    def send(self, payload, side=0, flags=0x18):
        source, destination = self.ports if side == 0 else self.ports[::-1]
        tcp = struct.pack(">HHIIBBHHH", source, destination, self.sequence[side],
                          self.sequence[1 - side], 0x50, flags, 65535, 0, 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0,
                         bytes((127, 0, 0, 1)), bytes((127, 0, 0, 1)))
        self.packets.append(bytes(12) + b"\x08\x00" + ip + tcp + payload)
        self.sequence[side] += len(payload)

    def write(self, path):
        pcap(path, ETHERNET, self.packets)


def fail(text):
    print("FAILED: " + text)
    sys.exit(1)


def check(condition, text):
    if not condition:
        fail(text)


def check_equal(found, expected, what):
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        for n, pair in enumerate(zip(found, expected)):
            if pair[0] != pair[1]:
                fail("%s, item %d:\n found    %r\n expected %r" % (what, n + 1, *pair))
        fail("%s: %d items found, %d expected" % (what, len(found), len(expected)))
    fail("%s:\n found    %r\n expected %r" % (what, found, expected))
