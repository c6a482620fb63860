#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every `ipcshark COMMAND --option` that README and docs/ show, exists; so does every page they link."""
import functools
import glob
import os
import re
import subprocess
import sys

SOURCE = os.environ["IPCSHARK_SOURCE"]
PROGRAM = os.path.join(os.environ["IPCSHARK_BUILD"], "bin", "ipcshark")
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
CALL = re.compile(r"(?:^|[\s|&(;])(?:\./dev )?ipcshark ([a-z]+)\b([^|&;\n#]*)")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


@functools.lru_cache(None)
def help_of(command):
    done = subprocess.run([PROGRAM, command, "--help"], stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.DEVNULL)
    return done.stdout.decode() if done.returncode == 0 else None


def problems_of_call(command, rest):
    text = help_of(command)
    if text is None:
        return ["there is no command %s" % command]
    return ["%s has no option %s" % (command, option)
            for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*|-[a-zA-Z])(?=[\s=]|$)", rest)
            if not re.search(r"(?:^  |, )%s\b" % re.escape(option), text, re.MULTILINE)]


def problems_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for block, span in CODE.findall(text):
        for command, rest in CALL.findall((block or span).replace("\\\n", " ")):
            yield from problems_of_call(command, rest)
    for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if not os.path.exists(os.path.join(os.path.dirname(path), link)):
            yield "the link to %s leads nowhere" % link


def main():
    paths = [os.path.join(SOURCE, "README.md"), os.path.join(SOURCE, "CONTRIBUTING.md"),
             *sorted(glob.glob(os.path.join(SOURCE, "docs", "*.md")))]
    problems = ["%s: %s" % (os.path.relpath(path, SOURCE), problem)
                for path in paths for problem in problems_of(path)]
    if problems:
        sys.exit("\n".join(problems))
    print("# %d documents, commands: %s" % (len(paths), help_of.cache_info().currsize))
    if help_of.cache_info().currsize < 9:
        sys.exit("too few commands were found: is the search for them broken?")


if __name__ == "__main__":
    main()
