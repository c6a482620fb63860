#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""plugin/with-plugin.sh in all its ways: as this user, in a user namespace and as nobody (root
only), with files that nobody may read, output files, and captures on standard input."""
import os
import re
import shutil
import subprocess

import plugin_support as support


def run(*arguments, environment=None, stdin=None, folder=None):
    done = subprocess.run([support.WITH_PLUGIN, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=stdin, check=False,
                          cwd=folder,
                          env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check_way(folder, name, environment):
    capture = os.path.join(folder, "capture file.pcap")
    written = os.path.join(folder, "written-%s.pcap" % name)
    support.write_records(capture, [support.record(support.kernel_call(2), kind=support.KERNEL)])
    os.chmod(capture, 0o600)
    code, output, errors = run("tshark", "-n", "-r", capture, "-T", "fields", "-e",
                               "ipctap.kernel.call", environment=environment)
    support.check_equal((code, output), (0, "2\n"), "%s: %s" % (name, errors))
    code, _, errors = run("tshark", "-n", "-r", capture, "-w", written, environment=environment)
    support.check(code == 0 and os.path.getsize(written) > 100, "%s writes: %s" % (name, errors))
    with open(capture, "rb") as stdin:
        code, output, errors = run("tshark", "-n", "-r", "-", "-T", "fields", "-e", "ipctap.pid",
                                   environment=environment, stdin=stdin)
    support.check_equal((code, output), (0, "81\n"), "%s from standard input: %s" % (name, errors))
    check_inside(folder, capture, name, environment)
    check_stock_plugins(capture, name, environment)
    code, _, _ = run("tshark", "-r", os.path.join(folder, "missing"), environment=environment)
    support.check(code != 0, "%s: exit status of a failure" % name)


def check_stock_plugins(capture, name, environment):
    """With the folder that has both, a table of a plugin of Wireshark's counts a packet of ours."""
    both = {**environment, "IPCSHARK_PLUGINS": os.path.join(support.BUILD, "all-plugins")}
    code, output, errors = run("tshark", "-q", "-r", capture, "-z", "plen,tree", "-z",
                               "ipctap,tree", environment=both)
    support.check(code == 0 and "Packet Lengths" in output and "Calls by process" in output,
                  "%s, tables of Wireshark's own: %s%s" % (name, output, errors))


def check_inside(folder, capture, name, environment):
    """Files and folders inside of arguments, by names that are not full, that nobody may read."""
    with open(os.path.join(folder, "own.lua"), "w", encoding="utf-8") as file:
        file.write('io.stderr:write("own script runs\\n")')
    os.mkdir(os.path.join(folder, "own"))
    with open(os.path.join(folder, "own", "bad.tsv"), "w", encoding="utf-8") as file:
        file.write("[bad\n")
    for path in ("own.lua", "own", "own/bad.tsv"):
        os.chmod(os.path.join(folder, path), 0o700)
    _, _, errors = run("tshark", "-n", "-r", capture, "-o", "ipctap.names:own", "-X",
                       "lua_script:own.lua", environment=environment, folder=folder)
    support.check("own script runs" in errors or not has_lua(), "%s, script: %s" % (name, errors))
    support.check("bad.tsv:1:1: a heading" in errors, "%s, names: %s" % (name, errors))


def has_lua():
    done = subprocess.run(["tshark", "--version"], stdout=subprocess.PIPE, check=True,
                          stderr=subprocess.DEVNULL)
    return re.search(r"(with\s|\+)Lua", done.stdout.decode()) is not None


def check_errors():
    code, _, errors = run()
    support.check(code == 2 and "Usage" in errors, "no arguments: %r" % errors)
    code, _, errors = run("tshark", environment={"IPCSHARK_BUILD": "/nonexistent"})
    support.check(code == 1 and "no plugin under /nonexistent/plugins" in errors,
                  "no plugin: %r" % errors)


def main():
    ways = {"default": {}}
    if os.getuid() == 0 and shutil.which("setpriv"):
        ways["nobody"] = {"IPCSHARK_AS_NOBODY": "1"}
    for name, environment in ways.items():
        with support.scratch("as-" + name) as folder:
            check_way(folder, name, environment)
    left = [n for n in os.listdir("/tmp") if n.startswith("ipcshark.")]
    check_errors()
    print("%s; %d staging folders left" % (", ".join(ways), len(left)))


main()
