# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin's tests share: running tshark with the plugin, and writing captures by hand."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ["IPCSHARK_SOURCE"]
BUILD = os.environ["IPCSHARK_BUILD"]
WITH_PLUGIN = os.path.join(SOURCE, "plugin", "with-plugin.sh")

ETHERNET = 1
UPPER_PDU = 252
TAGS = bytes.fromhex("000c0008697063746170000000000000")[:16]
ARROW = "\u2192"

# What no capture may bring out of a dissector, whatever its bytes are.
FORBIDDEN = ("Dissector bug", "dissector bug", "Malformed Packet", "_ws.malformed", "ERROR **",
             "CRITICAL", "WARNING", "assertion", "Decode As preference", "is anonymous")


def scratch(name):
    return tempfile.TemporaryDirectory(prefix="ipcshark-%s-" % name)


def run_tests(functions, *arguments):
    """Calls what is named test_… of a module's globals(), in the order of the names."""
    for name, test in sorted(functions.items()):
        if name.startswith("test_"):
            started = time.monotonic()
            test(*arguments)
            print("ok %s (%.1f s)" % (name, time.monotonic() - started), flush=True)


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


def tshark_version():
    """"TShark (Wireshark) 4.0.17 (…)": the first number."""
    done = subprocess.run(["tshark", "--version"], stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL)
    return re.search(r"\d+\.\d+\.\d+", done.stdout.decode()).group()


def rows(path, fields, *arguments):
    """One list of values a frame; the values of a repeated field are joined by commas."""
    wanted = [part for field in fields for part in ("-e", field)]
    output = tshark("-r", path, "-T", "fields", *wanted, *arguments)
    return [line.split("\t") for line in output.split("\n")[:-1]]


def column(path, field, *arguments):
    return [row[0] for row in rows(path, [field], *arguments)]


def frames(path, display_filter, *arguments):
    return [int(n) for n in column(path, "frame.number", "-Y", display_filter, *arguments)]


class Sharkd:
    """A Wireshark without windows: it reads a file once, then dissects the frames that it is asked for."""

    def __init__(self):
        self.process = subprocess.Popen([WITH_PLUGIN, "sharkd", "-"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.count = 0

    def ask(self, method, **parameters):
        self.count += 1
        question = {"jsonrpc": "2.0", "id": self.count, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        check("result" in answer, "sharkd %s: %s" % (question, answer))
        return answer["result"]

    def frames(self, display_filter):
        return [frame["num"] for frame in self.ask("frames", filter=display_filter)]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def frames_by_filter(path, filters):
    """What each of many filters finds, with all that two passes know; sharkd does not start anew."""
    if not shutil.which("sharkd"):
        return {text: frames(path, text, "-2") for text in filters}
    sharkd = Sharkd()
    sharkd.ask("load", file=path)
    found = {text: sharkd.frames(text) for text in filters}
    sharkd.close()
    return found


def json_frames(path, *arguments):
    return json.loads(tshark("-r", path, "-T", "json", *arguments))


def pcap(path, link_type, packets, times=None):
    """A classic nanosecond capture; `packets` are bytes, a microsecond apart unless there are times."""
    times = times or [1700000000 * 10**9 + n * 1000 for n in range(len(packets))]
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type))
        for time_ns, packet in zip(times, packets):
            file.write(struct.pack("<IIII", *divmod(time_ns, 10**9), len(packet), len(packet)))
            file.write(packet)


def pcapng(path, *sections):
    """Sections know nothing of each other. Each is packets, (interface, bytes); every interface is of the
    record's link type."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    with open(path, "wb") as file:
        for packets in sections:
            file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
            for _ in range(1 + max(interface for interface, _ in packets)):
                file.write(block(1, struct.pack("<HHI", UPPER_PDU, 0, 262144)))
            for n, (interface, data) in enumerate(packets):
                file.write(block(6, struct.pack("<IIIII", interface, 0, n, len(data), len(data)) +
                                 data))


HORIZON, CTR, ORBIS = 1, 2, 3
HIPC, CTR_COMMAND, IPMI, APPMSG, KERNEL, NOTE = 1, 2, 3, 4, 5, 6
SNAPSHOT, ENTER, EXIT = 0, 1, 2
TRUNCATED, UNREADABLE, SYNTHETIC, SERVER, NO_EXIT, RESULT, _, ASYNC, DOMAIN = (1 << n
                                                                              for n in range(9))
UNKNOWN, NO_PEER = 0xFFFFFFFF, 0xFFFFFFFE
(MESSAGE, FRAGMENT, POINTER, SEND, RECEIVE, BUFFER, KERNEL_CALL, HANDLES, CLOCK_PAIR, DROPPED,
 CAUSE) = (1, 3, 0x10, 0x11, 0x12, 0x15, 0x50, 0x51, 0x60, 0x61, 0x62)
SERVICE, INTERFACE, FUNCTION, PROCESS_NAME, PRODUCER, FIRMWARE, OBJECT_NAME, COMMENT, SESSION = (
    0x100, 0x101, 0x102, 0x103, 0x105, 0x106, 0x107, 0x108, 0x10A)


def section(kind, data=b"", index=0, address=0, declared=None):
    if isinstance(data, str):
        data = data.encode()
    declared = len(data) if declared is None else declared
    head = struct.pack("<HHIQQ", kind, index, len(data), address, declared)
    return head + data + bytes(-len(data) % 8)


def record(*sections, platform=HORIZON, kind=HIPC, phase=ENTER, flags=SYNTHETIC, call_id=0, pid=81,
           tid=1, program_id=0, handle=0, result=0, peer_pid=UNKNOWN, clock=0, source=7, time=0):
    body = b"".join(sections)
    if phase == EXIT:
        flags |= RESULT
    return struct.pack("<IBBBBHHIQQIIQIIIBBH", 0x54435049, 1, platform, kind, phase, 64, flags,
                       64 + len(body), time, call_id, pid, tid, program_id, handle, result,
                       peer_pid, clock, 0, source) + body


def kernel_call(call, handle=0, handle_2=0, value=0, address=0, size=0, value_2=0):
    return section(KERNEL_CALL, struct.pack("<IIIIQQQQ", call, handle, handle_2, value, address,
                                            size, value_2, 0))


def cmif_request(command, data=b"", object_id=None, kind=1, message_type=4):
    """A request without descriptors, in a domain if an object is given."""
    payload = struct.pack("<IIII", 0x49434653, 0, command, 0) + data
    if object_id is not None:
        payload = struct.pack("<BBHIII", kind, 0, len(payload), object_id, 0, 0) + (
            payload if kind == 1 else b"")
    payload += bytes(-len(payload) % 4)
    return section(MESSAGE, struct.pack("<IIII", message_type, (len(payload) + 16) // 4, 0, 0) +
                   payload + bytes(8))


def cmif_reply(result=0, data=b"", objects=None, move=None, interface_id=0):
    special = b"" if move is None else struct.pack("<II", 1 << 5, move)
    payload = struct.pack("<IIII", 0x4F434653, 0, result, interface_id) + data
    if objects is not None:
        payload = struct.pack("<IIII", len(objects), 0, 0, 0) + payload + b"".join(
            struct.pack("<I", n) for n in objects)
    payload += bytes(-len(payload) % 4)
    header = struct.pack("<II", 0, (len(payload) + 16) // 4 | (len(special) > 0) << 31) + special
    padding = -len(header) % 16
    return section(MESSAGE, header + bytes(padding) + payload + bytes(16 - padding))


def write_records(path, records):
    pcap(path, UPPER_PDU, [TAGS + data for data in records])


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


def records_of(path):
    """The records of a sample capture."""
    with open(path, "rb") as file:
        data = file.read()
    records, offset = [], 0
    while offset < len(data):
        kind, size = struct.unpack_from("<II", data, offset)
        if kind == 6:  # Enhanced Packet Block
            captured = struct.unpack_from("<I", data, offset + 20)[0]
            records.append(data[offset + 28 + len(TAGS):offset + 28 + captured])
        offset += size
    return records


class TcpStream:
    """The packets of one TCP connection on the loopback, with correct sequence numbers."""

    def __init__(self, client_port, server_port, version=4):
        self.ports = (client_port, server_port)
        self.sequence = [1, 1]
        self.packets = []
        self.version = version
        self.headers_size = 54 if version == 4 else 74

    def ip(self, size):
        if self.version == 6:
            loopback = bytes(15) + b"\1"
            return b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, size, 6, 64) + loopback * 2
        return b"\x08\x00" + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + size, 0, 0, 64, 6, 0,
                                         bytes((127, 0, 0, 1)), bytes((127, 0, 0, 1)))

    def packet(self, payload, side=0, flags=0x18):
        source, destination = self.ports if side == 0 else self.ports[::-1]
        tcp = struct.pack(">HHIIBBHHH", source, destination, self.sequence[side],
                          self.sequence[1 - side], 0x50, flags, 65535, 0, 0) + payload
        return bytes(12) + self.ip(len(tcp)) + tcp

    def send(self, payload, side=0, flags=0x18):
        self.packets.append(self.packet(payload, side, flags))
        self.sequence[side] += len(payload)

    def lose(self, payload, side=0):
        """Sent, but not captured."""
        self.sequence[side] += len(payload)

    def write(self, path, times=None):
        pcap(path, ETHERNET, self.packets, times)


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
