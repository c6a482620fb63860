# SPDX-License-Identifier: GPL-2.0-or-later
"""ipcshark traffic: the same capture twice, seeds, rate, and how it ends."""
import signal
import subprocess
import time

import server_support
from server_support import PROGRAM


def capture(*traffic):
    """The bytes of a capture of that traffic."""
    with server_support.folder(None) as place:
        path = place / "capture.pcapng"
        with server_support.server("--fixed-time", "--tap", path) as (address, _):
            run = subprocess.run([PROGRAM, "traffic", "--fixed-time", "--to", address, *traffic],
                                 capture_output=True, text=True, timeout=120)
            assert run.returncode == 0, run.stdout + run.stderr
        return path.read_bytes()


def same_capture_twice():
    first, second = capture("all"), capture("all")
    assert len(first) > 100000, f"only {len(first)} bytes"
    assert first == second, "two runs with --fixed-time differ"
    print(f"{len(first)} bytes, twice the same")


def seeds():
    one, again, two = (capture("--seed", seed, "horizon-domains") for seed in ("7", "7", "8"))
    assert one == again, "the same seed, another capture"
    assert one != two, "another seed, the same capture"


def started(address, *arguments):
    return subprocess.Popen([PROGRAM, "traffic", "--to", address, *arguments],
                            stdout=subprocess.PIPE, text=True)


def rate():
    """25 calls at 50 a second take at least half a second, without a rate much less."""
    with server_support.server() as (address, _):
        begin = time.monotonic()
        process = started(address, "--rate", "50", "--scenario", "horizon-files")
        output = process.communicate(timeout=60)[0]
        seconds = time.monotonic() - begin
        calls = int(output.split()[1])
        assert process.returncode == 0, output
        assert seconds > 0.9 * (calls - 1) / 50, f"{calls} calls in {seconds} s"


def forever(number, *arguments):
    """Ends what it has begun, says what there was, and succeeds."""
    with server_support.server() as (address, _):
        process = started(address, "--forever", "horizon-files", *arguments)
        first = process.stdout.readline()
        assert "horizon-files" in first, first
        time.sleep(0.2)
        assert process.poll() is None, "it ended by itself"
        process.send_signal(number)
        last = process.communicate(timeout=10)[0].splitlines()[-1]
        assert process.returncode == 0, process.returncode
        assert "rounds" in last and last.endswith(" 0 failures"), last
        print(last)


def refused():
    run = subprocess.run([PROGRAM, "traffic", "--rate", "-1"], capture_output=True, text=True)
    assert run.returncode == 2 and "negative" in run.stderr, run.stderr


same_capture_twice()
seeds()
rate()
forever(signal.SIGINT)
forever(signal.SIGTERM, "--rate", "20000")
refused()
