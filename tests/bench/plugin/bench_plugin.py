#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark with the plugin beside tshark without, beside the same fields in Lua, beside Wireshark's own
D-Bus dissector on messages of the same sizes. CPU time (user and system), interleaved medians.

    bench_plugin.py BUILD [--frames N] [--rounds N] [--only SIDE,…] [--growth]

What the plugin remembers is measured on two captures: of the same mix, in which a process and its
sessions last for some tens of records, and of calls alone, which open nothing.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = [os.path.join(HERE, "../../../samples/captures", name + ".pcapng")
            for name in ("horizon", "ctr", "orbis")]
NOBODY = 65534

# What is printed is not looked at; -V and Lua are slow, so they get a share of the frames.
MODES = (
    ("summary list", [], 1),
    ("-q -z io,stat,0", ["-q", "-z", "io,stat,0"], 1),
    ("-Y field==x", ["-Y", "{field}"], 1),
    ("-T fields -e one", ["-T", "fields", "-e", "{one}"], 1),
    ("-V", ["-V"], 10),
)
FIELDS = {"dbus": ("dbus.serial == 3", "dbus.member")}
RECORD_FIELDS = ("ipctap.pid == 3", "ipctap.call_id")
LUA_SHARE = 10
# Requests and replies through sessions and objects that are older than the capture. (Directories have
# ids that files have had: without what opens them, each call would find another object.)
CALLS_ALONE = ('ipctap.call.command in {"Read", "Write", "GetSize", "SetSize", "Flush", "GetEntryType"}'
               ' && ipctap.call.interface in {"IFile", "IFileSystem"}')


class Side:
    """One column of the table: which file tshark reads, and what it is given to read it with."""

    def __init__(self, name, title, plugins, arguments=(), share=1):
        self.name, self.title, self.share = name, title, share
        self.plugins, self.arguments = plugins, list(arguments)

    def file_kind(self):
        return "dbus" if self.name == "dbus" else "records"

    def command(self, path, mode):
        field, one = FIELDS.get(self.name, RECORD_FIELDS if self.name != "none" else
                                ("frame.number == 3", "frame.number"))
        words = [word.format(field=field, one=one) for word in mode]
        return ["tshark", "-n", "-r", path, *self.arguments, *words]


class Bench:
    def __init__(self, build, folder, frames):
        self.folder, self.frames, self.build, self.paths = folder, frames, build, {}
        os.makedirs(os.path.join(folder, "none"))
        shutil.copytree(os.path.join(build, "plugins"), os.path.join(folder, "plugins"))
        shutil.copy(os.path.join(HERE, "records.lua"), folder)
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)

    def sides(self):
        none, plugins = (os.path.join(self.folder, name) for name in ("none", "plugins"))
        script = "lua_script:" + os.path.join(self.folder, "records.lua")
        return [Side("none", "without", none), Side("plugin", "plugin", plugins),
                Side("lua", "Lua", none, ["-X", script], LUA_SHARE), Side("dbus", "D-Bus", none)]

    def capture(self, kind, frames):
        if (kind, frames) not in self.paths:
            path = os.path.join(self.folder, "%s-%d.pcap" % (kind, frames))
            subprocess.run([os.path.join(self.build, "bin", "repeat_capture"),
                            *(["--dbus"] if kind == "dbus" else []), str(frames), path, *CAPTURES],
                           check=True)
            os.chmod(path, 0o644)
            self.paths[kind, frames] = path
        return self.paths[kind, frames]

    def calls_alone(self, frames):
        """The capture of nothing but calls."""
        few = os.path.join(self.folder, "calls.pcapng")
        path = os.path.join(self.folder, "calls-%d.pcap" % frames)
        if not os.path.exists(few):
            with open(few, "wb") as file:
                process = self.start(self.sides()[1], ["tshark", "-n", "-r", CAPTURES[0], "-Y",
                                                       CALLS_ALONE, "-w", "-"], file)
                self.end(process)
        subprocess.run([os.path.join(self.build, "bin", "repeat_capture"), str(frames), path, few],
                       check=True)
        os.chmod(path, 0o644)
        return path

    def start(self, side, command, output=subprocess.DEVNULL):
        if os.geteuid() == 0:  # Wireshark loads no plugins of this folder for root.
            command = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups",
                       *command]
        home = os.path.join(self.folder, "none")
        return subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, env={
            **os.environ, "WIRESHARK_PLUGIN_DIR": side.plugins, "HOME": home})

    @staticmethod
    def end(process):
        """CPU seconds and KiB at most."""
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        if status != 0:
            sys.exit("%s: %s" % (" ".join(process.args), said.decode()))
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss

    def run(self, side, mode, frames, path=None):
        """CPU seconds and KiB at most."""
        path = path or self.capture(side.file_kind(), frames)
        return self.end(self.start(side, side.command(path, mode)))

    def seconds(self, side, mode, share):
        """Of all frames: what a share takes beyond the start, times the share; with the start."""
        share *= side.share
        start, _ = self.run(side, mode, 1)
        time, memory = self.run(side, mode, self.frames // share)
        return (time - start) * share, memory, (time - start) * share + start


def print_row(title, cells):
    print("%-18s" % title + "".join("%30s" % cell for cell in cells), flush=True)


def median_of(samples, index):
    return statistics.median(sample[index] for sample in samples)


def print_results(mode, sides, samples):
    cells = []
    for side in sides:
        own = samples[side.name]
        ratios = "".join(" %5.2f" % (median_of(own, n) / median_of(samples["none"], n))
                         for n in (0, 2)) if "none" in samples else ""
        cells.append("%.2f s%s %4.0f MiB" % (median_of(own, 0), ratios, median_of(own, 1) / 1024))
    print_row(mode, cells)


def measure(bench, sides, rounds):
    print("CPU seconds for %d frames without tshark's start, ratios to tshark without the plugin (its"
          "\nstart taken off, then whole runs), peak memory; medians of %d rounds" % (bench.frames,
                                                                                   rounds))
    print_row("", [side.title for side in sides])
    for mode, arguments, share in MODES:
        samples = {side.name: [] for side in sides}
        for _ in range(rounds):
            for side in sides:
                samples[side.name].append(bench.seconds(side, arguments, share))
        print_results(mode, sides, samples)


def print_growth(frames, start, base, time, memory):
    print("%10d frames  %6.2f s  %5.0f ns a frame  %5.0f MiB  %4.0f bytes a frame" % (
        frames, time, (time - start) / frames * 1e9, memory / 1024,
        (memory - base) * 1024 / frames), flush=True)


def measure_growth(bench, side):
    """Whether a frame costs more the longer the capture is, and what it leaves."""
    print("\nio,stat with the plugin: does a frame's cost grow with the capture?")
    start, base = bench.run(side, MODES[1][1], 1)
    for frames in (bench.frames // 10, bench.frames, bench.frames * 10):
        time, memory = bench.run(side, MODES[1][1], frames)
        print_growth(frames, start, base, time, memory)
        if frames > bench.frames:
            os.remove(bench.paths.pop((side.file_kind(), frames)))
    print("Calls alone, two frames each:")
    for frames in (bench.frames // 10, bench.frames):
        time, memory = bench.run(side, MODES[1][1], frames, bench.calls_alone(frames))
        print_growth(frames, start, base, time, memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--frames", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="sides: none, plugin, lua, dbus")
    parser.add_argument("--growth", action="store_true", help="ten times as many frames, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ipcshark-bench-") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(os.path.abspath(options.build), folder, options.frames)
        sides = [side for side in bench.sides()
                 if not options.only or side.name in options.only.split(",")]
        measure(bench, sides, options.rounds)
        if options.growth:
            measure_growth(bench, bench.sides()[1])


if __name__ == "__main__":
    main()
