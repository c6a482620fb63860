#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes codecs/names/tables/ out of facts that were collected from public sources.

    import_facts.py SOURCE_DIR

SOURCE_DIR holds {horizon,ctr,orbis}/*.tsv, one file a source and kind of fact, disagreements left
in. Beside them count the project's own rows in codecs/names/hand/. docs/names.md says which source
wins where, and credits them. The tables are checked in: run this only to change them.
"""
import collections
import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TABLES = HERE / "tables"
HAND = HERE / "hand"

# One letter a source, as the tables' `sources` columns have it.
ATMOSPHERE, GHIDRA, SWIPC, LIBNX, OWN = "a", "g", "s", "l", "h"
PRECEDENCE = ATMOSPHERE + OWN + GHIDRA + SWIPC + LIBNX
SOURCE_LETTER = {"ghidra-switch-loader": GHIDRA, "swipc": SWIPC}
OPEN = (999, 0, 0)


def read_tsv(path):
    """Rows of a TSV file with a header line as dictionaries; comment lines start with '#'."""
    with open(path, encoding="utf-8", newline="") as stream:
        lines = [line for line in stream if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def version(text):
    return tuple(int(part) for part in text.split(".")) if text else None


def version_before(value):
    """The last version that can exist before this one: 16.0.0 -> 15.255.255."""
    major, minor, micro = value
    if micro:
        return major, minor, micro - 1
    return (major, minor - 1, 255) if minor else (major - 1, 255, 255)


def version_after(value):
    major, minor, micro = value
    if micro < 255:
        return major, minor, micro + 1
    return (major, minor + 1, 0) if minor < 255 else (major + 1, 0, 0)


def version_text(value):
    return ".".join(map(str, value)) if value and value != OPEN else ""


class Name:
    """One name of one command, over one range of firmware versions (None: no limit known)."""

    def __init__(self, name, since, until, sources):
        self.name = name
        self.since = None if since in (None, (1, 0, 0)) else since
        self.until = until
        self.sources = set(sources)
        self.also = {}

    def rank(self):
        return min(PRECEDENCE.index(source) for source in self.sources)

    def row(self, command_id):
        also = " ".join(f"{name}:{''.join(sorted(who))}" for name, who in sorted(self.also.items()))
        fields = [str(command_id), self.name, version_text(self.since), version_text(self.until),
                  "".join(sorted(self.sources, key=PRECEDENCE.index)), also]
        return "\t".join(fields).rstrip("\t")


def parse_swipc_range(text):
    """'2.0.0-2.3.0,3.0.0+' -> the whole span, (2.0.0, None)."""
    since, until = [], []
    for part in filter(None, text.split(",")):
        if part.endswith("+"):
            since.append(version(part[:-1]))
            until.append(OPEN)
        else:
            first, _, last = part.partition("-")
            since.append(version(first))
            until.append(version(last or first))
    if not since:
        return None, None
    last = max(until)
    return min(since), None if last == OPEN else last


def is_name(text):
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None


def last_part(name):
    return name.rsplit("::", 1)[-1]


# --- Horizon: interfaces ------------------------------------------------------------------------


class Horizon:
    def __init__(self, source):
        self.source = source / "horizon"
        self.names = collections.defaultdict(list)  # (interface, id) -> [Name]
        self.tipc = collections.defaultdict(list)
        self.interfaces = {}
        self.console_name = {}
        self.in_the_middle = set()
        self.services = collections.OrderedDict()
        self.outs = {}

    def read(self, name):
        return read_tsv(self.source / name)

    def load_interfaces(self):
        """Atmosphère's own names differ from the console's; the ids prove which belong together."""
        for row in self.read("interface_ids.tsv"):
            self.interfaces[row["name"]] = "v" if row["verified"].startswith(("yes", "verified")) \
                else "c"
            if row["atmosphere_interface"]:
                self.console_name[row["atmosphere_interface"]] = row["name"]
            if row["verified"] == "yes(other-name)":
                self.in_the_middle.add(row["atmosphere_interface"])

    def add(self, interface, command_id, name):
        for known in self.names[interface, command_id]:
            if known.name == name.name:
                known.sources |= name.sources
                if known.until is None or name.until is None:
                    known.until = None
                if known.since is None or (name.since and ATMOSPHERE in name.sources):
                    known.since = name.since
                return
        self.names[interface, command_id].append(name)

    # Interfaces that Atmosphère serves to older firmware in place of the one of the same name.
    DEPRECATED_UNTIL = {"ams::pm::": (4, 255, 255), "ams::spl::": (3, 255, 255)}

    def deprecated_until(self, interface):
        if "::IDeprecated" not in interface:
            return None
        return next((until for prefix, until in self.DEPRECATED_UNTIL.items()
                     if interface.startswith(prefix)), None)

    def load_atmosphere(self):
        for row in self.read("commands.tsv"):
            interface = row["interface"]
            console = self.console_name.get(interface, interface)
            command_id = int(row["command_id"])
            until = self.deprecated_until(interface) if row["max_version"] == "max" else \
                version(row["max_version"])
            name = Name(row["command"], version(row["min_version"]), until, ATMOSPHERE)
            if row["protocol"] == "tipc":
                self.add_tipc(interface, command_id, name)
                continue
            # A man in the middle implements a part of the real interface, named already.
            if interface in self.in_the_middle and command_id < 65000:
                continue
            self.add(console, command_id, name)
            self.load_outs(console, command_id, row["args"])

    TIPC_SERVICES = {
        "ams::sm::impl::IUserInterface": ("sm:", "nn::sm::detail::IUserInterface"),
        "ams::sm::impl::IManagerInterface": ("sm:m", "nn::sm::detail::IManagerInterface"),
        "ams::pgl::tipc::IShellInterface": ("pgl", "nn::pgl::sf::IShellInterface"),
        "ams::pgl::tipc::IEventObserver": ("nn::pgl::sf::IEventObserver",
                                           "nn::pgl::sf::IEventObserver"),
    }

    def add_tipc(self, interface, command_id, name):
        service, cmif_interface = self.TIPC_SERVICES[interface]
        self.tipc[service, command_id].append(name)
        # sm and pgl answer both protocols with the same numbers.
        copy = Name(name.name, name.since, name.until, name.sources)
        self.add(cmif_interface, command_id, copy)

    def load_outs(self, interface, command_id, arguments):
        found = re.findall(r"SharedPointer<\s*(?:::)?([A-Za-z0-9_:]+)\s*>", arguments)
        for n, target in enumerate(found):
            target = target if target.startswith("ams::") else "ams::" + target
            console = self.console_name.get(target)
            if console:
                self.outs[interface, command_id, n] = (console, ATMOSPHERE)

    def load_interface_commands(self):
        self.distrusted = {row["interface"]: set(row["sources"])
                           for row in read_tsv(HAND / "horizon/distrusted.tsv")}
        for row in self.read("interface_commands.tsv"):
            if not is_name(row["name"]):
                continue
            since, until = parse_swipc_range(row["firmware"])
            sources = {SOURCE_LETTER[source] for source in row["sources"].split(",")}
            sources -= self.distrusted.get(row["interface"], set())
            if not sources:
                continue
            self.interfaces.setdefault(row["interface"], "c")
            self.add(row["interface"], int(row["command_id"]),
                     Name(row["name"], since, until, sources))

    # --- services

    def load_services(self):
        """First the sources that name an interface for real, in their order of precedence."""
        candidates = collections.defaultdict(list)
        for row in read_tsv(HAND / "horizon/services.tsv"):
            candidates[row["service"]].append((0, row["interface"], OWN))
        for row in self.read("services.tsv"):
            service = row["service"].replace(" (named port)", "")
            interface = re.split(r" [(/]", row["interface"])[0]
            interface = self.TIPC_SERVICES.get(interface, (None, interface))[1]
            interface = self.console_name.get(interface, interface)
            letter = ATMOSPHERE if row["source"].startswith("Atmosphere") else SWIPC
            # "Atmosphere only" names have no console name of their own.
            candidates[service].append((1 if letter == ATMOSPHERE else 2, interface, letter))
        for service in sorted(candidates):
            ranked = sorted(candidates[service], key=lambda item: item[0])
            interface = ranked[0][1]
            sources = {item[2] for item in ranked if item[1] == interface}
            also = sorted({item[1] for item in ranked} - {interface})
            self.services[service] = (interface, sources, also)
            if "::" in interface:
                self.interfaces.setdefault(interface, "c")

    # --- libnx

    def session_interfaces(self, row, sessions):
        """The interfaces that a libnx call may talk to; empty if nobody says."""
        for key in ((row["file"], row["session_expr"]), ("*", row["session_type"])):
            if key[1] and key in sessions:
                return [sessions[key]]
        services = row["service_name"].replace(" (named port)", "").split("|")
        found = [self.services[service][0] for service in services if service in self.services]
        # Of several, the first is meant; the others count where libnx alone knows them.
        named = {interface for interface, _ in self.names}
        return found[:1] + sorted({other for other in found[1:] if other not in named} -
                                  set(found[:1]))

    @staticmethod
    def bare_wrapper(row):
        """'_fsFsCreateFile' -> 'CreateFile': what is left without libnx's prefixes."""
        match = re.match(r"_*[a-z0-9]+_?([A-Z]\w*)$", row["wrapper"])
        name = match.group(1) if match else row["wrapper"].lstrip("_")
        kind = re.sub(r"^[A-Z][a-z0-9]+", "", row["session_type"] or "")
        for prefix in (kind, {"FileSystem": "Fs", "Directory": "Dir"}.get(kind, "")):
            if prefix and name.startswith(prefix) and is_name(name[len(prefix):]):
                return name[len(prefix):]
        return name

    def libnx_range(self, interface, row):
        """Since and until when a wrapper's command has this id, as far as its guards tell.

        One guard hosversionBefore(x): the command exists since x. Two, and two ids: it exists since
        the first, and got the greater id in the second.
        """
        guards = sorted(tuple(map(int, numbers)) for numbers in re.findall(
            r"hosversionBefore\((\d+),(\d+),(\d+)\)", row["version_guards"]))
        ids = sorted(self.wrapper_ids[interface, row["wrapper"]])
        if row["max_version"] or len(guards) != len(row["version_guards"].split()):
            return None, None
        if len(guards) == 1 and len(ids) == 1:
            return guards[0], None
        if len(guards) == 2 and len(ids) == 2:
            return (guards[0], version_before(guards[1])) if int(row["command_id"]) == ids[0] \
                else (guards[1], None)
        return None, None

    def load_libnx(self):
        sessions = {(row["file"], row["session"]): row["interface"]
                    for row in read_tsv(HAND / "horizon/libnx_sessions.tsv")}
        calls = collections.defaultdict(list)
        self.wrapper_ids = collections.defaultdict(set)
        self.unmapped = collections.Counter()
        for row in self.read("libnx_commands.tsv"):
            if row["protocol"] != "cmif" or not row["command_id"].isdigit():
                continue
            interfaces = self.session_interfaces(row, sessions)
            if not interfaces:
                self.unmapped[row["file"], row["session_expr"], row["service_name"]] += 1
            for interface in interfaces:
                calls[interface, int(row["command_id"])].append(row)
                self.wrapper_ids[interface, row["wrapper"]].add(int(row["command_id"]))
        for (interface, _), rows in calls.items():
            rows.sort(key=lambda row: self.libnx_age(interface, row))
        self.calls = calls

    def libnx_age(self, interface, row):
        """Of several wrappers with one id, the newest first: ids only ever grew."""
        ids = self.wrapper_ids[interface, row["wrapper"]]
        return self.libnx_range(interface, row)[1] is not None, int(row["command_id"]) != max(ids)

    @staticmethod
    def alike(name, other):
        """Do two sources mean the same? libnx shortens, so one may contain the other."""
        def plain(text):
            return re.sub(r"(Deprecated|Old|Auto|V\d|ById|Handle)", "", text).lower()
        name, other = plain(name), plain(other)
        return name in other or other in name

    def judge_sources(self):
        """Per interface: which of the two big collections agrees with libnx's living code more
        often. Ghidra-Switch-Loader's settings tables, for one, are off by some numbers."""
        score = collections.defaultdict(collections.Counter)
        for key, rows in self.calls.items():
            wrapper = self.bare_wrapper(rows[0])
            for name in self.names.get(key, []):
                for source in name.sources & {GHIDRA, SWIPC}:
                    score[key[0]][source, self.alike(name.name, wrapper)] += 1
        self.doubted = set()
        for interface, counts in score.items():
            good, bad = counts[GHIDRA, True], counts[GHIDRA, False]
            if bad > good and bad >= 30:
                self.doubted.add(interface)

    def merge_libnx(self):
        for key, rows in sorted(self.calls.items()):
            interface = key[0]
            names = self.names.get(key, [])
            for row in rows[:1]:
                self.confirm(names, self.bare_wrapper(row), self.libnx_range(interface, row)[0])
            agreeing = [name for name in names if LIBNX in name.sources]
            if not names or (interface in self.doubted and not agreeing):
                self.interfaces.setdefault(interface, "c" if "::" in interface else "")
                self.take_wrappers(key, rows)

    def confirm(self, names, wrapper, since):
        for name in names:
            if not self.alike(name.name, wrapper):
                continue
            name.sources.add(LIBNX)
            if name.since is None and name.until is None and ATMOSPHERE not in name.sources:
                name.since = since

    def take_wrappers(self, key, rows):
        """The newest wrapper's name, and those of wrappers that had this id before."""
        known = set()
        for row in rows:
            wrapper = self.bare_wrapper(row)
            since, until = self.libnx_range(key[0], row)
            if is_name(wrapper) and wrapper not in known and (until or not known):
                self.names[key].append(Name(wrapper, since, until, LIBNX))
                known.add(wrapper)

    # --- choosing

    def rank(self, interface, name):
        """Lower wins. Where two collections differ, the one that libnx agrees with is right."""
        if ATMOSPHERE in name.sources or OWN in name.sources:
            return name.rank() * 10
        if LIBNX in name.sources:
            return 30
        if interface in self.doubted:
            return 40 if SWIPC in name.sources else 60
        return 40 + name.rank()

    @staticmethod
    def end_replaced(names):
        """A source that gives two names without an end means that the later replaced the earlier."""
        for source in (ATMOSPHERE, SWIPC):
            same = sorted((name for name in names if source in name.sources and not name.until),
                          key=lambda name: name.since or (0, 0, 0))
            for name, successor in zip(same, same[1:]):
                if successor.since and successor.since != name.since:
                    name.until = version_before(successor.since)

    @staticmethod
    def begin_later(chosen):
        """The open name begins only when those that ended have ended."""
        for other in chosen[1:]:
            name = chosen[0]
            if not name.until and name.since and (other.since or (0, 0, 0)) <= name.since <= \
                    other.until:
                name.since = version_after(other.until)

    def choose(self, interface, names):
        """One open-ended name, then those that ended, newest first; losers become `also`."""
        self.end_replaced(names)
        names = sorted(names, key=lambda name: (self.rank(interface, name), name.name))
        still_open = [name for name in names if name.until is None]
        ended = sorted((name for name in names if name.until), key=lambda name: name.until,
                       reverse=True)
        chosen = still_open[:1]
        for name in ended:
            clash = [other for other in chosen if other.until and
                     other.until >= (name.since or (0, 0, 0)) and
                     (other.since or (0, 0, 0)) <= name.until]
            if clash:
                clash[0].also[name.name] = name.sources
            else:
                chosen.append(name)
        self.begin_later(chosen)
        for name in still_open[1:]:
            chosen[0].also.setdefault(name.name, set()).update(name.sources)
        return chosen

    def load_hand(self):
        for row in read_tsv(HAND / "horizon/commands.tsv"):
            self.add(row["interface"], int(row["command_id"]),
                     Name(row["name"], version(row["since"]), version(row["until"]), OWN))
            if "::" in row["interface"]:
                self.interfaces.setdefault(row["interface"], "c")
        for row in read_tsv(HAND / "horizon/out_objects.tsv"):
            self.outs[row["interface"], int(row["command_id"]), int(row["n"])] = (row["object"],
                                                                                  OWN)
            self.interfaces.setdefault(row["object"], "c")

    def check_outs(self):
        for (interface, command_id, _), (target, source) in self.outs.items():
            if source == OWN and (interface, command_id) not in self.names:
                print(f"out object of a command without a name: {interface} {command_id}")
            if target not in self.interfaces:
                print(f"out object of an unknown interface: {target}")

    def run(self):
        self.load_interfaces()
        self.load_atmosphere()
        self.load_interface_commands()
        self.load_services()
        self.load_hand()
        self.load_libnx()
        self.judge_sources()
        self.merge_libnx()
        self.check_outs()
        self.write()

    def write_commands(self, name, names, comment):
        groups = collections.defaultdict(dict)
        for (interface, command_id), candidates in names.items():
            if candidates:
                groups[interface][command_id] = self.choose(interface, candidates)
        lines = [comment, "#id\tname\tsince\tuntil\tsources\talso"]
        for interface in sorted(groups):
            lines.append(f"[{interface}]")
            for command_id in sorted(groups[interface]):
                lines += [item.row(command_id) for item in groups[interface][command_id]]
        write_lines("horizon/" + name, lines)

    def write(self):
        self.write_commands("commands.tsv", self.names,
                            "# CMIF commands of an interface (or of a service whose interface "
                            "nobody has named).")
        self.write_commands("tipc_commands.tsv", self.tipc, "# TIPC commands of a service.")
        write_lines("horizon/services.tsv", ["#service\tinterface\tsources\talso"] + [
            "\t".join([service, interface, "".join(sorted(sources)), " ".join(also)]).rstrip()
            for service, (interface, sources, also) in self.services.items()])
        write_lines("horizon/interfaces.tsv", [
            "# v: the id that Atmosphère has for it is the hash of this name; c: only computed.",
            "#interface\tid"] + [f"{name}\t{mark}" for name, mark in
                                 sorted(self.interfaces.items()) if "::" in name])
        write_lines("horizon/out_objects.tsv", ["#interface\tid\tn\tobject\tsource"] + [
            f"{interface}\t{command_id}\t{n}\t{target}\t{source}"
            for (interface, command_id, n), (target, source) in sorted(self.outs.items())])
        self.write_results()

    def write_results(self):
        modules = {int(row["module"]): (row["name"], ATMOSPHERE)
                   for row in self.read("modules.tsv")}
        for row in read_tsv(HAND / "horizon/modules.tsv"):
            modules.setdefault(int(row["module"]), (row["name"], OWN))
        for row in self.read("modules.tsv"):
            if "libnx" in row["namespace"]:
                modules[int(row["module"])] = (row["name"], LIBNX)
        write_lines("horizon/modules.tsv", ["#module\tname\tsource"] + [
            f"{number}\t{name}\t{source}" for number, (name, source) in sorted(modules.items())])
        lines = ["# last > first: the name of a range. Aliases are libnx's.",
                 "#module\tfirst\tlast\tname\tsource\talias"]
        rows = []
        for row in self.read("results.tsv"):
            is_libnx = not row["name"].startswith(("ams::", "haze"))
            name = re.sub(r"^(Libnx[A-Za-z]*Error_|Result)", "", last_part(row["name"]))
            rows.append((int(row["module"]), int(row["description"]), int(row["description_end"]),
                         name, LIBNX if is_libnx else ATMOSPHERE, last_part(row["alt_name"])))
        lines += ["\t".join(map(str, row)).rstrip("\t")
                  for row in sorted(set(rows), key=lambda row: (row[0], row[1], -row[2], row[3]))]
        write_lines("horizon/results.tsv", lines)


# --- CTR ----------------------------------------------------------------------------------------


def import_ctr(source):
    groups = collections.defaultdict(dict)
    for row in read_tsv(source / "ctr/commands.tsv"):
        service = {"fs:USER:File": "File", "fs:USER:Directory": "Directory"}.get(row["service"],
                                                                               row["service"])
        name = row["command_name"]
        if not is_name(name.split(" ")[0]) or service == "service":
            continue
        known = groups[service].get(int(row["command_id"], 16))
        if known:
            known[3].append(name.split(" ")[0])
            continue
        groups[service][int(row["command_id"], 16)] = (name.split(" ")[0], row["normal_params"],
                                                       row["translate_words"], [])
    for row in read_tsv(HAND / "ctr/commands.tsv"):
        groups[row["service"]].setdefault(int(row["command_id"], 16), (row["name"], "", "", []))
    lines = ["# Commands of a service or of a kind of session that a service hands out.",
             "#id\tname\tnormal\ttranslate\talso"]
    for service in sorted(groups):
        lines.append(f"[{service}]")
        for command_id, (name, normal, words, also) in sorted(groups[service].items()):
            lines.append(f"0x{command_id:04X}\t{name}\t{normal}\t{words}\t{' '.join(also)}"
                         .rstrip("\t"))
    write_lines("ctr/commands.tsv", lines)
    write_lines("ctr/sessions.tsv", ["#service\tid\tsession"] + sorted(
        f"{row['service']}\t{row['command_id']}\t{row['session']}"
        for row in read_tsv(HAND / "ctr/sessions.tsv")))
    import_ctr_results(source)


def import_ctr_results(source):
    rows = {}
    for row in read_tsv(source / "ctr/result_enums.tsv"):
        if row["source"].startswith("libctru"):
            continue
        rows.setdefault((row["kind"], int(row["value"])), row["name"])
    write_lines("ctr/result_enums.tsv", [
        "# kernel_description: descriptions below 1000 of the modules Kernel and OS.",
        "#kind\tvalue\tname"] + [f"{kind}\t{value}\t{name}"
                                  for (kind, value), name in sorted(rows.items())])
    constants = {}
    for row in read_tsv(source / "ctr/result_constants.tsv"):
        constants.setdefault(int(row["raw"], 16), re.sub("^Result", "", row["name"]))
    write_lines("ctr/results.tsv", ["#result\tname"] + [
        f"0x{value:08X}\t{name}" for value, name in sorted(constants.items()) if value])


# --- Orbis --------------------------------------------------------------------------------------


def import_orbis(source):
    import_orbis_methods(source)
    import_orbis_errors(source)
    import_message_types(source)
    events = {int(row["bit"]): row["name"].replace("SCE_APP_MESSAGING_EVENT_", "")
              for row in read_tsv(source / "orbis/events.tsv")
              if row["bit"].isdigit() and is_name(row["name"])}
    write_lines("orbis/events.tsv", ["#bit\tname"] + [f"{bit}\t{name}" for bit, name in
                                                       sorted(events.items())])


def method_name(text):
    """'GetAppStatus (PS5; …)' -> GetAppStatus, 'activate dialog' -> ActivateDialog."""
    text = re.sub(r"\(.*\)", "", text).strip()
    words = re.findall(r"[A-Za-z0-9_]+", text)
    return words[0] if len(words) == 1 and words[0][0].isupper() else \
        "".join(word[0].upper() + word[1:] for word in words)


def import_orbis_methods(source):
    groups = collections.defaultdict(dict)
    for row in read_tsv(source / "orbis/services.tsv"):
        name = method_name(row["name"])
        service = row["service"]
        if service.startswith("("):  # Said of "many" services, without naming one.
            continue
        numbers = [] if "," in row["method"] else re.split(r"\s*/\s*", row["method"])
        for number in numbers:
            if name:
                groups[service].setdefault(int(number, 0), (name, row["source"]))
    lines = ["# Methods of IPMI services.", "#method\tname\tsource"]
    for service in sorted(groups):
        lines.append(f"[{service}]")
        lines += [f"0x{number:X}\t{name}\t{origin}"
                  for number, (name, origin) in sorted(groups[service].items())]
    write_lines("orbis/methods.tsv", lines)


def import_orbis_errors(source):
    layer = {"ipmi *out": 2, "ipmi *out or service": 2, "ipmi syscall errno": 2,
             "app-messaging": 3, "app-messaging server": 3, "lnc (neighbour)": 3}
    rows = {}
    for row in read_tsv(source / "orbis/errors.tsv"):
        if is_name(row["name"]) and row["layer"] in layer:
            rows[layer[row["layer"]], int(row["value"], 16)] = (row["name"], row["confidence"])
    for row in read_tsv(HAND / "orbis/errors.tsv"):
        rows.setdefault((int(row["layer"]), int(row["value"], 0)), (row["name"], "own"))
    write_lines("orbis/errors.tsv", [
        "# Layers: 1 errno of the system call, 2 *out of the manager call, 3 the method's result.",
        "#layer\tvalue\tname\tconfidence"] + [
            f"{number}\t0x{value:X}\t{name}\t{confidence}"
            for (number, value), (name, confidence) in sorted(rows.items())])


def family_of(row):
    """0 Sony, 1 HEN-V, 2 libhijacker, 3 etaHEN: the same number means something else in each."""
    if row["name"].startswith("SCE_"):
        return 0
    if "libhijacker" in row["source"] or "early C revision" in row["source"]:
        return 2
    return 1 if row["name"].startswith("HENV_") else 3


def import_message_types(source):
    rows = {}
    for row in read_tsv(source / "orbis/msgtypes.tsv"):
        if not is_name(row["name"]) or not re.fullmatch(r"0x[0-9A-F]+", row["value"]):
            continue
        name = re.sub(r"^(SCE_APP_MESSAGING_MSG_TYPE_|HENV_MSG_TYPE_|BREW_MSG_TYPE_)", "",
                      row["name"])
        rows.setdefault((family_of(row), int(row["value"], 16)), []).append(name)
    write_lines("orbis/message_types.tsv", [
        "# Families: 0 Sony, 1 HEN-V, 2 libhijacker, 3 etaHEN.", "#family\tvalue\tname\talso"] + [
            f"{family}\t0x{value:08X}\t{names[0]}\t{' '.join(names[1:])}".rstrip("\t")
            for (family, value), names in sorted(rows.items())])


def write_lines(name, lines):
    path = TABLES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    horizon = Horizon(source)
    horizon.run()
    for key, count in sorted(horizon.unmapped.items()):
        print(f"libnx calls without an interface: {count:3} {' '.join(key)}")
    print("collections doubted:", *sorted(horizon.doubted))
    import_ctr(source)
    import_orbis(source)


if __name__ == "__main__":
    main()
