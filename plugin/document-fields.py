#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/fields.md, the list of all filter names, from what the built plugin registers.

    IPCSHARK_BUILD=build/release plugin/document-fields.py [--check]

With --check nothing is written; the exit status says whether the document is up to date.
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, "docs", "fields.md")
PROTOCOLS = ("ipctap", "hipc", "cmif", "htipc", "ctripc", "sceipmi", "appmsg")

INTRODUCTION = """# Filter names

Made by `plugin/document-fields.py` from `tshark -G fields`; the names are a stable interface. Types
are Wireshark's. *Findings* are expert infos: filter for them by name, or for all with
`_ws.expert`; the severities and the console's results are in the codecs' `findings_*.def`.
"""


def registered():
    command = [os.path.join(ROOT, "plugin", "with-plugin.sh"), "tshark", "-G", "fields"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL).stdout.decode()
    return [line.split("\t") for line in output.split("\n") if line]


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace("{", "`{").replace("}", "}`")


def is_finding(row):
    return row[3] == "FT_NONE" and row[1].endswith(".")


def kind(row):
    mask = int(row[6], 0) if len(row) > 6 and row[6] else 0
    name = row[3].removeprefix("FT_").lower()
    return "%s, mask 0x%x" % (name, mask) if mask else name


def table(head, rows):
    lines = ["", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def chapter(protocol, title, rows):
    lines = ["", "## %s: %s" % (protocol, title)]
    fields = sorted({(row[2], row[1], kind(row), row[7] if len(row) > 7 else "")
                     for row in rows if not is_finding(row)})
    findings = sorted({(row[2], row[1]) for row in rows if is_finding(row)})
    lines += table(("name", "shown as", "type", "meaning"),
                   [("`%s`" % name, escape(label), type_, escape(blurb))
                    for name, label, type_, blurb in fields])
    if findings:
        lines += table(("finding", "sentence"),
                       [("`%s`" % name, escape(text)) for name, text in findings])
    return lines


def document():
    rows = registered()
    titles = {row[2]: row[1] for row in rows if row[0] == "P"}
    lines = INTRODUCTION.rstrip("\n").split("\n")
    for protocol in PROTOCOLS:
        own = [row for row in rows if row[0] == "F" and row[4] == protocol]
        lines += chapter(protocol, titles.get(protocol, protocol), own)
    return "\n".join(lines) + "\n"


def main():
    text = document()
    if "--check" not in sys.argv:
        with open(TARGET, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(TARGET, encoding="utf-8") as file:
        if file.read() == text:
            return 0
    print("docs/fields.md is not what the plugin registers: run plugin/document-fields.py",
          file=sys.stderr)
    return 1


sys.exit(main())
