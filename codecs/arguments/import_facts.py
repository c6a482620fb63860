#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes codecs/names/types/atmosphere.id out of the signatures of Atmosphère's interfaces.

    import_facts.py SOURCE_DIR > ../names/types/atmosphere.id

SOURCE_DIR holds horizon/commands.tsv (signatures) and horizon/interface_ids.tsv (the consoles' names
of interfaces). A command is left out if one of its types is not in common.id, and those are left to
the hand-written files that they describe. The result is checked in: run this only to change it.
"""
import collections
import csv
import pathlib
import re
import sys

from id_language import Reader

TYPES = pathlib.Path(__file__).resolve().parent.parent / "names/types"
NOW = (999, 0, 0)
# Found to contradict what clients send (docs/arguments.md).
LEFT_OUT = {line.split("\t")[0] for line in (TYPES / "left-out.tsv").read_text().splitlines()
            if line and not line.startswith("#")}

SCALARS = {"u8": "u8", "u16": "u16", "u32": "u32", "u64": "u64", "s8": "i8", "s16": "i16",
           "s32": "i32", "s64": "i64", "int": "i32", "bool": "bool", "float": "f32",
           "double": "f64"}
# LargeData: not in the raw data but in a buffer of fixed size, by pointer unless it says otherwise.
BY_POINTER = {"ncm::Path": 0x300, "lr::Path": 0x300, "tma::Path": 0x301, "fssrv::sf::Path": 0x301,
              "fssrv::sf::FspPath": 0x301, "fs::CodeVerificationData": 0x124,
              "ldr::ProgramInfo": 0, "htc::tenv::VariableName": 0x40,
              "settings::SettingsName": 0x48, "settings::SettingsItemKey": 0x48,
              "settings::FirmwareVersion": 0x100}
BY_MAP = {"lr::PathByMapAlias": ("nn::lr::Path", 0x300), "fatal::CpuContext": ("unknown", 0)}
BUFFERS = {"Buffer": 0x4, "MapAliasBuffer": 0x4, "PointerBuffer": 0x8, "AutoSelectBuffer": 0x20,
           "NonSecureBuffer": 0x44, "NonDeviceBuffer": 0x84, "NonSecureAutoSelectBuffer": 0x60}
ARRAYS = {"Array": 0x4, "MapAliasArray": 0x4, "PointerArray": 0x8, "AutoSelectArray": 0x20}
TIPC = {"ams::sm::impl::IUserInterface": "sm:", "ams::sm::impl::IManagerInterface": "sm:m",
        "ams::pgl::tipc::IShellInterface": "pgl",
        "ams::pgl::tipc::IEventObserver": "nn::pgl::sf::IEventObserver"}
DEPRECATED_UNTIL = {"ams::pm::": (4, 255, 255), "ams::spl::": (3, 255, 255)}


class NotKnown(Exception):
    pass


def version(text):
    return NOW if text == "max" else tuple(map(int, text.split(".")))


class Importer:
    def __init__(self, source):
        self.known = set(re.findall(r"^type nn::(\S+) =", (TYPES / "common.id").read_text(),
                                    re.MULTILINE))
        with open(source / "horizon/interface_ids.tsv", encoding="utf-8") as stream:
            self.console = {row["atmosphere_interface"]: row["name"]
                            for row in csv.DictReader(stream, delimiter="\t")}
        with open(source / "horizon/commands.tsv", encoding="utf-8") as stream:
            self.rows = list(csv.DictReader(stream, delimiter="\t"))
        self.by_hand = self.read_by_hand()
        self.commands = collections.defaultdict(list)
        self.missing = collections.Counter()

    def read_by_hand(self):
        reader = Reader()
        for path in sorted(TYPES.glob("*.id")):
            if path.name != "atmosphere.id":
                reader.read(path)
        return {(convention.lower(), name, command.id)
                for (name, convention), (_, commands) in reader.interfaces.items()
                for command in commands}

    def raw(self, name):
        if name in SCALARS:
            return SCALARS[name]
        if name == "Result":
            return "nn::Result"
        if name in self.known:
            return f"nn::{name}"
        raise NotKnown(name)

    def contents(self, name):
        try:
            return self.raw(name)
        except NotKnown:
            return "unknown"

    def buffer(self, name):
        """A buffer's or array's type and whether it is out; None if it is neither."""
        match = re.fullmatch(r"(?:sf|tipc)::(In|Out)(\w+?)(?:<(.*)>)?", name)
        if not match:
            return None
        modes = ARRAYS if match[3] else BUFFERS
        if match[2] not in modes:
            return None
        attribute = modes[match[2]] | (1 if match[1] == "In" else 2)
        contents = self.contents(match[3]) if match[3] else "unknown"
        kind = "array" if match[3] else "buffer"
        return f"{kind}<{contents}, {attribute:#x}>", match[1] == "Out"

    def large(self, name, is_out):
        direction = 2 if is_out else 1
        if name in BY_POINTER:
            return f"buffer<nn::{name}, {0x18 | direction:#x}, {BY_POINTER[name]:#x}>"
        if name in BY_MAP:
            contents, size = BY_MAP[name]
            return f"buffer<{contents}, {0x14 | direction:#x}, {size:#x}>"
        return None

    def convert(self, name, protocol):
        """[(type, is out)] of one parameter."""
        fixed = {"sf::OutCopyHandle": ("handle<copy>", True), "sf::OutMoveHandle":
                 ("handle<move>", True), "sf::CopyHandle": ("handle<copy>", False),
                 "sf::MoveHandle": ("handle<move>", False)}
        plain = name.replace("tipc::", "sf::") if name.startswith("tipc::") else name
        if plain in fixed:
            return [fixed[plain]]
        if plain == "sf::ClientProcessId":
            return [("pid", False)] if protocol == "tipc" else [("u64", False), ("pid", False)]
        if plain == "sf::ClientAppletResourceUserId":
            return [("nn::applet::AppletResourceUserId", False), ("pid", False)]
        buffer = self.buffer(name)
        if buffer:
            return [buffer]
        match = re.fullmatch(r"sf::Out<(.*)>", plain)
        is_out = bool(match)
        name = match[1] if match else plain
        match = re.fullmatch(r"sf::SharedPointer<(.*)>", name)
        if match:
            target = "ams::" + match[1]
            return [(f"object<{self.console.get(target, 'nn::' + match[1])}>", is_out)]
        return [(self.large(name, is_out) or self.raw(name), is_out)]

    def signature(self, text, protocol):
        ins, outs = [], []
        for parameter in filter(None, map(str.strip, text.strip()[1:-1].split(","))):
            match = re.fullmatch(r"(?:const )?(.*?)\s*&{0,2}\s*(\w+)", parameter)
            name = re.sub(r"(?:::)?\bams::", "", match[1])
            made = self.convert(name.strip(), protocol)
            for number, (kind, is_out) in enumerate(made):
                label = match[2] if number == 0 else ""
                label = "placeholder" if kind == "u64" and len(made) > 1 else label
                if is_out:  # What it is follows from its place.
                    label = re.sub("^out_|^out$", "", label)
                (outs if is_out else ins).append(f"{kind} {label}".strip())
        result = f"({', '.join(ins)})"
        return result + (f" -> ({', '.join(outs)})" if outs else "")

    def add(self, row):
        interface = row["interface"]
        protocol = row["protocol"]
        name = TIPC.get(interface) or self.console.get(interface, interface)
        until = version(row["max_version"])
        if "::IDeprecated" in interface and until == NOW:
            until = next((last for prefix, last in DEPRECATED_UNTIL.items()
                          if interface.startswith(prefix)), NOW)
        if (protocol, name, int(row["command_id"])) in self.by_hand:
            return
        if row["args"] == "-" or f"{name}/{row['command_id']}" in LEFT_OUT or f"{name}/*" in LEFT_OUT:
            return
        try:
            text = self.signature(row["args"], protocol)
        except NotKnown as missing:
            self.missing[str(missing)] += 1
            return
        self.commands[protocol, name].append(
            [int(row["command_id"]), version(row["min_version"]), until, row["command"], text])

    def ranges(self, commands):
        """Of several descriptions of one id, each ends where the next begins."""
        commands.sort(key=lambda row: (row[0], row[1], "Deprecated" not in row[3] and
                                       "Obsolete" not in row[3], row[2]))
        kept = []
        for row in commands:
            while kept and kept[-1][0] == row[0] and kept[-1][1] == row[1]:
                if kept[-1][2] < row[2]:  # The older framework's: the newer begins behind it.
                    row[1] = (kept[-1][2][0] + 1, 0, 0)
                else:
                    kept.pop()
            if kept and kept[-1][0] == row[0] and kept[-1][2] >= row[1]:
                kept[-1][2] = (row[1][0] - 1, 255, 255)
            kept.append(row)
        return kept

    def write(self):
        print("// SPDX-License-Identifier: GPL-2.0-or-later")
        print("// Made by codecs/arguments/import_facts.py of Atmosphère's signatures.")
        for (protocol, name), commands in sorted(self.commands.items(), key=lambda item: item[0][1]):
            print(f"\n{'tipc' if protocol == 'tipc' else 'interface'} \"{name}\" {{")
            for number, since, until, command, text in self.ranges(commands):
                if since > (1, 0, 0) or until != NOW:
                    last = "+" if until == NOW else "-" + ".".join(map(str, until))
                    print(f"    @version({'.'.join(map(str, since))}{last})")
                print(f"    [{number}] {command}{text};")
            print("}")

    def run(self):
        for row in self.rows:
            in_the_middle = "mitm" in row["interface"] and int(row["command_id"]) < 65000
            if not in_the_middle:
                self.add(row)
        self.write()
        print(f"left out for types: {dict(self.missing)}", file=sys.stderr)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Importer(pathlib.Path(sys.argv[1])).run()


if __name__ == "__main__":
    main()
