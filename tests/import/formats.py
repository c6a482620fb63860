#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark import: one message in every form in which tools print bytes; decode's JSON lines, PlayStation
structures, ilia's captures; the bar on a terminal."""
import json
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import tempfile
import unittest

PROGRAM = os.path.join(os.environ["IPCSHARK_BUILD"], "bin", "ipcshark")
RAW = b"SFCI" + struct.pack("<III", 0, 8, 0) + b"/save/data.bin\0\0"
REPLY = b"SFCO" + struct.pack("<III", 0, 0x202, 0)
MESSAGE = struct.pack("<IIII", 4, (len(RAW) + 8) // 4, 0, 0) + RAW
PADDED = MESSAGE + bytes(0x100 - len(MESSAGE))
TOOLS = ("xxd", "xxd -c 8", "xxd -g1", "xxd -i", "xxd -p", "xxd -u", "hexdump -C", "hexdump",
         "hexdump -x", "od -x", "od -t x1", "od -A x -t x1z", "od -A x -t x4", "od -t x2")


def rows_of(size, form, text, count, width):
    """Lines as debuggers print them: an address, then values."""
    return "\n".join(form % (0x7FFD2010 + at) + " ".join(
        text % value for value in struct.unpack_from("<%d%s" % (count, width), PADDED, at))
                     for at in range(0, size, count * struct.calcsize("<" + width)))


PRINTED = {
    "gdb x/16xw": rows_of(64, "0x%x:\t", "0x%08x", 4, "I"),
    "gdb x/16xw of a variable": rows_of(64, "0x%x <buffer+16>:\t", "0x%08x", 4, "I"),
    "gdb x/64xb": rows_of(64, "0x%x:\t", "0x%02x", 8, "B"),
    "gdb x/8xg": rows_of(64, "0x%x:\t", "0x%016x", 2, "Q"),
    "lldb memory read": rows_of(64, "0x%x: ", "%02x", 16, "B"),
    "lldb memory read -fx": rows_of(64, "0x%x: ", "0x%08x", 4, "I"),
    "bytes in C": "static const uint8_t message[] = { " + ", ".join(
        "0x%02X" % byte for byte in MESSAGE) + " };",
    "words in C": "u32 cmdbuf[64] = {\n" + ",\n".join(
        "0x%08X" % word for word in struct.unpack("<12I", MESSAGE)) + "\n};",
    "escapes": "".join("\\x%02x" % byte for byte in MESSAGE),
    "bare": MESSAGE.hex(),
    "bare, grouped": MESSAGE.hex(" ", 4),
    "quoted mail": "\n".join("> " + line for line in (MESSAGE[:24].hex(" "), MESSAGE[24:].hex(" "))),
}


def run(*arguments, text=None):
    return subprocess.run([PROGRAM, *map(str, arguments)], input=text, capture_output=True,
                          check=False, timeout=60)


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def ilia_file(link_type, *packets, name=b"nn::fssrv::sf::IFileSystem\0"):
    """As ilia writes it: the zero byte counted as part of the name, times always 0."""
    option = struct.pack("<HH", 2, len(name)) + name + bytes(-len(name) % 4) + bytes(4)
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    data += block(1, struct.pack("<HHI", link_type, 0, 0) + option)
    for packet in packets:
        data += block(6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + packet)
    return data


def chunk(kind, data):
    return struct.pack("<BQ", kind, len(data)) + data


def ilia_call():
    meta = bytearray(0xAC)
    struct.pack_into("<I", meta, 0x18, 2)
    struct.pack_into("<II", meta, 0x2C, 0x19, 0x1A)
    buffers = struct.pack("<Q", 6) + b"/path\0" + struct.pack("<Q", 4) + b"abcd"
    return (chunk(5, struct.pack("<I", 0)) + chunk(0, struct.pack("<QQ", 0x1000, len(RAW))) +
            chunk(1, RAW) + chunk(2, bytes(meta)) + chunk(3, struct.pack("<QQ", 0x2000, 16)) +
            chunk(4, REPLY) + chunk(6, buffers))


class Formats(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def calls(self, data, *arguments, status=0):
        """What was imported, as export has it, and what import said."""
        output = self.path / "out.pcapng"
        done = run("import", "-", "-w", output, *arguments,
                   text=data.encode() if isinstance(data, str) else data)
        self.assertEqual(done.returncode, status, done.stderr)
        rows = run("export", output).stdout.decode().splitlines()
        return [json.loads(row) for row in rows], done.stderr.decode()

    def check_message(self, calls, name):
        self.assertEqual(len(calls), 1, name)
        self.assertEqual((calls[0]["system"], calls[0]["command_id"]), ("Horizon", 8), name)

    def test_tools(self):
        for data in (MESSAGE, PADDED):
            file = self.path / "message.bin"
            file.write_bytes(data)
            for tool in TOOLS:
                if not shutil.which(tool.split()[0]):
                    continue
                text = subprocess.run([*tool.split(), file], check=True, stdout=subprocess.PIPE)
                calls, _ = self.calls(text.stdout)
                self.check_message(calls, tool)
                self.assertEqual(calls[0]["request_bytes"], len(data), tool)

    def test_printed(self):
        for name, text in PRINTED.items():
            self.check_message(self.calls(text)[0], name)

    def test_json_lines(self):
        """What decode prints is read back, and so is what it reads."""
        line = json.dumps({"platform": "horizon", "hex": MESSAGE.hex(), "service": "fsp-srv"})
        decoded = run("decode", "--json", text=line.encode()).stdout.decode()
        for text in (line, decoded):
            calls, _ = self.calls(text + "\n")
            self.check_message(calls, text)
        self.assertEqual(self.calls(line)[0][0]["service"], "fsp-srv")
        words = {"platform": "ctr", "hex": "0x08010002 0x0 0xC8804478", "reply": True}
        calls, _ = self.calls(json.dumps(words) + "\n")
        self.assertEqual((calls[0]["system"], calls[0]["status"]), ("CTR", "reply_only"))
        _, said = self.calls(line + '\n{"platform":"vita","hex":""}\n{"platform":"horizon",\n')
        self.assertIn("-:2: \"platform\" is neither", said)
        self.assertIn("1 messages (0 truncated), 2 unreadable", said)

    def test_orbis(self):
        request = struct.pack("<IIQII", 0, 1, 2, 1, 0)
        calls, _ = self.calls(request.hex() + "\n", "--platform", "orbis")
        self.assertEqual((calls[0]["service"], calls[0]["command"]),
                         ("SceAppMessaging", "InvokeSyncMethod"))
        message = struct.pack("<II", 0x60005101, 0) + b"hello".ljust(0x2000, b"\0")
        message += struct.pack("<IIQ", 5, 0, 1)
        calls, _ = self.calls(message.hex() + "\n", "--platform", "orbis")
        self.assertEqual(calls[0]["command"], "sceAppMessagingReceiveMsg")
        calls, _ = self.calls(bytes(0x30).hex() + "\n", "--op", "0x320")
        self.assertEqual((calls[0]["system"], calls[0]["command_id"]), ("Orbis", 0x320))
        _, said = self.calls(bytes(0x30).hex() + "\n", "--platform", "orbis", status=1)
        self.assertIn("--op", said)
        line = json.dumps({"platform": "orbis", "op": "0x320", "hex": bytes(0x30).hex()})
        self.assertEqual(self.calls(line + "\n")[0][0]["command"], "InvokeSyncMethod")

    def test_ilia(self):
        calls, said = self.calls(ilia_file(148, ilia_call(), ilia_call()))
        self.assertIn("4 messages", said)
        self.assertEqual([call["status"] for call in calls], ["answered"] * 2)
        self.assertEqual((calls[0]["side"], calls[0]["interface"]),
                         ("server", "nn::fssrv::sf::IFileSystem"))
        self.assertGreater(calls[0]["request_bytes"], len(RAW))
        self.assertEqual((calls[0]["command"], calls[0]["command_id"], calls[0]["result_text"]),
                         ("OpenFile", 8, "fs PathNotFound (2002-0001)"))

    def test_old_ilia(self):
        pointer = struct.pack("<II", 6 << 16, 0x1000)
        request = struct.pack("<II", 4 | 1 << 16, 8) + pointer + RAW
        packet = request + bytes(0x100 - len(request)) + b"/path\0" + REPLY + bytes(0xF0)
        calls, _ = self.calls(ilia_file(147, packet))
        self.assertEqual((calls[0]["status"], calls[0]["command_id"]), ("answered", 8))
        self.assertEqual(calls[0]["request_bytes"], 0x106)

    def test_broken_ilia(self):
        """Cut or changed anywhere: told with the number of the block, never worse."""
        whole = ilia_file(148, ilia_call())
        for end in range(4, len(whole), 19):
            run("import", "-", "-w", self.path / "out", text=whole[:end])
        for at in range(8, len(whole), 17):
            broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1:]
            done = run("import", "-", "-w", self.path / "out", text=broken)
            self.assertIn(done.returncode, (0, 1), "%d: %s" % (at, done.stderr))
        _, said = self.calls(ilia_file(1, b"1234"), status=1)
        self.assertIn("-:3: its link type is not ilia's", said)
        _, said = self.calls(ilia_file(148, chunk(9, b"x")), status=1)
        self.assertIn("no chunks with a request", said)

    def test_progress(self):
        """A bar on a terminal, for what takes its time; none in a file."""
        big = self.path / "big.log"
        big.write_bytes(b"[ 1.0] a line about something else, such as most of them are\n" * 600000)
        controller, terminal = pty.openpty()
        subprocess.run([PROGRAM, "import", big, "-w", self.path / "out"], stderr=terminal,
                       check=False, timeout=60)
        os.close(terminal)
        shown = os.read(controller, 1 << 16).decode()
        os.close(controller)
        self.assertRegex(shown, r"\r.*big\.log \[#*[# ]* *\] +\d+ %")
        self.assertNotIn("%", run("import", big, "-w", self.path / "out").stderr.decode())


unittest.main()
