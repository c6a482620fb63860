#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--help of every command fits a terminal: 80 columns, not much more than a screen, with examples."""
import os
import re
import subprocess
import sys

PROGRAM = os.path.join(os.environ["IPCSHARK_BUILD"], "bin", "ipcshark")
COLUMNS, LINES = 80, 36


def output(*arguments):
    done = subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.PIPE,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout.decode()


def main():
    faults = []
    for command in re.findall(r"^  (\w+) +\S", output("--help"), re.MULTILINE):
        lines = output(command, "--help").splitlines()
        faults += ["%s: %d columns: %s" % (command, len(line), line) for line in lines
                   if len(line) > COLUMNS]
        if len(lines) > LINES:
            faults.append("%s: %d lines" % (command, len(lines)))
        if not any("Example" in line for line in lines):
            faults.append("%s: no examples" % command)
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
