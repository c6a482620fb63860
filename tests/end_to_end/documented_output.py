#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Some documents show what tshark prints: their commands are run again and must still print that. With
--update the documents get what they print now. Other versions of tshark write some lines in another
way, so the test is skipped with them."""
import os
import re
import shlex
import struct
import subprocess
import sys

from hashlib import sha256
from plugin_support import BUILD, SOURCE, WITH_PLUGIN, check, check_equal, scratch, \
    tshark_version

DOCUMENTS = ("reading-the-output.md", "statistics.md")
BLOCK = re.compile(r"^```console\n\$ (tshark .*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VERSION = "4.0."  # Of the tshark that the document was made with.
SKIPPED = 77


def generate_captures(directory):
    interface_id = struct.unpack("<I", sha256(b"nn::fssrv::sf::IFile").digest()[:4])[0]
    for name, generator in (("switch", "horizon_calls"), ("3ds", "ctr_calls"),
                            ("ps4", "orbis_calls")):
        arguments = [str(interface_id)] if name == "switch" else []
        path = os.path.join(directory, name + ".pcap")
        subprocess.run([os.path.join(BUILD, "tests", generator), path, *arguments], check=True)


def run(command, directory):
    done = subprocess.run([WITH_PLUGIN, *shlex.split(command)], cwd=directory, check=False,
                          stdout=subprocess.PIPE, env={**os.environ, "TZ": "UTC"})
    check(done.returncode == 0, command)
    return [line.rstrip() for line in done.stdout.decode().strip("\n").split("\n")]


def update(text, directory):
    return BLOCK.sub(lambda block: "```console\n$ %s\n%s\n```" % (
        block.group(1), "\n".join(run(block.group(1), directory))), text)


def check_document(path, directory):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if sys.argv[1:] == ["--update"]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(update(text, directory))
        return
    blocks = BLOCK.findall(text)
    check(len(blocks) > 5, "only %d commands in %s" % (len(blocks), path))
    for command, shown in blocks:
        check_equal(run(command, directory), shown.rstrip("\n").split("\n"), command)


def main():
    if not tshark_version().startswith(VERSION):
        print("tshark %s, the document has the output of %sx" % (tshark_version(), VERSION))
        sys.exit(SKIPPED)
    with scratch("documented") as directory:
        generate_captures(directory)
        for name in DOCUMENTS:
            check_document(os.path.join(SOURCE, "docs", name), directory)


if __name__ == "__main__":
    main()
