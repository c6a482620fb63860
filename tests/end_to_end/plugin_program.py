#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole line: the reference server taps its kernels into a recorder, clients of all systems
call it, and tshark shows every call with its service, its reply and no bug.

Usage: plugin_program.py IPCSHARK
"""
import os
import re
import signal
import subprocess
import sys
import time

import plugin_support as support

SERVICES = {"hipc.service": ("sm:", "fsp-srv", "set:sys", "echo"),
            "ctripc.service": ("srv:", "fs:USER"),
            "sceipmi.service": ("SceAppMessaging",)}


class Program:
    """A subcommand in the background that says where it listens."""

    def __init__(self, folder, *arguments):
        self.log = os.path.join(folder, arguments[0] + ".log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([sys.argv[1], *arguments], stdout=log, stderr=log)
        self.address = self.wait_for_address()

    def text(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def wait_for_address(self):
        for _ in range(100):
            found = re.search(r"listening on (\S+)", self.text())
            if found:
                return found.group(1)
            time.sleep(0.1)
        self.process.kill()
        support.fail("no address: " + self.text())

    def stop(self, number):
        self.process.send_signal(number)
        support.check(self.process.wait(timeout=30) == 0, "exit status: " + self.text())


def make_capture(folder):
    capture = os.path.join(folder, "demo.pcapng")
    recorder = Program(folder, "record", "--listen", "tcp:127.0.0.1:0", "-w", capture)
    server = Program(folder, "server", "--listen", "tcp:127.0.0.1:0", "--tap", recorder.address)
    done = subprocess.run([sys.argv[1], "traffic", "--to", server.address, "--scenario", "all"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          check=False)
    server.stop(signal.SIGTERM)
    recorder.stop(signal.SIGINT)
    support.check_equal(done.returncode, 0, "traffic: " + done.stdout.decode())
    return capture, done.stdout.decode()


def check_services(capture, output):
    for field, services in SERVICES.items():
        system = {"hipc": "horizon", "ctripc": "ctr", "sceipmi": "orbis"}[field.split(".")[0]]
        if system + "-" not in output:
            continue
        found = set(support.column(capture, field, "-Y", field))
        support.check(set(services) <= found, "%s: %s are not all in %s" % (field, services, found))


def check_calls(capture):
    """Every call of a client of Horizon and CTR has its reply, and its session is known; a process
    that exits is told so."""
    exits = support.frames(capture, "ipctap.kernel.call == 2 && ipctap.unanswered", "-2")
    support.check_equal(exits, [], "exits of processes without an answer")
    client = "(hipc || ctripc) && ipctap.flags.server == 0 && ipctap.phase == 1"
    unanswered = support.frames(capture, client + " && ipctap.unanswered", "-2")
    support.check_equal(unanswered, [], "calls without a reply")
    unjoined = support.frames(capture, "(hipc || ctripc) && ipctap.phase == 2 && "
                              "!ipctap.response_to", "-2")
    support.check_equal(unjoined, [], "replies without a call")
    return len(support.frames(capture, client))


def main():
    with support.scratch("program") as folder:
        os.chmod(folder, 0o755)
        capture, output = make_capture(folder)
        support.tshark("-r", capture, "-2", "-V")
        calls = check_calls(capture)
        check_services(capture, output)
        frames = len(support.column(capture, "frame.number"))
        refused = support.frames(capture, "ipctap.no_record")
        support.check_equal(refused, [], "packets that are no record")
    support.check(calls > 50, "only %d calls" % calls)
    print("%d frames, %d calls of clients, all answered" % (frames, calls))


if __name__ == "__main__":
    main()
