# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the capture helper share: calling it as Wireshark does, and reading its fifo."""
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import plugin_support as support
from plugin_support import check

PROGRAM = os.path.join(support.BUILD, "bin", "ipcshark")
PATIENCE = 10


def call(*arguments):
    """Status, lines of standard output, standard error."""
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def sentences(lines, kind):
    """The {key=value} parts of the lines of one kind."""
    return [dict(re.findall(r"\{([^=}]+)=([^}]*)\}", line)) for line in lines
            if line.startswith(kind + " ")]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        check(time.monotonic() < deadline, "waited in vain until " + what)
        time.sleep(0.01)


class Capture:
    """A running --capture, with this test as the reader of its fifo."""

    def __init__(self, interface, *arguments, toolbar=False):
        self.directory = tempfile.TemporaryDirectory(prefix="ipcshark-extcap-")
        self.fifo = os.path.join(self.directory.name, "fifo")
        os.mkfifo(self.fifo)
        command = [PROGRAM, "--capture", "--extcap-interface", interface, "--fifo", self.fifo]
        self.controls = None
        if toolbar:
            paths = [os.path.join(self.directory.name, name) for name in ("in", "out")]
            for path in paths:
                os.mkfifo(path)
            self.controls = [os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in paths]
            command += ["--extcap-control-in", paths[0], "--extcap-control-out", paths[1]]
        self.process = subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE,
                                        env={**os.environ, "TMPDIR": self.directory.name})
        self.descriptor = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.bytes = b""
        self.blocks = []
        self.records = []
        self.interfaces = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.close_reader()
        for descriptor in self.controls or []:
            os.close(descriptor)
        self.directory.cleanup()

    def close_reader(self):
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def read(self):
        """Takes what has come; keeps the records of whole blocks."""
        if not select.select([self.descriptor], [], [], 0.05)[0]:
            return
        try:
            self.bytes += os.read(self.descriptor, 1 << 20)
        except BlockingIOError:
            return
        while len(self.bytes) >= 8 and len(self.bytes) >= struct.unpack_from("<I", self.bytes, 4)[0]:
            kind, size = struct.unpack_from("<II", self.bytes)
            self.take_block(kind, self.bytes[:size])
            self.bytes = self.bytes[size:]

    def take_block(self, kind, block):
        self.blocks.append(block)
        if kind == 1:
            self.interfaces.append(struct.unpack_from("<H", block, 8)[0])
        if kind == 6:
            captured = struct.unpack_from("<I", block, 20)[0]
            packet = block[28:28 + captured]
            check(packet.startswith(support.TAGS), "a packet without the tags: %r" % packet[:32])
            self.records.append(packet[len(support.TAGS):])

    def wait_for(self, text, what=None):
        """Until a record holds the text; returns the first one that does."""
        def found():
            self.read()
            return any(text.encode() in record for record in self.records)

        wait_until(found, what or "a record holds \"%s\"" % text)
        return next(record for record in self.records if text.encode() in record)

    def listening_port(self):
        note = self.wait_for("Waiting for")
        return int(re.search(rb"tcp:127\.0\.0\.1:(\d+)", note).group(1))

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.listening_port()))

    def control(self, number, payload=b"", command=1):
        os.write(self.controls[0], struct.pack(">cBHBB", b"T", 0, len(payload) + 2, number,
                                               command) + payload)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        """Status and standard error, when it has ended by itself; all that it wrote has been read then."""
        end = threading.Timer(PATIENCE, self.process.kill)
        end.start()
        while self.descriptor >= 0 and self.process.poll() is None:
            self.read()
        status = self.process.wait()
        end.cancel()
        self.read_rest()
        return status, self.process.stderr.read().decode()

    def read_rest(self):
        """A fifo without a writer ends where nothing more is in it."""
        before = -1
        while self.descriptor >= 0 and before != len(self.records):
            before = len(self.records)
            self.read()


def install_helper(directory):
    """A folder for WIRESHARK_EXTCAP_DIR that somebody other than root may read."""
    folder = os.path.join(directory, "extcap")
    os.chmod(directory, 0o755)
    os.mkdir(folder)
    shutil.copy(PROGRAM, folder)
    os.mkdir(coverage_folder(folder))
    os.chmod(coverage_folder(folder), 0o777)
    return folder


def coverage_folder(folder):
    """Where a helper that counts coverage may put its counts, whoever runs it. It would complain on
    standard error otherwise, and tshark would wait for somebody to read that."""
    return folder + "-coverage"


def with_plugin(folder, *arguments):
    """Starts a Wireshark program that finds plugin and helper."""
    return subprocess.Popen([support.WITH_PLUGIN, *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "WIRESHARK_EXTCAP_DIR": folder,
                                 "GCOV_PREFIX": coverage_folder(folder)})
