#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipcshark record` for days: files that change, a full disk, compression, and an end at any instant.

    record_long.py [--kills N]      only the killing, N times
"""
import os
import pty
import random
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import unittest
import zlib

from record_command import Capture, PROGRAM, RecordTest, hello, message, record, section

KILLS = 20


def whole_blocks(data):
    """Without a block that was cut at the end."""
    at = 0
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        if size < 12 or at + size > len(data):
            break
        at += size
    return data[:at]


class LongTest(RecordTest):
    def files(self):
        return sorted(name for name in os.listdir(self.folder) if name.startswith("out"))

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def captures(self):
        return [Capture(self.read(name)) for name in self.files()]

    def ended(self, recorder):
        """For recorders whose file is not named out.pcapng."""
        recorder.process.send_signal(signal.SIGINT)
        recorder.errors = recorder.process.stderr.read().decode()
        recorder.process.stderr.close()
        self.assertEqual(recorder.process.wait(20), 0, recorder.errors)

    def push(self, recorder, name, *numbers, size=1000):
        with recorder.connect() as producer:
            producer.sendall(hello(name) + b"".join(message(n, size) for n in numbers))


class Ring(LongTest):
    def test_by_size(self):
        recorder = self.recorder("--ring-size", "20k", "--ring-files", "3")
        self.push(recorder, b"p", *range(1, 201))
        time.sleep(0.3)
        self.ended(recorder)
        names, captures = self.files(), self.captures()
        self.assertEqual(len(names), 3)
        self.assertTrue(all(re.fullmatch(r"out_\d{5}_\d{14}\.pcapng", n) for n in names), names)
        for capture, name in zip(captures, names):
            self.assertLessEqual(len(self.read(name)), 20 << 10)
            self.assertEqual(capture.interfaces, ["p"])
            self.assertEqual(len(capture.statistics), 1)
        calls = [packet.call for capture in captures for packet in capture.messages()]
        self.assertEqual(calls, list(range(201 - len(calls), 201)))

    def test_by_time(self):
        recorder = self.recorder("--ring-seconds", "1")
        with recorder.connect() as producer:
            for n in range(1, 26):
                producer.sendall(message(n))
                time.sleep(0.1)
        time.sleep(0.3)
        self.ended(recorder)
        self.assertGreaterEqual(len(self.files()), 2)
        calls = [packet.call for capture in self.captures() for packet in capture.messages()]
        self.assertEqual(calls, list(range(1, 26)))

    def test_bad_rings(self):
        base = ("-w", os.path.join(self.folder, "x"), "--listen", "tcp:127.0.0.1:0")
        self.assertIn("--ring-size or", self.refused(*base, "--ring-files", "3"))
        self.assertIn("500k", self.refused(*base, "--ring-size", "many"))
        self.assertIn("cannot be cut", self.refused("-w", "-", "--ring-size", "5M"))
        self.assertIn("zstd and gzip", self.refused(*base, "--compress", "lzma"))


class Limits(LongTest):
    def test_max_bytes(self):
        recorder = self.recorder("--max-bytes", "50k")
        self.push(recorder, b"p", *range(1, 201))
        capture = recorder.end()
        self.assertGreater(len(capture.messages()), 30)
        self.assertLess(len(self.read("out.pcapng")), 52 << 10)

    def test_lines_of_statistics(self):
        recorder = self.recorder("--statistics", "0.1")
        with recorder.connect() as producer:
            producer.sendall(hello(b"emu 1") + message(1) + message(2) +
                             record(6, 0, section(0x0061, struct.pack("<QQ", 5, 500))))
            line = ""
            while "4 records" not in line:
                line = recorder.process.stderr.readline().decode()
            time.sleep(0.2)
            recorder.stop()
        self.assertRegex(line, r"^4 records, \d written, \d+/s, \d+ bytes, 5 dropped; "
                               r"emu 1: 4 \(5 dropped\)$")

    def test_a_terminal_has_one_line(self):
        master, slave = pty.openpty()
        path = os.path.join(self.folder, "x")
        process = subprocess.Popen([PROGRAM, "record", "-w", path, "-l", "tcp:127.0.0.1:0"],
                                   stderr=slave)
        self.addCleanup(process.kill)
        os.close(slave)
        shown = b""
        while b"0/s" not in shown:
            self.assertTrue(select.select([master], [], [], 10)[0], shown)
            shown += os.read(master, 4096)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 0)
        os.close(master)
        self.assertIn(b"\r\x1b[K0 records, 0 written, 0/s", shown)

    def test_a_producer_that_starts_again_keeps_its_interface(self):
        recorder = self.recorder()
        for n in (1, 2):
            self.push(recorder, b"emu 1", n)
            time.sleep(0.2)
        self.push(recorder, b"other", 3)
        time.sleep(0.2)
        capture = recorder.stop()
        self.assertEqual(capture.interfaces, ["emu 1", "other"])
        self.assertEqual([p.interface for p in capture.messages()], [0, 0, 1])
        self.assertEqual(len({p.source for p in capture.packets}), 3)
        self.assertRegex(recorder.errors, r"emu 1 \(tcp:127.0.0.1:\d+\): 4 records")


class FullDisk(LongTest):
    LIMIT = 100_000

    def set_limit(self, recorder, size):
        resource.prlimit(recorder.process.pid, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))

    def line_with(self, recorder, text):
        lines = []
        while not lines or text not in lines[-1]:
            lines.append(recorder.process.stderr.readline().decode())
            self.assertNotEqual(lines[-1], "", lines)
        return lines[-1]

    def test_it_goes_on_when_there_is_room(self):
        recorder = self.recorder()
        self.set_limit(recorder, self.LIMIT)
        with recorder.connect() as producer:
            producer.sendall(hello(b"p") + b"".join(message(n, 1000) for n in range(1, 501)))
            self.line_with(recorder, "the disk is full")
            full = Capture(self.read("out.pcapng"))  # Whole blocks only.
            self.assertLess(len(full.messages()), 100)
            producer.sendall(message(501, 1000))
            time.sleep(0.1)
            self.set_limit(recorder, resource.RLIM_INFINITY)
            self.line_with(recorder, "there is room again")
            producer.sendall(message(502, 1000))
            time.sleep(0.3)
            capture = recorder.stop()
        self.assertEqual([p.call for p in capture.messages()], list(range(1, 503)))
        self.assertIn("could not be written so far: 0", capture.comments()[0])

    def test_what_memory_does_not_hold_is_counted(self):
        recorder = self.recorder()
        self.set_limit(recorder, self.LIMIT)
        with recorder.connect() as producer:
            producer.sendall(hello(b"p") + b"".join(message(n, 200_000) for n in range(1, 101)))
            self.line_with(recorder, "the disk is full")
            time.sleep(0.5)
            self.set_limit(recorder, resource.RLIM_INFINITY)
            lost = int(self.line_with(recorder, "room again").rsplit(":", 1)[1])
            producer.sendall(message(101))
            time.sleep(0.3)
            capture = recorder.stop()
        self.assertGreater(lost, 0)
        self.assertEqual(len(capture.messages()) + lost, 101)
        self.assertEqual(capture.messages()[-1].call, 101)
        self.assertEqual(sum(dropped for _, dropped in capture.statistics), lost)

    def test_a_disk_that_is_full_from_the_start(self):
        path = os.path.join(self.folder, "x")
        done = subprocess.run([PROGRAM, "record", "-w", path, "-l", "tcp:127.0.0.1:0"],
                              capture_output=True, timeout=20, check=False,
                              preexec_fn=lambda: resource.setrlimit(
                                  resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no room", done.stderr)

    def test_an_end_on_a_full_disk(self):
        recorder = self.recorder()
        self.set_limit(recorder, self.LIMIT)
        with recorder.connect() as producer:
            producer.sendall(hello(b"p") + b"".join(message(n, 1000) for n in range(1, 501)))
            self.line_with(recorder, "the disk is full")
        recorder.process.send_signal(signal.SIGINT)
        errors = recorder.process.stderr.read().decode()
        recorder.process.stderr.close()
        self.assertEqual(recorder.process.wait(20), 1)
        self.assertIn("File too large", errors)
        Capture(self.read("out.pcapng"))


class Compressed(LongTest):
    def gunzip(self, data):
        return zlib.decompressobj(31).decompress(data)

    def count_with_tshark(self, path):
        done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.number"],
                              capture_output=True, check=False)
        return len(done.stdout.split())

    def test_gzip(self):
        recorder = self.recorder("-z", "gzip", output="out.pcapng.gz")
        self.push(recorder, b"p", *range(1, 501))
        time.sleep(0.3)
        self.ended(recorder)
        data = self.read("out.pcapng.gz")
        self.assertEqual(len(Capture(self.gunzip(data)).messages()), 500)
        self.assertLess(len(data), 100_000)

    def test_what_was_flushed_can_be_read(self):
        for form, suffix in (("gzip", "gz"), ("zstd", "zst")):
            recorder = self.recorder("-z", form, output="out.pcapng." + suffix)
            with recorder.connect() as producer:
                producer.sendall(hello(b"p") + b"".join(message(n) for n in range(1, 301)))
                time.sleep(0.7)
                recorder.process.kill()
            recorder.process.wait()
            recorder.process.stderr.close()
            if form == "gzip":
                data = whole_blocks(self.gunzip(self.read("out.pcapng.gz")))
                self.assertEqual(len(Capture(data).messages()), 300)
            if shutil.which("tshark"):
                self.assertEqual(self.count_with_tshark(recorder.path), 301, form)

    def test_rings_are_compressed_too(self):
        recorder = self.recorder("-z", "gzip", "--ring-size", "30k", output="out.pcapng.gz")
        self.push(recorder, b"p", *range(1, 3001))
        time.sleep(0.5)
        self.ended(recorder)
        names = self.files()
        self.assertRegex(names[0], r"^out_\d{5}_\d{14}\.pcapng\.gz$")
        calls = [packet.call for name in names
                 for packet in Capture(self.gunzip(self.read(name))).messages()]
        self.assertEqual(calls, list(range(1, 3001)))

    @unittest.skipUnless(shutil.which("tshark"), "no tshark")
    def test_zstd_in_tshark(self):
        recorder = self.recorder("-z", "zstd", output="out.pcapng.zst")
        self.push(recorder, b"p", *range(1, 501))
        time.sleep(0.3)
        self.ended(recorder)
        self.assertEqual(self.count_with_tshark(recorder.path), 501)


class Killed(LongTest):
    """"Killed at any instant, the file opens and holds every record acknowledged as written"."""

    def flood(self, recorder, stop):
        number = 1
        try:
            with recorder.connect() as producer:
                while not stop.is_set():
                    producer.sendall(b"".join(message(number + i, 300) for i in range(20)))
                    number += 20
                    time.sleep(0.0005)
        except OSError:
            pass

    def kill_once(self, seed):
        recorder = self.recorder("--statistics", "0.01")
        stop = threading.Event()
        producer = threading.Thread(target=self.flood, args=(recorder, stop))
        producer.start()
        time.sleep(random.Random(seed).uniform(0.03, 0.25))
        recorder.process.kill()
        stop.set()
        told = recorder.process.stderr.read().decode()
        producer.join()
        recorder.process.wait()
        recorder.process.stderr.close()
        written = [int(n) for n in re.findall(r"(\d+) written, .*\n", told)]
        capture = Capture(whole_blocks(self.read("out.pcapng")))
        calls = [packet.call for packet in capture.messages()]
        self.assertEqual(calls, list(range(1, len(calls) + 1)), "seed %d" % seed)
        self.assertGreaterEqual(len(calls), written[-1] if written else 0, "seed %d" % seed)
        return written[-1] if written else 0

    def test_kill(self):
        seed = random.randrange(1 << 30)
        acknowledged = [self.kill_once(seed + i) for i in range(KILLS)]
        print("# %d kills from seed %d, up to %d records acknowledged, all found" %
              (KILLS, seed, max(acknowledged)), flush=True)
        self.assertGreater(max(acknowledged), 0)


if __name__ == "__main__":
    chosen = None
    if sys.argv[1:2] == ["--kills"]:
        KILLS = int(sys.argv[2])
        chosen = "Killed"
    unittest.main(argv=[sys.argv[0], "-v"], defaultTest=chosen)
