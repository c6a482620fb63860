#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark decode as people see it: the whole text of some messages, carets, colours."""
import os
import pty
import subprocess

from plugin_support import BUILD, check, check_equal, run_tests

PROGRAM = os.path.join(BUILD, "bin", "ipcshark")
CUT = ("07 00 00 00 0a 00 00 80 ff ff ff ff 00 00 00 00 53 46 43 4f 00 00 00 00 08 00 00 00 "
       "00 00 00 00")

GOLDEN = {
    ("--horizon", CUT): """\
Horizon request, 32 bytes (cut off)
  0000  00000007 8000000a                     Header: type 7 (Invoke2ManagerMethodWithContext)
                                              0 pointer, 0 send, 0 receive, 0 exchange, 10 raw words, list mode 0
        ^^^^^^^^^^^^^^^^^ warning: Only 32 of the 180 bytes that the message declares are here. [hipc.truncated]
  0008  ffffffff                              Special header: process id, 3 copy handles, 0 move handles
        ^^^^^^^^ note: Reserved bits 9-31 of the special header are not zero (0xFFFFFE00); nothing reads them. [hipc.reserved_special]
  000c  00000000 4f434653                     Process id: 5711486074732150784
  0014  00000000                              Copy handle [0]: 0x0
        ^^^^^^^^ warning: Only 3 of 15 copy handles are here. [hipc.copy_handles_cut]
  0018  00000008                              Copy handle [1]: 0x8
        ^^^^^^^^ error: 0x8 is no handle: bits 30 and 31 are 0, and the serial in bits 15-29 is not; the kernel gives 0xE401 InvalidHandle. [hipc.handle]
  001c  00000000                              Copy handle [2]: 0x0

  0050  warning: Only 0 of 15 move handles are here. [hipc.move_handles_cut]
  008c  warning: Only 0 of 40 bytes of raw data are here. [hipc.raw_cut]
  0090  warning: Only 0 of the 16 bytes of the CMIF headers are here. [cmif.cut]
""",
    ("--orbis", "--what", "appmsg_request", "010000000000000102000000000000000100000000000000"): """\
PlayStation 4 appmsg_request, 24 bytes
  0000  01 00 00 00                           Destination app id: 0x00000001
  0004  00 00 00 01                           Message type: 0x1000000
  0008  02 00 00 00 00 00 00 00               Payload size: 2
  0010  01 00 00 00                           Flags: 0x1 (overwrite)
  0014  00 00 00 00                           Padding
""",
}


def decode(*arguments, environment=None, status=0):
    done = subprocess.run([PROGRAM, "decode", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False,
                          env={**os.environ, **(environment or {})})
    check_equal(done.returncode, status, done.stderr.decode())
    return done.stdout.decode()


def on_terminal(*arguments, environment=None):
    controller, terminal = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    subprocess.run([PROGRAM, "decode", *arguments], stdout=terminal, check=True,
                   env={**clean, "TERM": "xterm", **(environment or {})})
    os.close(terminal)
    shown = os.read(controller, 1 << 16).decode().replace("\r\n", "\n")
    os.close(controller)
    return shown


def plain(text):
    while "\033[" in text:
        before, _, after = text.partition("\033[")
        text = before + after.partition("m")[2]
    return text


def test_golden():
    for arguments, text in GOLDEN.items():
        check_equal(decode(*arguments).splitlines(), text.splitlines(), "text of %s" % arguments[0])


def test_colours():
    for arguments, text in GOLDEN.items():
        coloured = decode("--color=always", *arguments)
        check("\033[" in coloured, coloured)
        check_equal([line.rstrip() for line in plain(coloured).splitlines()], text.splitlines(),
                    "text without colours")
    check("\033[1;31merror" in decode("--color=always", "--horizon", CUT), "errors are red")


def test_when():
    check("\033[" in on_terminal("--horizon", CUT), "colours on a terminal")
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        check("\033[" not in on_terminal("--horizon", CUT, environment=environment), environment)
    check("\033[" in on_terminal("--horizon", CUT, environment={"NO_COLOR": ""}), "empty NO_COLOR")
    check("\033[" not in on_terminal("--color=never", "--horizon", CUT), "never")
    check("\033[" in decode("--color=always", "--horizon", CUT, environment={"NO_COLOR": "1"}),
          "always is always")
    decode("--color=sometimes", "--horizon", CUT, status=1)


def main():
    run_tests(globals())


main()
