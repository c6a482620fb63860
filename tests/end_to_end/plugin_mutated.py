#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sample captures with random errors, as Wireshark's own fuzz-test makes them with editcap -E, read in
one pass with all details, in one pass without, and in two: no crash, no hang, no "dissector bug".

    plugin_mutated.py [FILES] [FIRST_SEED]

Many mutated files are joined into one, since tshark takes longer to start than to read one of them. What
goes wrong is kept, and its seeds are told.
"""
import glob
import os
import shutil
import subprocess
import sys

from plugin_support import SOURCE, WITH_PLUGIN, fail, scratch

SAMPLES = sorted(glob.glob(os.path.join(SOURCE, "samples/captures/*.pcapng")))
MODES = (["-n", "-V", "-x"], ["-n"], ["-n", "-2"])
BUGS = (b"Dissector bug", b"dissector bug", b"ERROR **", b"CRITICAL", b"assertion",
        b"AddressSanitizer", b"runtime error:")
ERROR_RATES = (0.001, 0.005, 0.02, 0.1)
BATCH = 50
TAGS_SIZE = 16
SECONDS = 600


def mutate(directory, seed):
    sample = SAMPLES[seed % len(SAMPLES)]
    path = os.path.join(directory, "%d.pcapng" % seed)
    rate = ERROR_RATES[seed // len(SAMPLES) % len(ERROR_RATES)]
    # The tags before a record are Wireshark's: its dissector of them reports a bug of its own in bad ones.
    subprocess.run(["editcap", "-E", str(rate), "--seed", str(seed), "-o", str(TAGS_SIZE), sample, path],
                   check=True, stderr=subprocess.DEVNULL)
    return path


def join(directory, seeds):
    path = os.path.join(directory, "joined.pcapng")
    parts = [mutate(directory, seed) for seed in seeds]
    subprocess.run(["mergecap", "-a", "-w", path, *parts], check=True)
    for part in parts:
        os.remove(part)
    return path


def problem_of(path, mode):
    """None, or a sentence."""
    try:
        done = subprocess.run([WITH_PLUGIN, "tshark", *mode, "-r", path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "took more than %d s" % SECONDS
    if done.returncode != 0:
        return "ended with %d: %s" % (done.returncode, done.stdout[-2000:].decode(errors="replace"))
    for bug in BUGS:
        at = done.stdout.find(bug)
        if at >= 0:
            return done.stdout[max(0, at - 1000):at + 500].decode(errors="replace")
    return None


def check_batch(directory, seeds):
    path = join(directory, seeds)
    for mode in MODES:
        problem = problem_of(path, mode)
        if problem:
            kept = shutil.copy(path, "mutated-%d.pcapng" % seeds[0])
            fail("tshark %s, seeds %d to %d, kept as %s: %s" % (
                " ".join(mode), seeds[0], seeds[-1], os.path.abspath(kept), problem))


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else BATCH
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with scratch("mutated") as directory:
        os.chmod(directory, 0o755)
        for start in range(first, first + files, BATCH):
            check_batch(directory, range(start, min(start + BATCH, first + files)))
            if sys.stderr.isatty() or files > BATCH:
                print("# %d of %d files" % (start - first + BATCH, files), flush=True)


if __name__ == "__main__":
    main()
