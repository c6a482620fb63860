#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the manual pages: what the program's --help prints, as roff, so that neither can go stale
without the other.

    manual.py PROGRAM FOLDER
"""
import os
import re
import subprocess
import sys

COMMAND = re.compile(r"^  (\w+) +(.*)$", re.MULTILINE)
OPTION = re.compile(r"^  (-\S+(?:, --\S+)?(?: \S+)?)(?:  +(.*))?$")
HEADING = re.compile(r"^(\S.*):$")


def run(program, *arguments):
    done = subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout.decode()


def escape(text):
    """Backslashes, hyphens that are to be copied, and dots that would begin a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def split_help(text):
    """The parts of a help text as (heading, lines); what stands below none has the heading ""."""
    parts = [("", [])]
    for line in text.rstrip().split("\n"):
        heading = HEADING.match(line)
        if heading:
            parts.append((heading.group(1), []))
        elif line and not line.startswith(" ") and parts[-1][0]:
            parts.append(("", [line]))
        else:
            parts[-1][1].append(line)
    return [(heading, lines) for heading, lines in parts if any(lines)]


def options(lines):
    for line in lines:
        option = OPTION.match(line)
        if option:
            yield ".TP\n\\fB%s\\fR" % escape(option.group(1))
        text = option.group(2) if option else line.strip()
        if text:
            yield escape(text)


def verbatim(lines):
    body = "\n".join(lines).strip("\n")
    return [".nf", escape(re.sub(r"^  ", "", body, flags=re.MULTILINE)), ".fi"]


def prose(lines):
    """Paragraphs are filled again; lines that are indented stay as they are."""
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        yield ".PP"
        if any(line.startswith(" ") for line in paragraph.split("\n")):
            yield from verbatim(paragraph.split("\n"))
        else:
            yield escape(paragraph)


def section(heading, lines):
    if heading == "Usage":
        usage = [line.strip().split(" - ")[0] for line in lines if line.strip()]
        return [".SH SYNOPSIS", ".nf", *("\\fB%s\\fR" % escape(line) for line in usage), ".fi"]
    if heading.endswith("Options"):
        return [".SS %s" % escape(heading), *options(lines)]
    if heading:
        return [".SH %s" % escape(heading.upper()), *verbatim(lines)]
    return list(prose(lines))


def order(part):
    """Usage, then prose, then options, then examples and other lists."""
    heading = part[0]
    ranks = {"Usage": 0, "": 1, "Application Options": 3, "Help Options": 5}
    return ranks.get(heading, 4 if heading.endswith("Options") else 6)


def page(name, summary, version, text, others):
    lines = [".\\\" SPDX-License-Identifier: GPL-2.0-or-later",
             ".TH %s 1 \"\" \"ipcshark %s\" \"User Commands\"" % (name.upper(), version),
             ".ad l",
             ".SH NAME", "%s \\- %s" % (escape(name), escape(summary))]
    shown = None
    for heading, body in sorted(split_help(text), key=order):
        group = "DESCRIPTION" if not heading else "OPTIONS" if heading.endswith("Options") else None
        if group and group != shown:
            lines.append(".SH %s" % group)
        shown = group
        lines += section(heading, body)
    see = ", ".join("\\fB%s\\fR(1)" % escape(other) for other in others)
    return "\n".join([*lines, ".SH SEE ALSO", see]) + "\n"


def write(folder, name, text):
    with open(os.path.join(folder, name + ".1"), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    program, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    version = run(program, "--version").split()[-1]
    overview = run(program, "--help")
    commands = COMMAND.findall(overview)
    pages = ["ipcshark-" + name for name, _ in commands]
    write(folder, "ipcshark", page("ipcshark", "console IPC for Wireshark", version, overview,
                                   pages + ["wireshark", "tshark"]))
    for name, summary in commands:
        write(folder, "ipcshark-" + name, page(
            "ipcshark-" + name, summary, version, run(program, name, "--help-all"),
            ["ipcshark"] + [other for other in pages if other != "ipcshark-" + name]))


if __name__ == "__main__":
    main()
