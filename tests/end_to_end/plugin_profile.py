#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile "Console IPC": all filters of its colour rules, buttons and graphs compile and find what
they are for, its columns have values and widths."""
import os
import re
import shutil

import plugin_support as support

PROFILE = os.path.join(support.SOURCE, "capture", "install", "profile")
CAPTURES = [os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")
            for name in ("horizon", "ctr", "orbis")]
WITH_ERRORS = [os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")
               for name in ("horizon-malformed", "ctr-events", "ctr-malformed", "orbis-malformed")]
# What no sample capture has: an unanswered call, a dropped record, a slow call.
RARE = ("ipctap.unanswered", "ipctap.dropped.records", "ipctap.slow", "_ws.malformed")


def lines(name):
    with open(os.path.join(PROFILE, name), encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line and not line.startswith("#")]


def filters():
    found = [line.split("@")[2] for line in lines("colorfilters")]
    found += [re.findall(r'"([^"]*)"', line)[2] for line in lines("dfilter_buttons")]
    found += [re.findall(r'"([^"]*)"', line)[2] for line in lines("io_graphs")]
    return sorted(set(found))


def columns():
    """What the columns show, the hidden ones, too."""
    return [field for fields in re.findall("%Cus:(.*?):0:R\"", "".join(lines("preferences")))
            for field in fields.split(" or ")]


def check_single_columns():
    """Wireshark 4.0 makes no filter of a text in a column of several fields: it leaves the quotes out."""
    for field in re.findall('%Cus:(.*?):0:R"', "".join(lines("preferences"))):
        support.check(re.fullmatch("[a-z_.]+", field), "column of several fields: " + field)


def check_call_fields():
    """The columns' fields say of every system what its own fields say."""
    for own, common in (("hipc.result_text", "ipctap.call.result"),
                        ("sceipmi.error", "ipctap.call.result"),
                        ("cmif.file", "ipctap.call.file"), ("ctripc.file", "ipctap.call.file")):
        found = [support.rows(path, [own, common], "-Y", own) for path in CAPTURES]
        values = [row for rows in found for row in rows]
        support.check(values and all(row[0] == row[1] for row in values), common + " as " + own)
    for path in WITH_ERRORS:
        support.check_equal(support.frames(path, "ipctap.call.result == \"ok\" && (%s)" %
                                           error_definition()), [], "ok, but an error")
    numbers = support.rows(CAPTURES[1], ["ctripc.result", "ctripc.result.name",
                                         "ipctap.call.result"], "-Y", "ctripc.result")
    for number, name, text in numbers:
        wanted = "ok" if int(number, 0) == 0 else "0x%08X %s" % (int(number, 0), name)
        support.check_equal(text, wanted, "result of the 3DS")


def check_filters():
    """All compile, and find something in one capture or another; so do the columns' fields."""
    wanted = filters() + columns()
    found = [support.frames_by_filter(path, wanted) for path in CAPTURES]
    for text in wanted:
        support.check(any(frames[text] for frames in found) or any(rare in text for rare in RARE),
                      "nothing found by " + text)


def check_columns(folder):
    """As tshark prints them: a time and a result in every line of a reply."""
    target = os.path.join(folder, "profiles", "Console IPC")
    shutil.copytree(PROFILE, target)
    for place, _, names in os.walk(folder):
        os.chmod(place, 0o755)
        for name in names:
            os.chmod(os.path.join(place, name), 0o644)
    output = support.tshark("-r", CAPTURES[0], "-C", "Console IPC", "-Y", "cmif.result == 0x202",
                            environment={"WIRESHARK_CONFIG_DIR": folder})
    for line in output.split("\n")[:-1]:
        support.check(re.search(r"CMIF 0\.0000\d+ \u2192 .*: fs PathNotFound \(2002-0001\)$", line),
                      "columns of " + line)


def error_definition():
    """What the colour rule, the button and the graph (which takes it in brackets) agree on."""
    definitions = {re.sub(r"^\((.*)\) && \(.*?\)$", r"\1", text) for text in filters()
                   if "hipc.result" in text}
    support.check_equal(len(definitions), 1, "definitions of an error")
    return definitions.pop()


def check_counts():
    """The graphs count calls and errors once, as the statistics do."""
    graphs = {line.split('"')[3]: line.split('"')[5] for line in lines("io_graphs")}
    counts = "io,stat,0," + ",".join((graphs["Calls"], graphs["Errors"]))
    for path in CAPTURES + WITH_ERRORS:
        output = support.tshark("-q", "-2", "-r", path, "-z", "ipctap,tree", "-z", counts)
        expected = re.findall(r"^(?:Calls by process|Errors by result) +([0-9]+)", output,
                              re.MULTILINE)
        found = re.search(r"<> .*?\| +(\d+) \|.*?\| +(\d+) \|", output).groups()
        support.check_equal(list(found), expected, "calls and errors of " + path)


def check_errors():
    """None of the 3DS's results that are not negative."""
    definition = error_definition()
    for name, harmless in (("ctr-day", "ctripc.result != 0 && ctripc.result < 0x80000000"),
                           ("ctr-events", "ipctap.kind == 5 && ipctap.result == 0x09401bfe")):
        path = os.path.join(support.SOURCE, "samples", "captures", name + ".pcapng")
        found = support.frames(path, harmless)
        support.check(found, "%s has no %s" % (name, harmless))
        support.check(not set(found) & set(support.frames(path, definition)),
                      "no error, but taken for one: " + harmless)


def luminance(colour):
    """Of "65535,49344,16448", as WCAG 2 reckons it."""
    parts = [int(part) / 65535 for part in colour.split(",")]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
                        for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def check_contrast():
    """Rules bring both of their colours, so they look the same in a dark theme; 4.5 is WCAG's AA."""
    for line in lines("colorfilters"):
        name, _, colours = line.split("@")[1:4]
        background, text = re.findall(r"\[([\d,]+)\]", line.split("@", 3)[3])
        dark, light = sorted((luminance(background), luminance(text)))
        contrast = (light + 0.05) / (dark + 0.05)
        support.check(contrast >= 4.5, "contrast of %s: %.1f (%s)" % (name, contrast, colours))


def pairs(text):
    return re.findall(r'"([^"]*)", *("[^"]*"|-?[0-9]+)', text)


def check_widths():
    """Wireshark takes a width only with the very format of the column, without its last parts."""
    preferences, recent = ("\n".join(lines(name)) for name in ("preferences", "recent"))
    formats = [column.strip('"') for _, column in pairs(preferences)]
    widths = dict(pairs(recent))
    support.check_equal(list(widths), [re.sub(r":0:R$", "", column) for column in formats],
                        "columns with a width")
    hidden = re.search(r"gui.column.hidden: (.*)", preferences).group(1).split(",")
    support.check(set(hidden) < set(formats), "hidden, but no columns: %s" % hidden)
    table = support.tshark("-q", "-r", CAPTURES[0], "-z", "conv,ipctap")
    short_name = re.search(r"^(.*) Conversations$", table, re.MULTILINE).group(1)
    for dialog in ("conversation", "endpoint"):
        support.check("gui.%s_tabs: %s" % (dialog, short_name) in recent, dialog + " tab")


def check_segments(folder):
    """Records on a connection whose segments overtake each other."""
    first, second, third = support.records_of(CAPTURES[0])[1:4]
    connection = support.TcpStream(51000, 18252)
    connection.send(first)
    connection.sequence[0] += len(second)
    late = connection.packet(third)
    connection.sequence[0] -= len(second)
    connection.packets.append(late)
    connection.send(second)
    path = os.path.join(folder, "late.pcap")
    connection.write(path)
    found = support.tshark("-r", path, "-C", "Console IPC", "-T", "fields", "-e", "ipctap.phase", "-Y",
                           "ipctap", environment={"WIRESHARK_CONFIG_DIR": folder})
    support.check_equal(found, "1\n2,1\n", "records of segments out of order")


def main():
    check_single_columns()
    check_call_fields()
    check_filters()
    check_errors()
    check_counts()
    check_contrast()
    check_widths()
    with support.scratch("profile") as folder:
        check_columns(folder)
        check_segments(folder)


if __name__ == "__main__":
    main()
