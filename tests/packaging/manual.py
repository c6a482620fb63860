#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command has a manual page with its options and examples, which groff reads without a warning;
the shells' completion offers what --help has."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ["IPCSHARK_BUILD"]
SOURCE = os.environ["IPCSHARK_SOURCE"]
PROGRAM = os.path.join(BUILD, "bin", "ipcshark")


def output(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout.decode()


def fail(text):
    sys.exit("not ok: %s" % text)


def commands():
    found = re.findall(r"^  (\w+) +\S", output(PROGRAM, "--help"), re.MULTILINE)
    if len(found) < 9:
        fail("only the commands %s" % found)
    return found


def check_page(path, command):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for heading in ("NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES", "SEE ALSO"):
        if "\n.SH %s\n" % heading not in text:
            fail("%s has no %s" % (path, heading))
    for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", output(PROGRAM, command, "--help-all"),
                             re.MULTILINE):
        if option.replace("-", "\\-") not in text:
            fail("%s does not tell %s" % (path, option))
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-K", "utf8", "-man", "-Tutf8", "-ww", path], check=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.stderr:
            fail(done.stderr.decode())


def complete_bash(*words):
    script = '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ipcshark; ' \
             'printf "%s\\n" "${COMPREPLY[@]}"'
    path = os.path.join(SOURCE, "capture/program/completion/ipcshark.bash")
    return output("bash", "-c", script, "bash", path, PROGRAM, *words).split()


def complete_fish(line):
    path = os.path.join(SOURCE, "capture/program/completion/ipcshark.fish")
    text = output("fish", "-c", "source %s; complete -C '%s'" % (path, line), env={
        **os.environ, "PATH": os.path.dirname(PROGRAM) + ":" + os.environ["PATH"]})
    return [item.split("\t")[0] for item in text.split("\n") if item]


def check_equal(actual, expected, what):
    if actual != expected:
        fail("%s: %s, expected %s" % (what, actual, expected))


def check_completion(names):
    check_equal(complete_bash(""), names, "commands in bash")
    check_equal(complete_bash("record", "--proxy"[:5]), ["--proxy="], "an option in bash")
    check_equal(complete_bash("traffic", "--scenario", "=", "all"), ["all"], "a scenario in bash")
    if shutil.which("fish"):
        check_equal(sorted(complete_fish("ipcshark ")), sorted(names), "commands in fish")
        check_equal(complete_fish("ipcshark record --pr"), ["--proxy="], "an option in fish")
    if shutil.which("zsh"):
        subprocess.run(["zsh", "-n", os.path.join(SOURCE, "capture/program/completion/_ipcshark")],
                       check=True)


def main():
    names = commands()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, os.path.join(SOURCE, "capture/program/manual.py"), PROGRAM,
                        folder], check=True)
        check_equal(sorted(os.listdir(folder)),
                    sorted(["ipcshark.1"] + ["ipcshark-%s.1" % name for name in names]), "pages")
        for name in names:
            check_page(os.path.join(folder, "ipcshark-%s.1" % name), name)
    check_completion(names)


if __name__ == "__main__":
    main()
