#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark server as a user runs it: where it listens, how it ends, what it leaves behind."""
import os
import pathlib
import re
import resource
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time
import unittest

BUILD = pathlib.Path(os.environ["IPCSHARK_BUILD"])
PROGRAM = BUILD / "bin" / "ipcshark"
HELLO = bytes.fromhex(
    "49504354010105014000040080000000000000000000000001000000000000 00"
    "ffffffff010000000000010000000001 0000000000000000ffffffff00000000".replace(" ", "")
) + struct.pack("<HHIQQ", 0x50, 0, 48, 0, 48) + struct.pack("<I", 1) + bytes(44)
HELLO = HELLO[:12] + struct.pack("<I", len(HELLO)) + HELLO[16:]


class Server:
    """A running server; `with` ends it."""

    def __init__(self, *arguments, limit=None, **options):
        def set_limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        self.process = subprocess.Popen(
            [PROGRAM, "server", *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=set_limit if limit else None, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def address(self):
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line + self.process.stderr.read()
        return line.split()[-1]

    def end(self, number=signal.SIGTERM):
        """What it still said; its exit status is 0."""
        self.process.send_signal(number)
        said, errors = self.process.communicate(timeout=10)
        assert self.process.returncode == 0, errors
        assert errors == "", errors
        return said


def receive(client, size):
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            break
        data += more
    return data


def hello(client):
    """The exit of Hello."""
    client.sendall(HELLO)
    head = receive(client, 64)
    assert len(head) == 64 and head[:4] == b"IPCT", head
    return head + receive(client, struct.unpack_from("<I", head, 12)[0] - 64)


def count_packets(capture):
    data = capture.read_bytes()
    position = count = 0
    while position < len(data):
        kind, size = struct.unpack_from("<II", data, position)
        assert size == struct.unpack_from("<I", data, position + size - 4)[0]
        count += kind == 6
        position += size
    return count


class ServerCommand(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def connect(self, address):
        kind, _, place = address.partition(":")
        if kind == "unix":
            client = socket.socket(socket.AF_UNIX)
            client.connect(place)
        else:
            host, _, port = place.rpartition(":")
            client = socket.create_connection((host, int(port)))
        self.addCleanup(client.close)
        return client

    def test_ends_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), Server("--listen", f"unix:{self.path}/socket", "--listen",
                                              "tcp:127.0.0.1:0", "--tap", self.path / "tap.pcapng",
                                              env={**os.environ, "TMPDIR": str(self.path)}) as server:
                clients = [self.connect(server.address()), self.connect(server.address())]
                for client in clients:
                    hello(client)
                clients[0].send(HELLO[:7])
                said = server.end(number)
                self.assertFalse((self.path / "socket").exists())
                self.assertEqual(list(self.path.glob("ipcshark-*")), [], "the sandbox is left")
                self.assertIn("served 2 calls of 2 connections", said)
                records = int(re.search(r"tap: (\d+) records, 0 dropped", said)[1])
                # Both Hellos' enter and exit; the ends of both processes come after the count.
                self.assertEqual(records, 4)
                # The producer's note and the two ends.
                self.assertEqual(count_packets(self.path / "tap.pcapng"), records + 3)

    def test_end_while_idle(self):
        with Server("--listen", f"unix:{self.path}/socket") as server:
            server.address()
            self.assertIn("served 0 calls of 0 connections", server.end())

    def test_quiet(self):
        with Server("--quiet", "--listen", f"unix:{self.path}/socket") as server:
            while not (self.path / "socket").exists():
                time.sleep(0.01)
            self.assertEqual(server.end(), "")

    def test_loopback_by_default(self):
        for address in ("tcp:0.0.0.0:0", "tcp:[::]:0"):
            with self.subTest(address), Server("--listen", address) as server:
                said, errors = server.process.communicate(timeout=10)
                self.assertEqual((server.process.returncode, said), (1, ""))
                self.assertIn("--allow-remote", errors)
        with Server("--allow-remote", "--listen", "tcp:0.0.0.0:0") as server:
            port = server.address().rpartition(":")[2]
            hello(self.connect(f"tcp:127.0.0.1:{port}"))
            server.end()

    def test_socket_files(self):
        path = self.path / "socket"
        address = f"unix:{path}"
        with Server("--listen", address) as server:
            server.address()
            with Server("--listen", address) as second:
                self.assertEqual(second.process.wait(10), 1)
            hello(self.connect(address))  # The second one took nothing away.
            server.process.kill()
            server.process.wait()
        self.assertTrue(stat.S_ISSOCK(path.stat().st_mode))
        with Server("--listen", address) as server:  # What a dead server left is replaced.
            server.address()
            server.end()
        path.write_text("precious")
        with Server("--listen", address) as server:
            self.assertEqual(server.process.wait(10), 1)
        self.assertEqual(path.read_text(), "precious")

    def test_without_descriptors(self):
        """Clients beyond the limit wait in the backlog, the others go on, nothing spins."""
        with Server("--listen", f"unix:{self.path}/socket", limit=32) as server:
            address = server.address()
            clients = [self.connect(address) for _ in range(40)]
            served = []
            for client in clients:
                client.settimeout(0.3)
                try:
                    hello(client)
                except TimeoutError:
                    break
                served.append(client)
            self.assertGreater(len(served), 15)
            self.assertLess(len(served), 40)
            before = self.processor_time(server)
            time.sleep(0.5)
            self.assertLess(self.processor_time(server) - before, 0.2)
            for client in served:
                client.close()
            last = clients[-1]
            last.settimeout(5)
            hello(last)
            self.assertIn("has to wait", server.end())

    def processor_time(self, server):
        fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def test_bad_arguments(self):
        for arguments in (["--fault", "explode"], ["--fault", "drop,every=0"]):
            with self.subTest(arguments), Server(*arguments) as server:
                said, errors = server.process.communicate(timeout=10)
                self.assertNotEqual(server.process.returncode, 0)
                self.assertEqual(said, "")
                self.assertIn(arguments[1], errors)

    def test_fault(self):
        """Faults strike no Hello; what struck is counted."""
        with Server("--listen", f"unix:{self.path}/socket", "--fault", "drop") as server:
            client = self.connect(server.address())
            exit_record = hello(client)
            unknown = bytearray(HELLO)
            unknown[32:36] = exit_record[32:36]
            unknown[88:92] = struct.pack("<I", 0x7777)
            client.sendall(unknown)
            client.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                client.recv(1)
            self.assertIn("1 faults injected", server.end())


if __name__ == "__main__":
    unittest.main()
