#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark import as a user runs it: files, standard input and output, formats, exit statuses."""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.join(os.environ["IPCSHARK_BUILD"], "bin", "ipcshark")
TEXTS = pathlib.Path(__file__).resolve().parent
TAGS = bytes.fromhex("000c0008697063746170000000000000")


def run(*arguments, text=None):
    return subprocess.run([PROGRAM, "import", *map(str, arguments)], input=text,
                          capture_output=True, check=False, timeout=60)


def blocks(capture):
    """(type, body) of every block of a little-endian pcapng file."""
    position = 0
    while position < len(capture):
        kind, size = struct.unpack_from("<II", capture, position)
        assert size == struct.unpack_from("<I", capture, position + size - 4)[0]
        yield kind, capture[position + 8:position + size - 4]
        position += size


def records(capture):
    """(interface, time in ns, record) of every packet."""
    for kind, body in blocks(capture):
        if kind != 6:
            continue
        interface, high, low, captured, original = struct.unpack_from("<IIIII", body)
        assert captured == original
        packet = body[20:20 + captured]
        assert packet.startswith(TAGS), packet[:16]
        yield interface, high << 32 | low, packet[16:]


class ImportCommand(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.output = pathlib.Path(self.folder.name) / "out.pcapng"

    def tearDown(self):
        self.folder.cleanup()

    def test_own_names(self):
        """A service that only the user's own file knows decides which system a line is of."""
        log = "[1.0] Service <Error> s.cpp:f:1: unknown / unimplemented function 'X': " \
              "port='own:U' cmd_buf={[0]=0x10080, [1]=0x5, [2]=0x6}\n"
        own = pathlib.Path(self.folder.name) / "own.tsv"
        platforms = []
        for text in ("[ctr own:U]\n1\tOpen\n", "[nn::own::I is own:U]\n1\tOpen\n"):
            own.write_text(text)
            done = run("-", "--names", own, "-w", self.output, text=log.encode())
            self.assertEqual(done.returncode, 0, done.stderr)
            platforms += [packet[2][5] for packet in records(self.output.read_bytes())]
        self.assertEqual(platforms, [2, 1])
        own.write_text("1\tOpen\n")
        done = run("-", "--names", own, "-w", self.output, text=log.encode())
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"own.tsv:1:1: ", done.stderr)

    def test_several_files(self):
        names = ["emulators.log", "crash.txt", "ryujinx.log"]
        done = run(*[TEXTS / name for name in names], "-w", self.output)
        self.assertEqual(done.returncode, 0, done.stderr)
        packets = list(records(self.output.read_bytes()))
        self.assertEqual([packet[0] for packet in packets], [0] * 9 + [1] * 2 + [2] * 2)
        # Every file is its own source: nobody joins the calls of two logs.
        sources = [struct.unpack_from("<H", packet[2], 62)[0] for packet in packets]
        self.assertEqual(sources, [1] * 9 + [2] * 2 + [3] * 2)
        self.assertTrue(all(packet[2].startswith(b"IPCT") for packet in packets))
        self.assertEqual(packets[0][1], 26842443000)
        # Line 8 has no time: it stands where line 7 does.
        self.assertEqual(packets[7][1], packets[6][1])

    def test_interface_names(self):
        run(TEXTS / "crash.txt", "-w", self.output)
        interfaces = [body for kind, body in blocks(self.output.read_bytes()) if kind == 1]
        self.assertEqual(len(interfaces), 1)
        self.assertIn(b"crash.txt", interfaces[0])

    def test_pipe(self):
        text = (TEXTS / "console.txt").read_bytes()
        done = run("-", "-w", "-", text=text)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(list(records(done.stdout))), 2)
        self.assertIn(b"-:9: there is no \"|\" behind the offset", done.stderr)

    def test_pcap(self):
        done = run(TEXTS / "dumps.txt", "-F", "pcap", "-w", "-")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout[:4], bytes.fromhex("4d3cb2a1"))
        self.assertEqual(done.stdout.count(TAGS), 8)

    def test_nothing_found(self):
        done = run("-", "-w", self.output, text=b"Nothing to see here.\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"nothing in it looks like a message", done.stderr)
        self.assertEqual(list(records(self.output.read_bytes())), [])

    def test_missing_file(self):
        done = run(self.folder.name + "/none", TEXTS / "console.txt", "-w", self.output)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No such file", done.stderr)
        self.assertEqual(len(list(records(self.output.read_bytes()))), 2)

    def test_unwritable(self):
        done = run(TEXTS / "console.txt", "-w", self.folder.name + "/none/out.pcapng")
        self.assertEqual(done.returncode, 1)

    def test_many_unreadable(self):
        text = b"cmd_buf={[0]=0x}\n" * 100
        done = run("-", "-w", self.output, text=text)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"-:8: ", done.stderr)
        self.assertNotIn(b"-:9: ", done.stderr)
        self.assertIn(b"92 more", done.stderr)

    def test_usage(self):
        for arguments in ([], ["x"], ["-w", self.output], ["--format", "z", "x", "-w", "y"],
                          ["--platform", "z", "x", "-w", "y"], ["-F", "z", "x", "-w", "y"],
                          ["--nonsense"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
