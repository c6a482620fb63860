#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/findings.md, the list of all findings, from include/ipcshark/findings_*.def.

    codecs/document_findings.py [--check]

With --check nothing is written; the exit status says whether the document is up to date.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/findings.md"
PARTS = (("horizon", "Horizon (Nintendo Switch)"), ("arguments", "A message against its command"),
         ("ctr", "CTR (Nintendo 3DS)"), ("orbis", "Orbis (PlayStation 4)"),
         ("record", "The capture record"))
ENTRY = re.compile(r"(?:/\*(?P<comment>.*?)\*/\s*)?IPCSHARK_FINDING\(\w+,\s*\"(?P<name>[^\"]+)\",\s*"
                   r"IPCSHARK_(?P<severity>\w+),\s*(?P<result>\w+),\s*(?P<sentence>(?:\"[^\n]*\"\s*)+)\)",
                   re.DOTALL)

INTRODUCTION = """# Findings

Made by `codecs/document_findings.py` from `codecs/include/ipcshark/findings_*.def`. What the codecs have
to say of a message beyond its fields: it is cut off, or the console's kernel or server would refuse it,
and with which result. `ipcshark decode` prints them, in Wireshark they are expert infos and filter names
(`hipc.unknown_map_attribute`), a program reads them with byte offsets (`ipcshark/finding.h`). The names are a
stable interface. A *note* is unusual but harmless, a *warning* something that the console ignores or that
is missing from the capture, an *error* what it refuses. `{actual}` is the number found, `{limit}` the one
allowed. Every finding has an example in `tests/unit/findings/`.

Sources: KSS, MB, HTH and PTB are mesosphere's `kern_k_server_session.cpp`, `svc_message_buffer.hpp`,
`kern_k_handle_table.hpp` and `kern_k_page_table_base.cpp`; SSM, DIS, DOM and SER libstratosphere's
`sf_hipc_server_session_manager.cpp`, `sf_cmif_service_dispatch.cpp`, `sf_cmif_domain_service_object.cpp`
and `sf_impl_command_serialization.hpp`; the others are explained in [orbis.md](orbis.md) and
[names.md](names.md#credits). What depends on more than one message takes more than one: pointers and the
receiver's list (`hipc_check_delivery`), static buffers and the receiver's table
(`ctripc_check_static_buffers`), pointers and the server's buffer (`ipcshark_check_pointer_buffer`), a
message and its command's description (`ipcshark_check_arguments`).
"""


def cell(text):
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def source(comment):
    comment = (comment or "").rsplit("/*", 1)[-1]
    text = cell(re.sub(r"^\s*\*", "", comment, flags=re.MULTILINE))
    return "" if "----" in text or "IPCSHARK_FINDING" in text else text


def rows(part):
    text = (ROOT / f"codecs/include/ipcshark/findings_{part}.def").read_text(encoding="utf-8")
    for match in ENTRY.finditer(text):
        sentence = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match["sentence"])).replace('\\"', '"')
        result = "" if int(match["result"], 0) == 0 else f"0x{int(match['result'], 0):X}"
        yield (f"`{match['name']}`", match["severity"].lower(), result, cell(sentence),
               source(match["comment"]))


def count_in_files():
    return sum((ROOT / f"codecs/include/ipcshark/findings_{part}.def").read_text(encoding="utf-8")
               .count("\nIPCSHARK_FINDING(") for part, _ in PARTS)


def document():
    lines, count = [INTRODUCTION], 0
    for part, title in PARTS:
        lines += [f"## {title}", "", "| finding | severity | result | rule | source |",
                  "| --- | --- | --- | --- | --- |"]
        for row in rows(part):
            lines.append("| " + " | ".join(row) + " |")
            count += 1
        lines.append("")
    if count != count_in_files():
        sys.exit(f"{count} findings read, {count_in_files()} are there")
    return "\n".join(lines).rstrip() + "\n"


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    text = document()
    if not sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.exit("docs/findings.md is not up to date: run codecs/document_findings.py")


if __name__ == "__main__":
    main()
