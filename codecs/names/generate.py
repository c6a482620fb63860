#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes names_tables.c out of codecs/names/tables/ (names_tables.h says what is in it).

    generate.py TABLES_DIR OUTPUT.c
"""
import collections
import hashlib
import pathlib
import sys

OPEN_VERSION = 0xFFFFFFFF
ANY_MODULE = 0xFF
# Kernel descriptions below 1000 are used under both modules.
KERNEL_MODULES = (1, 6)


def read_table(path):
    """Yields (group, fields): '[group]' lines name the group of the lines behind them."""
    group = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1]
        elif line and not line.startswith("#"):
            yield group, line.split("\t")


def field(fields, n):
    return fields[n] if n < len(fields) else ""


def version_number(text, default):
    if not text:
        return default
    parts = [int(part) for part in text.split(".")]
    return parts[0] << 16 | parts[1] << 8 | parts[2]


def short_name(name):
    return name.rsplit("::", 1)[-1]


class Pool:
    """All texts in one array; a text that ends another shares its bytes ("IFile" in "…::IFile")."""

    def __init__(self):
        self.wanted = set()

    def add(self, text):
        self.wanted.add(text)
        return text

    def build(self):
        self.offset = {}
        self.texts = []
        position = 0
        previous = None
        for text in sorted(self.wanted, key=lambda text: text[::-1], reverse=True):
            if previous is not None and previous.endswith(text):
                self.offset[text] = position - len(text.encode()) - 1
                continue
            self.offset[text] = position
            self.texts.append(text)
            position += len(text.encode()) + 1
            previous = text

    def __getitem__(self, text):
        return self.offset[text]


class Generator:
    def __init__(self, tables):
        self.tables = tables
        self.pool = Pool()
        self.ranges = {(0, OPEN_VERSION): 0}
        self.out = []

    def read(self, name):
        return read_table(self.tables / name)

    # --- reading

    def read_groups(self, name, has_range):
        groups = collections.defaultdict(list)
        for group, fields in self.read(name):
            self.pool.add(fields[1])
            limits = (version_number(field(fields, 2), 0),
                      version_number(field(fields, 3), OPEN_VERSION)) if has_range else \
                (0, OPEN_VERSION)
            number = self.ranges.setdefault(limits, len(self.ranges))
            groups[self.pool.add(group)].append((int(fields[0], 0), fields[1], number))
        for rows in groups.values():
            rows.sort(key=lambda row: row[0])  # Stable: the tables' order among equal ids counts.
        return groups

    def read_values(self, rows):
        values = {}
        for value, name in rows:
            values.setdefault(value, self.pool.add(name))
        return sorted(values.items())

    def load(self):
        self.cmif = self.read_groups("horizon/commands.tsv", True)
        self.tipc = self.read_groups("horizon/tipc_commands.tsv", True)
        self.ctr = self.read_groups("ctr/commands.tsv", False)
        self.orbis = self.read_groups("orbis/methods.tsv", False)
        self.services = sorted((self.pool.add(fields[0]), self.pool.add(fields[1]))
                               for _, fields in self.read("horizon/services.tsv"))
        self.load_interfaces()
        self.outs = [(fields[0], int(fields[1]), int(fields[2]), self.pool.add(fields[3]))
                     for _, fields in self.read("horizon/out_objects.tsv")]
        for interface, *_ in self.outs:
            self.cmif.setdefault(self.pool.add(interface), [])
        self.sessions = [(self.pool.add(fields[0]), int(fields[1], 16), self.pool.add(fields[2]))
                         for _, fields in self.read("ctr/sessions.tsv")]
        self.load_horizon_results()
        self.load_ctr_results()
        self.load_orbis()

    def load_interfaces(self):
        """The interface id is the first four bytes of the name's SHA-256, little-endian."""
        names = {fields[0] for _, fields in self.read("horizon/interfaces.tsv")}
        self.interface_ids = self.read_values(
            (int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little"), name)
            for name in sorted(names))
        if len(self.interface_ids) != len(names):
            sys.exit("two interfaces have the same id")

    def load_horizon_results(self):
        self.modules = self.read_values((int(fields[0]), fields[1])
                                        for _, fields in self.read("horizon/modules.tsv"))
        self.programs = self.read_values((int(fields[0], 16), fields[1])
                                         for _, fields in self.read("horizon/programs.tsv"))
        errors, ranges = [], []
        for _, fields in self.read("horizon/results.tsv"):
            module, first, last = map(int, fields[:3])
            if first == last:
                errors.append((module | first << 9, fields[3]))
            else:
                ranges.append((module, first, last, self.pool.add(fields[3])))
        self.results = self.read_values(errors)
        self.result_ranges = sorted(ranges, key=lambda row: (row[0], row[1], -row[2]))

    def load_ctr_results(self):
        kinds = collections.defaultdict(list)
        for _, fields in self.read("ctr/result_enums.tsv"):
            kinds[fields[0]].append((int(fields[1]), fields[2]))
        self.ctr_levels, self.ctr_summaries, self.ctr_modules = (
            self.read_values(kinds[kind]) for kind in ("level", "summary", "module"))
        results = [(int(fields[0], 16), fields[1]) for _, fields in self.read("ctr/results.tsv")]
        self.ctr_results = self.read_values(results)
        descriptions = [(ANY_MODULE << 16 | value, name) for value, name in kinds["description"]]
        descriptions += [(module << 16 | value, name) for module in KERNEL_MODULES
                         for value, name in kinds["kernel_description"]]
        # A named result below 1000 also names its description.
        descriptions += [((value >> 10 & 0xFF) << 16 | value & 0x3FF, name)
                         for value, name in results if value & 0x3FF < 1000]
        self.ctr_descriptions = self.read_values(descriptions)

    def load_orbis(self):
        errors = [[], [], []]
        for _, fields in self.read("orbis/errors.tsv"):
            errors[int(fields[0]) - 1].append((int(fields[1], 16), fields[2]))
        self.orbis_errors = [self.read_values(layer) for layer in errors]
        types = [[], [], [], []]
        for _, fields in self.read("orbis/message_types.tsv"):
            types[int(fields[0])].append((int(fields[1], 16), fields[2]))
        self.types = [self.read_values(family) for family in types]
        self.events = self.read_values((int(fields[0]), fields[1])
                                       for _, fields in self.read("orbis/events.tsv"))

    # --- writing

    def line(self, text):
        self.out.append(text)

    def array(self, declaration, rows):
        self.line(f"{declaration}[] = {{")
        self.out += ["    {" + ", ".join(str(item) for item in row) + "}," for row in rows] or \
            ["    {0},"]
        self.line("};")

    def text(self, name):
        return f"{self.pool[name]}u"

    def write_groups(self, symbol, groups):
        commands, heads = [], []
        for name in sorted(groups, key=str.encode):
            heads.append((self.text(name), f"{len(commands)}u"))
            commands += [(f"0x{command_id:X}u", self.text(command), number)
                         for command_id, command, number in groups[name]]
        heads.append(("NAMES_NONE", f"{len(commands)}u"))
        self.array(f"static const struct names_group {symbol}_groups", heads)
        self.array(f"static const struct names_command {symbol}_commands", commands)
        self.line(f"const struct names_table ipcshark_names_{symbol} = {{{symbol}_groups, "
                  f"{len(heads) - 1}, {symbol}_commands}};")
        return sorted(groups, key=str.encode)

    def write_values(self, symbol, values):
        self.array(f"static const struct names_value {symbol}",
                   [(f"0x{value:X}u", self.text(name)) for value, name in values])
        return f"{{{symbol}, {len(values)}}}"

    def write_named_values(self, symbol, values):
        values = self.write_values(symbol, values)
        self.line(f"const struct names_values ipcshark_names_{symbol} = {values};")

    def write_value_lists(self, symbol, lists, size):
        items = [self.write_values(f"{symbol}_{n}", values) for n, values in enumerate(lists)]
        self.line(f"const struct names_values ipcshark_names_{symbol}[{size}] = {{{', '.join(items)}}};")

    def write_pool(self):
        self.line("const char ipcshark_names_pool[] =")
        for text in self.pool.texts:
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            self.line(f'    "{escaped}\\0"')
        self.line("    ;")

    def write_horizon(self):
        order = self.write_groups("horizon_cmif", self.cmif)
        index = {name: n for n, name in enumerate(order)}
        shorts = sorted(range(len(order)), key=lambda n: (short_name(order[n]).encode(), n))
        self.line("const uint16_t ipcshark_names_horizon_short[] = {")
        self.line("    " + ", ".join(map(str, shorts)) + ",")
        self.line("};")
        self.line(f"const size_t ipcshark_names_horizon_short_count = {len(shorts)};")
        self.write_groups("horizon_tipc", self.tipc)
        self.array("const struct names_service ipcshark_names_services",
                   [(self.text(service), self.text(interface))
                    for service, interface in sorted(self.services, key=lambda r: r[0].encode())])
        self.line(f"const size_t ipcshark_names_service_count = {len(self.services)};")
        self.array("const struct names_out_object ipcshark_names_out_objects",
                   sorted([index[interface], command, n, self.text(target)]
                          for interface, command, n, target in self.outs))
        self.line(f"const size_t ipcshark_names_out_object_count = {len(self.outs)};")
        self.write_named_values("interface_ids", self.interface_ids)
        self.write_named_values("horizon_modules", self.modules)
        self.write_named_values("horizon_programs", self.programs)
        self.write_named_values("horizon_results", self.results)
        self.array("const struct names_result_range ipcshark_names_horizon_ranges",
                   [(module, first, last, self.text(name))
                    for module, first, last, name in self.result_ranges])
        self.line(f"const size_t ipcshark_names_horizon_range_count = {len(self.result_ranges)};")

    def write_others(self):
        self.write_groups("ctr", self.ctr)
        self.array("const struct names_ctr_session ipcshark_names_ctr_sessions",
                   [(f"0x{command:X}u", self.text(service), self.text(session))
                    for service, command, session in
                    sorted(self.sessions, key=lambda row: (row[1], row[0]))])
        self.line(f"const size_t ipcshark_names_ctr_session_count = {len(self.sessions)};")
        for symbol in ("ctr_levels", "ctr_summaries", "ctr_modules", "ctr_results",
                       "ctr_descriptions"):
            self.write_named_values(symbol, getattr(self, symbol))
        self.write_groups("orbis", self.orbis)
        self.write_value_lists("orbis_errors", self.orbis_errors, "NAMES_ORBIS_LAYERS")
        self.write_value_lists("appmsg_types", self.types, "NAMES_APPMSG_FAMILIES")
        self.write_named_values("appmsg_events", self.events)

    def write(self):
        self.pool.build()
        self.line("/* SPDX-License-Identifier: GPL-2.0-or-later */")
        self.line("/* Made by codecs/names/generate.py; change the tables, not this file. */")
        self.line('#include "names_tables.h"')
        self.write_pool()
        self.array("const struct names_range ipcshark_names_ranges",
                   [(f"0x{first:X}u", f"0x{last:X}u") for first, last in self.ranges])
        self.write_horizon()
        self.write_others()
        return "\n".join(self.out) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    generator = Generator(pathlib.Path(sys.argv[1]))
    generator.load()
    pathlib.Path(sys.argv[2]).write_text(generator.write(), encoding="utf-8")


if __name__ == "__main__":
    main()
