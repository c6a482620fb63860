#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Joins the shim and what it needs of the codecs into two files for projects that copy rather than
link: ipctap.h, and ipctap.c, which compiles as C11 and as C++17 and needs POSIX and threads only.

    drop_in.py SOURCE_TREE OUTPUT_FOLDER VERSION
"""
import os
import re
import sys

SOURCES = ["codecs/finding_list.c", "codecs/record/tags.c", "codecs/record/encode.c",
           "codecs/record/decode.c", "codecs/record/section.c", "codecs/record/shorten.c",
           "capture/pcapng/pcapng.c", "capture/pcapng/record_packet.c",
           "capture/ipctap/filter.c", "capture/ipctap/queue.c", "capture/ipctap/destination.c",
           "capture/ipctap/writer.c", "capture/ipctap/tap.c"]
FOLDERS = ["codecs/include", "capture/include", "codecs/record", "capture/pcapng",
           "capture/ipctap"]
INCLUDE = re.compile(r"^#include ([<\"])([^>\"]+)[>\"]\n", re.MULTILINE)
SPDX = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
# The shim reports nothing about other messages than records.
OTHER_FINDINGS = re.compile(r"ipcshark/findings_(?!record)")
HEADING = """%s/*
 * libipctap %s, %s. Made of ipcshark's sources by its build (target ipctap-dropin): change those.
 * Do not link it together with libipctap or libipcshark, which have the same functions.
 */
"""


class Joiner:
    def __init__(self, tree):
        self.tree, self.done, self.system = tree, set(), []

    def find(self, name):
        for folder in FOLDERS:
            path = os.path.join(self.tree, folder, name)
            if os.path.exists(path):
                return path
        return None

    def include(self, match):
        path = self.find(match[2])
        if not path:
            self.system.append(match[2])
            return ""
        if OTHER_FINDINGS.match(match[2]):
            return ""
        return "" if path in self.done else self.text(path)

    def text(self, path):
        if not path.endswith(".def"):
            self.done.add(path)
        with open(path, encoding="utf-8") as file:
            return INCLUDE.sub(self.include, file.read().replace(SPDX, ""))

    def take_system(self):
        names = sorted(set(self.system))
        self.system = []
        return "".join("#include <%s>\n" % name for name in names)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"\n{3,}", "\n\n", text))


def main():
    tree, output, version = sys.argv[1:]
    joiner = Joiner(tree)
    os.makedirs(output, exist_ok=True)
    header = joiner.text(os.path.join(tree, "capture/include/ipctap.h"))
    write(os.path.join(output, "ipctap.h"),
          HEADING % (SPDX, version, "the shim in two files: the header") +
          "#ifndef IPCTAP_DROP_IN_H\n#define IPCTAP_DROP_IN_H\n\n" + joiner.take_system() +
          header + "\n#endif\n")
    sources = "".join(joiner.text(os.path.join(tree, name)) for name in SOURCES)
    write(os.path.join(output, "ipctap.c"),
          HEADING % (SPDX, version, "the shim in two files: compile this one, with -pthread") +
          "#ifndef _GNU_SOURCE\n#define _GNU_SOURCE\n#endif\n#include \"ipctap.h\"\n\n" +
          joiner.take_system() + "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n" + sources +
          "\n#ifdef __cplusplus\n}\n#endif\n")


main()
