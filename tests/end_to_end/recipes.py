#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of docs/recipes.md still print what stands there. With --update the document gets what they
print now. Other versions of tshark may write a line in another way: with them each recipe must only print
something."""
import os
import re
import shutil
import subprocess
import sys

from plugin_support import BUILD, SOURCE, WITH_PLUGIN, check, check_equal, scratch, tshark_version

DOCUMENT = os.path.join(SOURCE, "docs", "recipes.md")
BLOCK = re.compile(r"^```console\n\$ (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VERSION = "4.0."  # Of the tshark that the document was made with.
COUNT = 10


def prepare(directory):
    """The captures, and a `tshark` that has the plugin also for root."""
    for name in ("horizon", "ctr", "orbis"):
        shutil.copy(os.path.join(SOURCE, "samples/captures", name + ".pcapng"), directory)
    folder = os.path.join(directory, "bin")
    os.mkdir(folder)
    path = os.path.join(folder, "tshark")
    with open(path, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\nPATH=${PATH#*:}\nexec "%s" tshark "$@" 2>/dev/null\n' % WITH_PLUGIN)
    os.chmod(path, 0o755)
    os.symlink(os.path.join(BUILD, "bin", "ipcshark"), os.path.join(folder, "ipcshark"))
    return folder


def run(command, directory, folder):
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=directory, check=False,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60,
                          env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8",
                               "PATH": folder + ":" + os.environ["PATH"]})
    # `head` ends a pipe early: then the program before it is told so by SIGPIPE.
    check(done.returncode in (0, 141), "%s ended with %d" % (command, done.returncode))
    return [line.rstrip() for line in done.stdout.decode().strip("\n").split("\n")]


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    check(len(re.findall(r"^## \d+\. ", text, re.MULTILINE)) == COUNT, "%d recipes" % COUNT)
    compares = tshark_version().startswith(VERSION)
    with scratch("recipes") as directory:
        os.chmod(directory, 0o777)
        folder = prepare(directory)
        if sys.argv[1:] == ["--update"]:
            text = BLOCK.sub(lambda block: "```console\n$ %s\n%s\n```" % (
                block.group(1), "\n".join(run(block.group(1), directory, folder))), text)
            with open(DOCUMENT, "w", encoding="utf-8") as file:
                file.write(text)
            return
        for command, shown in BLOCK.findall(text):
            printed = run(command, directory, folder)
            check(printed != [""], "%s prints nothing" % command)
            if compares:
                check_equal(printed, shown.rstrip("\n").split("\n"), command)


if __name__ == "__main__":
    main()
