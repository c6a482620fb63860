#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Apply as Filter on the fields of the sample captures: the filter that Wireshark makes of a field's
value finds the packet again. PDML's "show" is that value, unquoted."""
import glob
import io
import json
import os
import re
import struct
import subprocess
import xml.etree.ElementTree as ElementTree

import plugin_support as support

# The others have no field that these have not.
CAPTURES = [os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng") for name in (
    "horizon", "horizon-day", "horizon-malformed", "ctr", "ctr-day", "ctr-events", "ctr-malformed",
    "orbis", "orbis-day", "orbis-malformed")]
FINDINGS = sorted(glob.glob(os.path.join(support.SOURCE, "codecs", "include", "ipcshark",
                                         "findings_*.def")))
# What no sample capture has: numbers with a fraction, and names that fill their field. Text that a filter
# has to escape is here, too.
NAMES = r"""
interface nn::own::IReal is real { [1] Set(f32 ratio, f64 tiny, text<16> name, buffer<u8, 0x5> data); }
"""
ACCESS = 0x53
PROTOCOLS = ("ipctap", "hipc", "cmif", "htipc", "ctripc", "sceipmi", "appmsg")
QUOTED = ("FT_ABSOLUTE_TIME", "FT_STRING", "FT_STRINGZ", "FT_STRINGZPAD")
VALUES_A_FIELD = 2


def glossary(*arguments):
    return subprocess.run([support.WITH_PLUGIN, "tshark", "-G", *arguments], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()


def registered_fields():
    lines = [line.split("\t") for line in glossary("fields").split("\n")]
    return [line for line in lines if line[0] == "F" and line[2].split(".")[0] in PROTOCOLS]


def finding_names():
    names = []
    for path in FINDINGS:
        with open(path, encoding="utf-8") as file:
            names += re.findall(r'^IPCSHARK_FINDING\(\w+,\s*"([^"]+)"', file.read(), re.MULTILINE)
    return names


def check_mapping():
    """Elasticsearch's mapping of our fields: a name that stands there twice would be refused."""
    def once(members):
        names = [name for name, _ in members]
        support.check_equal(len(set(names)), len(names), "members of " + " ".join(names)[:200])
        return dict(members)

    mapping = json.loads(glossary("elastic-mapping", "--elastic-mapping-filter",
                                  ",".join(PROTOCOLS)), object_pairs_hook=once)
    mapped = mapping["mappings"]["properties"]["layers"]["properties"]
    support.check_equal(sorted(mapped), sorted(PROTOCOLS), "protocols in the mapping")
    for name in PROTOCOLS:
        support.check(mapped[name]["properties"], "no fields of %s in the mapping" % name)


def check_names(fields):
    """-T ek and the mapping have "_" where a name has a dot."""
    names = sorted(line[2].replace(".", "_") for line in fields)
    twice = [name for name, following in zip(names, names[1:]) if name == following]
    support.check(not twice, "the same in -T ek: %s" % twice)


def check_labels(fields):
    """Expert Information shows them for many packets at once: no place for one packet's numbers."""
    for line in fields:
        support.check("{" not in line[1], "label of %s: %s" % (line[2], line[1]))


def check_finding_names(types):
    """A finding has no value: a field of the same name could not be compared with one any more."""
    names = finding_names()
    support.check(len(names) > 100, "only %d findings" % len(names))
    for name in names:
        support.check_equal(types.get(name), "FT_NONE", "type of the finding " + name)


def filter_of(name, kind, value):
    if kind == "FT_NONE" or not value and kind not in QUOTED:
        return name
    if kind in QUOTED:
        value = '"%s"' % re.sub(r'["\\]', r"\\\g<0>", value)
    return "%s == %s" % (name, value)


def collect(pdml, types, seen):
    """Of each field the first values, as filters of the frames that have them."""
    frames, frame = {}, 0
    for _, element in ElementTree.iterparse(io.StringIO(pdml)):
        name, show = element.get("name"), element.get("show")
        if name == "num":
            frame = int(show)
        elif name in types and show not in seen[name] and len(seen[name]) < VALUES_A_FIELD:
            seen[name].add(show)
            frames.setdefault(frame, []).append(filter_of(name, types[name], show))
        elif element.tag == "packet":
            element.clear()
    return frames


def join(frame, filters):
    return "(%s)" % " && ".join(["frame.number == %d" % frame] + filters)


def found_by(path, display_filter, *options):
    """Frames; none at all if the filter does not compile."""
    done = subprocess.run([support.WITH_PLUGIN, "tshark", "-n", "-2", "-r", path, "-Y",
                           display_filter, "-T", "fields", "-e", "frame.number", *options],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return {int(number) for number in done.stdout.split()}


def check_capture(types, seen, path, *options):
    """All filters in one run; one by one only to tell which of them fail."""
    frames = collect(support.tshark("-2", "-r", path, "-T", "pdml", *options), types, seen)
    if not frames:
        return []
    found = found_by(path, " || ".join(join(*item) for item in sorted(frames.items())), *options)
    return ["%s: frame %d is not found by %s" % (os.path.basename(path), frame, text)
            for frame in sorted(set(frames) - found) for text in frames[frame]
            if not found_by(path, join(frame, [text]), *options)]


def check_rare(folder, types, seen):
    path, names = os.path.join(folder, "rare.pcap"), os.path.join(folder, "rare.id")
    with open(names, "w", encoding="utf-8") as file:
        file.write(NAMES)
    os.chmod(folder, 0o755)
    os.chmod(names, 0o644)
    data = struct.pack("<16s4xfd", b'a "b" \\c', 0.1, 1e-300)
    support.write_records(path, [
        support.record(support.cmif_request(1, data), support.section(support.SERVICE, "real"),
                       support.section(support.COMMENT, "\u30b2 \"b\" \\ c"), handle=1),
        support.record(support.section(ACCESS, b"fs:USER\0srv:pm\0\0"), phase=support.SNAPSHOT,
                       kind=support.NOTE),
    ])
    return check_capture(types, seen, path, "-o", "ipctap.names:" + names)


def check_coverage(types, seen):
    """Every kind of field, and nearly all fields that are no findings."""
    tested = {name for name in types if seen[name]}
    kinds = {types[name] for name in tested}
    support.check_equal(sorted(set(types.values()) - kinds), [], "kinds of fields not tested")
    values = set(types) - set(finding_names())
    missing = sorted(values - tested)
    support.check(len(missing) * 10 < len(values), "%d fields in no capture: %s" % (
        len(missing), ", ".join(missing)))


def main():
    fields = registered_fields()
    types = {line[2]: line[3] for line in fields}
    seen = {name: set() for name in types}
    check_mapping()
    check_names(fields)
    check_labels(fields)
    check_finding_names(types)
    failures = [failure for path in CAPTURES for failure in check_capture(types, seen, path)]
    with support.scratch("filters") as folder:
        failures += check_rare(folder, types, seen)
    support.check(not failures, "\n".join(failures))
    check_coverage(types, seen)


if __name__ == "__main__":
    main()
