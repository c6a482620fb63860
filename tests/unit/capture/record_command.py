#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipcshark record` as its users meet it: producers and clients that this test plays."""
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.path.join(os.environ["IPCSHARK_BUILD"], "bin", "ipcshark")
TAGS = bytes.fromhex("000c0008697063746170000000000000")
HEADER = struct.Struct("<4sBBBBHHIQQIIQIIIBBH")
NOTE, HIPC = 6, 1
ENTER, EXIT = 1, 2


def section(kind, data, index=0):
    head = struct.pack("<HHIQQ", kind, index, len(data), 0, len(data))
    return head + data + bytes(-len(data) % 8)


def record(kind=HIPC, phase=ENTER, *sections, call=0, when=0, clock=0, source=0, flags=0, pid=81):
    body = b"".join(sections)
    return HEADER.pack(b"IPCT", 1, 1, kind, phase, 64, flags, 64 + len(body), when, call, pid, 1, 0,
                       7, 0, 0xFFFFFFFF, clock, 0, source) + body


def hello(name):
    return record(NOTE, 0, section(0x0105, name))


def message(call, size=40, **header):
    phase = header.pop("phase", ENTER)
    return record(HIPC, phase, section(0x0001, bytes(size)), call=call, **header)


class Packet:
    def __init__(self, interface, when, data, options):
        assert data[:16] == TAGS, data[:16]
        self.interface, self.when, self.options = interface, when, options
        self.record = data[16:]
        fields = HEADER.unpack(self.record[:64])
        (self.magic, _, _, self.kind, self.phase, _, self.flags, self.size, self.time, self.call,
         *_, self.source) = fields
        assert self.size == len(self.record), (self.size, len(self.record))

    def text(self, kind):
        at = 64
        while at + 24 <= len(self.record):
            found, _, size, _, _ = struct.unpack_from("<HHIQQ", self.record, at)
            if found == kind:
                return self.record[at + 24:at + 24 + size].decode()
            at += 24 + (size + 7) // 8 * 8
        return None


def options_of(data):
    found = {}
    while len(data) >= 4:
        code, size = struct.unpack_from("<HH", data)
        found[code] = data[4:4 + size]
        data = data[4 + (size + 3) // 4 * 4:]
    return found


class Capture:
    """A pcapng file, read strictly: every block must be whole."""

    def __init__(self, data):
        self.interfaces, self.packets, self.statistics = [], [], []
        at = 0
        while at < len(data):
            kind, length = struct.unpack_from("<II", data, at)
            body = data[at + 8:at + length - 4]
            assert struct.unpack_from("<I", data, at + length - 4)[0] == length
            self.block(kind, body)
            at += length

    def block(self, kind, body):
        if kind == 1:
            options = options_of(body[8:])
            assert struct.unpack_from("<H", body)[0] == 252 and options[9] == b"\x09"
            self.interfaces.append(options.get(2, b"").decode())
        elif kind == 5:
            options = options_of(body[12:])
            self.statistics.append(struct.unpack("<QQ", options[4] + options[5]))
        elif kind == 6:
            interface, high, low, size, _ = struct.unpack_from("<IIIII", body)
            rest = body[20 + (size + 3) // 4 * 4:]
            self.packets.append(Packet(interface, high << 32 | low, body[20:20 + size],
                                       options_of(rest)))

    def messages(self):
        return [packet for packet in self.packets if packet.kind == HIPC]

    def comments(self):
        return [packet.text(0x0108) for packet in self.packets if packet.text(0x0108)]


class Recorder:
    """The program, started and listening."""

    def __init__(self, folder, *arguments, output="out.pcapng", listening=1, **keywords):
        self.path = os.path.join(folder, output)
        self.process = subprocess.Popen([PROGRAM, "record", "-w", self.path, *arguments],
                                        stderr=subprocess.PIPE, **keywords)
        self.ports = [self.next_port() for _ in range(listening)]

    def next_port(self):
        line = self.process.stderr.readline().decode()
        assert "listening on" in line, line
        return line.strip().rsplit(":", 1)[1]

    def connect(self, index=0):
        return socket.create_connection(("127.0.0.1", int(self.ports[index])))

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.end()

    def end(self):
        self.errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        assert self.process.wait(20) == 0, self.errors
        with open(self.path, "rb") as file:
            return Capture(file.read())


class RecordTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def recorder(self, *arguments, **keywords):
        if "--listen" not in arguments and "--proxy" not in arguments:
            arguments += ("--listen", "tcp:127.0.0.1:0")
        recorder = Recorder(self.folder, *arguments, **keywords)
        self.addCleanup(recorder.process.kill)
        return recorder

    def refused(self, *arguments):
        done = subprocess.run([PROGRAM, "record", *arguments], capture_output=True, timeout=20,
                              check=False)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr.decode()


class Listen(RecordTest):
    def test_a_byte_at_a_time(self):
        recorder = self.recorder()
        with recorder.connect() as producer:
            producer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in hello(b"drip 1") + message(1) + message(1, phase=EXIT):
                producer.send(bytes([byte]))
        capture = recorder.stop()
        self.assertEqual([packet.phase for packet in capture.packets], [0, ENTER, EXIT])
        self.assertEqual(capture.interfaces, ["drip 1"])

    def test_what_arrived_before_the_signal_is_in_the_file(self):
        recorder = self.recorder()
        with recorder.connect() as producer:
            producer.sendall(hello(b"fast 1") + b"".join(message(n) for n in range(1, 5001)))
            capture = recorder.stop()
        self.assertEqual(len(capture.messages()), 5000)
        self.assertIn("5001 records", recorder.errors)

    def test_every_signal_leaves_a_whole_file(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            recorder = self.recorder()
            with recorder.connect() as producer:
                producer.sendall(hello(b"p") + message(1))
                self.assertEqual(len(recorder.stop(number).messages()), 1)

    def test_an_interface_for_each_producer(self):
        recorder = self.recorder()
        with recorder.connect() as one, recorder.connect() as two:
            for n in range(1, 11):
                one.sendall((hello(b"one") if n == 1 else b"") + message(n))
                two.sendall((hello(b"two") if n == 1 else b"") + message(n))
            time.sleep(0.3)
            capture = recorder.stop()
        self.assertEqual(sorted(capture.interfaces), ["one", "two"])
        sources = {packet.interface: packet.source for packet in capture.packets}
        self.assertEqual(len(set(sources.values()) - {0}), 2)
        for interface in (0, 1):
            calls = [p.call for p in capture.messages() if p.interface == interface]
            self.assertEqual(calls, list(range(1, 11)))

    def test_a_producer_is_not_named_after_those_it_observes(self):
        observed = record(5, ENTER, section(0x0050, struct.pack("<I44x", 1)),
                          section(0x0105, b"somebody else"), call=9)
        recorder = self.recorder()
        with recorder.connect() as producer:
            producer.sendall(hello(b"the kernel") + observed + message(1))
            time.sleep(0.2)
            recorder.stop()
        self.assertIn("the kernel (", recorder.errors)
        self.assertNotIn("somebody else", recorder.errors)

    def test_garbage_ends_its_connection_and_no_other(self):
        recorder = self.recorder()
        with recorder.connect() as bad, recorder.connect() as good:
            bad.sendall(hello(b"bad") + message(1) + b"this is no record" + message(2))
            self.assertEqual(bad.recv(1), b"")
            good.sendall(hello(b"good") + message(3))
            time.sleep(0.2)
            capture = recorder.stop()
        self.assertEqual(sorted(packet.call for packet in capture.messages()), [1, 3])
        self.assertIn("starts with the magic 0x54435049", capture.comments()[0])

    def test_a_record_that_never_ends_is_told(self):
        recorder = self.recorder()
        with recorder.connect() as producer:
            producer.sendall(hello(b"cut") + message(1)[:70])
        time.sleep(0.2)
        capture = recorder.stop()
        self.assertEqual(len(capture.messages()), 0)
        self.assertIn("70 bytes into a record", capture.comments()[0])

    def test_huge_records_are_refused_before_they_are_waited_for(self):
        recorder = self.recorder()
        with recorder.connect() as producer:
            head = bytearray(message(1)[:64])
            struct.pack_into("<I", head, 12, (16 << 20) + 8)
            producer.sendall(bytes(head))
            self.assertEqual(producer.recv(1), b"")
        self.assertIn("16777224", recorder.stop().comments()[0])

    def test_long_records_become_packets_that_wireshark_reads(self):
        recorder = self.recorder()
        with recorder.connect() as producer:
            producer.sendall(hello(b"long") + message(1, size=1 << 20) + message(2))
            time.sleep(0.3)
            capture = recorder.stop()
        long, short = capture.messages()
        self.assertLessEqual(len(long.record) + 16, 261120)
        self.assertEqual(long.flags & 1, 1)
        self.assertEqual(short.flags & 1, 0)

    def test_times(self):
        pair = section(0x0060, struct.pack("<QQ", 5_000, 1_700_000_000_000_005_000))
        recorder = self.recorder()
        before = time.time_ns()
        with recorder.connect() as producer:
            producer.sendall(record(NOTE, 0, section(0x0105, b"clock"), pair) +
                             message(1, when=1_600_000_000_123_456_789) +
                             message(2, when=7_000, clock=1) + message(3, when=9_000, clock=2) +
                             message(4))
            time.sleep(0.2)
            capture = recorder.stop()
        times = [packet.when for packet in capture.messages()]
        self.assertEqual(times[:3], [1_600_000_000_123_456_789, 1_700_000_000_000_007_000, 9_000])
        self.assertTrue(before - 10**9 < times[3] < time.time_ns() + 10**9)

    def test_drops_reach_the_statistics(self):
        recorder = self.recorder()
        with recorder.connect() as producer:
            producer.sendall(hello(b"lossy") + message(1) +
                             record(NOTE, 0, section(0x0061, struct.pack("<QQ", 12, 3456))))
            time.sleep(0.2)
            capture = recorder.stop()
        self.assertEqual(capture.statistics, [(15, 12)])
        self.assertIn("12 dropped", recorder.errors)

    def test_unix_socket_is_made_and_removed(self):
        path = os.path.join(self.folder, "socket")
        recorder = self.recorder("--listen", "unix:" + path)
        with socket.socket(socket.AF_UNIX) as producer:
            producer.connect(path)
            producer.sendall(hello(b"unix") + message(1))
            time.sleep(0.2)
            self.assertEqual(len(recorder.stop().messages()), 1)
        self.assertFalse(os.path.exists(path))

    def test_a_dead_recorders_socket_does_not_stand_in_the_way(self):
        path = os.path.join(self.folder, "socket")
        first = self.recorder("--listen", "unix:" + path)
        first.process.kill()
        first.process.wait()
        first.process.stderr.close()
        self.recorder("--listen", "unix:" + path).stop()


class Output(RecordTest):
    def test_count(self):
        recorder = self.recorder("-c", "3")
        with recorder.connect() as producer:
            with contextlib.suppress(OSError):
                producer.sendall(hello(b"p") + b"".join(message(n) for n in range(1, 100)))
            self.assertEqual(len(recorder.end().packets), 3)

    def test_duration(self):
        recorder = self.recorder("-a", "duration:1")
        self.assertEqual(recorder.end().packets, [])

    def test_pcap(self):
        recorder = self.recorder("-F", "pcap", output="out.pcap")
        with recorder.connect() as producer:
            producer.sendall(hello(b"p") + message(1, when=1_600_000_000_123_456_789))
            time.sleep(0.2)
            recorder.process.send_signal(signal.SIGINT)
            recorder.process.stderr.read()
            recorder.process.stderr.close()
            self.assertEqual(recorder.process.wait(20), 0)
        with open(recorder.path, "rb") as file:
            data = file.read()
        magic, _, _, _, _, _, link_type = struct.unpack_from("<IHHiIII", data)
        self.assertEqual((magic, link_type), (0xA1B23C4D, 252))
        first = struct.unpack_from("<I", data, 24 + 8)[0]
        seconds, nanoseconds, size, _ = struct.unpack_from("<IIII", data, 24 + 16 + first)
        self.assertEqual((seconds, nanoseconds), (1_600_000_000, 123_456_789))
        self.assertEqual(len(data), 24 + 16 + first + 16 + size)

    def test_standard_output_is_live(self):
        process = subprocess.Popen([PROGRAM, "record", "-l", "tcp:127.0.0.1:0", "-w", "-"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        port = process.stderr.readline().decode().strip().rsplit(":", 1)[1]
        with socket.create_connection(("127.0.0.1", int(port))) as producer:
            data = b""
            for n in range(1, 4):
                producer.sendall(message(n))
                while len(Capture(data).packets) < n:
                    data += os.read(process.stdout.fileno(), 65536)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)

    def reader_goes_away(self, *records):
        process = subprocess.Popen([PROGRAM, "record", "-l", "tcp:127.0.0.1:0", "-w", "-"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        port = process.stderr.readline().decode().strip().rsplit(":", 1)[1]
        with socket.create_connection(("127.0.0.1", int(port))) as producer:
            process.stdout.close()
            with contextlib.suppress(OSError):
                producer.sendall(b"".join(records))
            errors = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(20), 0, errors)
        self.assertNotIn("cannot", errors)

    def test_a_reader_that_goes_away_ends_it(self):
        self.reader_goes_away(message(1), message(2))

    def test_a_reader_that_goes_away_while_nothing_comes_ends_it(self):
        self.reader_goes_away()

    def test_full_disk(self):
        process = subprocess.Popen([PROGRAM, "record", "-l", "tcp:127.0.0.1:0", "-w", "/dev/full"],
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        errors = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(20), 1)
        self.assertIn("No space left", errors)


class Filter(RecordTest):
    def test_process_and_buffers(self):
        recorder = self.recorder("--filter", "pid=81 bytes=8")
        with recorder.connect() as producer:
            producer.sendall(hello(b"p") + message(1, pid=80) + message(1, pid=80, phase=EXIT) +
                             record(HIPC, ENTER, section(0x0001, bytes(16)),
                                    section(0x0011, bytes(100)), call=2) + message(2, phase=EXIT))
            time.sleep(0.3)
            capture = recorder.stop()
        self.assertEqual([p.call for p in capture.messages()], [2, 2])
        self.assertEqual(capture.messages()[0].size, 64 + 24 + 16 + 24 + 8)
        self.assertEqual(capture.messages()[0].flags & 1, 1)

    def test_a_filter_that_is_none(self):
        self.assertIn("pid=x", self.refused("-w", os.path.join(self.folder, "x"), "-f", "pid=x"))


class Errors(RecordTest):
    def test_usage(self):
        out = os.path.join(self.folder, "x")
        for arguments, text in (
                ((), "-w FILE"), (("-w", out, "-F", "erf"), "erf"),
                (("-w", out, "-a", "filesize:1"), "duration:SECONDS"),
                (("-w", out, "-l", "udp:1"), "udp:1"),
                (("-w", out, "-l", "tcp:127.0.0.1:"), "port"),
                (("-w", out, "--proxy", "tcp:127.0.0.1:0"), "LISTEN=SERVER"),
                (("-w", out, "-c", "-1"), "-1"), (("-w", out, "extra"), "extra")):
            with self.subTest(arguments):
                self.assertIn(text, self.refused(*arguments))

    def test_other_machines_are_kept_out(self):
        out = os.path.join(self.folder, "x")
        self.assertIn("--allow-remote", self.refused("-w", out, "-l", "tcp:0.0.0.0:0"))

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "tcp:127.0.0.1:%d" % taken.getsockname()[1]
            out = os.path.join(self.folder, "x")
            with open(out, "w", encoding="ascii") as file:
                file.write("kept")
            self.assertIn(address, self.refused("-w", out, "-l", address))
            with open(out, encoding="ascii") as file:
                self.assertEqual(file.read(), "kept")

    def test_unwritable_file(self):
        path = os.path.join(self.folder, "no", "such", "folder")
        self.assertIn(path, self.refused("-w", path, "-l", "tcp:127.0.0.1:0"))


class Proxy(RecordTest):
    """The server is an echo that turns every enter into an exit."""

    source = 0

    def setUp(self):
        super().setUp()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection, contextlib.suppress(OSError):
            stream = connection.makefile("rb")
            while head := stream.read(64):
                size = struct.unpack_from("<I", head, 12)[0]
                body = stream.read(size - 64)
                connection.sendall(head[:7] + bytes([EXIT]) + head[8:62] +
                                   struct.pack("<H", self.source) + body)

    def proxy(self):
        address = "tcp:127.0.0.1:0=tcp:127.0.0.1:%d" % self.server.getsockname()[1]
        return self.recorder("--proxy", address)

    def round_trip(self, client, call, size=40):
        client.sendall(message(call, size))
        reply = b""
        while len(reply) < len(message(call, size)):
            reply += client.recv(1 << 20)
        self.assertEqual(reply, message(call, size, phase=EXIT))

    def test_bytes_pass_unchanged_and_both_sides_are_recorded(self):
        recorder = self.proxy()
        with recorder.connect() as client:
            for call in range(1, 101):
                self.round_trip(client, call)
            self.round_trip(client, 101, size=1 << 20)
        time.sleep(0.2)
        capture = recorder.stop()
        phases = [packet.phase for packet in capture.messages()]
        self.assertEqual(phases, [ENTER, EXIT] * 101)
        calls = [packet.call for packet in capture.messages()]
        self.assertEqual(calls[::2], calls[1::2])

    def test_clients_choose_the_same_call_ids(self):
        recorder = self.proxy()
        with recorder.connect() as one, recorder.connect() as two:
            for call in (1, 2, 1):
                self.round_trip(one, call)
                self.round_trip(two, call)
        time.sleep(0.2)
        capture = recorder.stop()
        enters = [packet.call for packet in capture.messages() if packet.phase == ENTER]
        self.assertEqual(len(set(enters)), 6)
        self.assertEqual(len({packet.source for packet in capture.packets}), 1)

    def test_a_server_with_a_source_of_its_own(self):
        self.source = 777
        recorder = self.proxy()
        with recorder.connect() as client:
            client.sendall(message(1))
            self.assertEqual(len(client.recv(1 << 20)), len(message(1)))
        time.sleep(0.2)
        enter, exit_ = recorder.stop().messages()
        self.assertEqual(enter.source, exit_.source)
        self.assertNotEqual(enter.source, 0)

    def test_the_interface_has_the_process_s_name(self):
        recorder = self.proxy()
        with recorder.connect() as client:
            client.sendall(record(5, ENTER, section(0x0050, b"\1" + bytes(47)),
                                  section(0x0107, b"game"), call=1))
            client.recv(1 << 20)
        time.sleep(0.2)
        self.assertEqual(recorder.stop().interfaces, ["game"])

    def test_server_that_is_not_there(self):
        self.server.close()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        recorder = self.recorder("--proxy", "tcp:127.0.0.1:0=tcp:127.0.0.1:%d" % port)
        with recorder.connect() as client:
            self.assertEqual(client.recv(1), b"")
        recorder.stop()
        self.assertIn("the server does not answer", recorder.errors)

    def test_bytes_that_are_no_records_pass_too(self):
        recorder = self.proxy()
        with recorder.connect() as client:
            self.round_trip(client, 1)
            client.sendall(b"x" * 64)
            time.sleep(0.2)
        time.sleep(0.2)
        capture = recorder.stop()
        self.assertEqual(len(capture.messages()), 2)
        self.assertIn("records it no longer", capture.comments()[0])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
