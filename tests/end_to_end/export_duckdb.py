#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of docs/export.md with DuckDB itself. Skipped where Node or @duckdb/node-api is missing:
npm install @duckdb/node-api, and NODE_PATH=…/node_modules."""
import json
import os
import subprocess
import sys

import plugin_support as support
from plugin_support import check, check_equal

PROGRAM = os.path.join(support.BUILD, "bin", "ipcshark")
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "export_duckdb.js")
SKIPPED = 77
TYPES = {"time": "TIMESTAMP", "time_ns": "BIGINT", "duration_ns": "BIGINT", "failed": "BOOLEAN",
         "service": "VARCHAR", "result": "BIGINT", "pid": "BIGINT"}
LIST = "STRUCT(\"name\" VARCHAR, \"value\" VARCHAR)[]"


def has_duckdb():
    try:
        subprocess.run(["node", "-e", "require('@duckdb/node-api')"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def load(path):
    done = subprocess.run(["node", SCRIPT, path], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def check_format(directory, form, types):
    sample = os.path.join(support.SOURCE, "samples", "captures", "horizon.pcapng")
    path = os.path.join(directory, "calls." + form)
    subprocess.run([PROGRAM, "export", "--format", form, "-w", path, sample], check=True)
    found = load(path)
    check_equal({name: found["columns"][name] for name in types}, types, "types of " + form)
    check(found["calls"] > 50 and found["failed"] > 5, found)
    check(["sm:", "GetServiceHandle"] in [row[:2] for row in found["commands"]], found)
    return found["calls"], found["failed"], found["commands"]


def main():
    if not has_duckdb():
        print("skipped: no @duckdb/node-api")
        return SKIPPED
    with support.scratch("duckdb") as directory:
        json_lines = check_format(directory, "jsonl", {**TYPES, "arguments": LIST, "returned": LIST})
        types = {**TYPES, "time": "TIMESTAMP WITH TIME ZONE"}
        check_equal(check_format(directory, "csv", types), json_lines, "csv and jsonl")
    return 0


sys.exit(main())
