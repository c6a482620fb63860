# SPDX-License-Identifier: GPL-2.0-or-later
"""A reference server for the time of a test."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

BUILD = pathlib.Path(os.environ["IPCSHARK_BUILD"])
SOURCE = pathlib.Path(os.environ["IPCSHARK_SOURCE"])
PROGRAM = BUILD / "bin" / "ipcshark"
NOBODY = 65534


def users():
    """Keyword arguments of subprocess for each user that a test can run as: this one, and as root
    also one without privileges."""
    yield {}
    if os.geteuid() == 0:
        yield {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@contextlib.contextmanager
def folder(user):
    """A folder of that user."""
    with tempfile.TemporaryDirectory(prefix="ipcshark-") as name:
        if user:
            os.chown(name, NOBODY, NOBODY)
        yield pathlib.Path(name)


def reachable(program, place):
    """A copy of a program that every user can run: build folders may be private."""
    copy = place / program.name
    if not copy.exists():
        shutil.copy(program, copy)
        copy.chmod(0o755)
    return copy


@contextlib.contextmanager
def server(*arguments, user=None):
    """Runs a server; gives (its address, the folder). Fails if it does not end well."""
    user = user or {}
    with folder(user) as place:
        (place / "files").mkdir()
        if user:
            os.chown(place / "files", NOBODY, NOBODY)
        process = subprocess.Popen(
            [reachable(PROGRAM, place), "server", "--listen", f"unix:{place}/socket",
             "--sandbox", place / "files", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **user)
        first = process.stdout.readline()
        assert first.startswith("listening on "), first
        try:
            yield first.split()[-1], place
        finally:
            process.send_signal(signal.SIGTERM)
            output = process.communicate(timeout=20)[0]
            assert process.returncode == 0, f"the server ended with {process.returncode}:\n{output}"
