#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Live packets through tshark: the interfaces in its list, a capture of five packets, and what is
left when Wireshark is killed."""
import os
import signal
import subprocess
import tempfile

import plugin_support as support
from extcap_support import PATIENCE, install_helper, wait_until, with_plugin
from plugin_support import check, check_equal


def run(folder, *arguments):
    process = with_plugin(folder, "tshark", *arguments)
    output, errors = process.communicate(timeout=PATIENCE * 2)
    check_equal(process.returncode, 0, "status of tshark %s: %s" % (" ".join(arguments), errors))
    return output


def test_list(folder):
    listed = run(folder, "-D")
    for name in ("ipcshark-listen", "ipcshark-proxy", "ipcshark-demo"):
        check(name + " (Console IPC" in listed, "%s is not in: %s" % (name, listed))


def test_five_packets(folder):
    fields = run(folder, "-n", "-i", "ipcshark-demo", "-a", "packets:5", "-T", "fields", "-e",
                 "_ws.col.Protocol", "-e", "_ws.col.Info", "-o",
                 "extcap.ipcshark_demo.scenario:horizon-files").splitlines()
    check_equal(len(fields), 5, "packets")
    check("horizon-files" in fields[0], "the first packet: " + fields[0])
    check(any("Hello" in line for line in fields), "no call was dissected: %s" % fields)


def running(marker):
    """Processes that were started with this word among their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                if marker.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            continue
    return found


def descendant(pid, name):
    """A process below this one, by the name of its program; with-plugin.sh may stand between."""
    with open("/proc/%d/comm" % pid, encoding="utf-8") as file:
        if file.read().strip() == name:
            return pid
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        found = [descendant(int(child), name) for child in file.read().split()]
    return next(filter(None, found), None)


def demo_directories():
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("ipcshark-demo-")}


def test_killed(folder):
    if not os.path.isdir("/proc/self"):
        return
    program = os.path.join(folder, "ipcshark")
    before = demo_directories()
    process = with_plugin(folder, "tshark", "-n", "-l", "-i", "ipcshark-demo")
    process.stdout.readline()
    process.stdout.readline()
    check(running(program), "no helper runs")
    os.kill(descendant(process.pid, "tshark"), signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not running(program), "nothing of the helper is left")
    check_equal(demo_directories() - before, set(), "directories left")


def main():
    if subprocess.run(["which", "dumpcap"], stdout=subprocess.DEVNULL, check=False).returncode:
        print("no dumpcap")
        raise SystemExit(77)
    with support.scratch("extcap") as directory:
        folder = install_helper(directory)
        for test in (test_list, test_five_packets, test_killed):
            test(folder)
            print("ok", test.__name__)


main()
