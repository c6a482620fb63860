#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every public header alone, twice, as the only include: in C11 and in C++17, without a warning."""
import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]


def compiles(compiler, language, standard, header, includes):
    source = f"#include <{header}>\n" * 2 + "int main(void) { return 0; }\n"
    command = [compiler, "-x", language, f"-std={standard}", *WARNINGS, "-"]
    command += [f"-I{folder}" for folder in includes]
    result = subprocess.run(command, input=source, text=True, capture_output=True)
    if result.returncode:
        print(f"{header} in {standard}:\n{result.stderr}")
    return result.returncode == 0


def main(cxx, c, *includes):
    headers = sorted(str(path.relative_to(folder)) for folder in includes
                     for path in pathlib.Path(folder).rglob("*.h"))
    failures = 0
    for header in headers:
        failures += not compiles(cxx, "c++", "c++17", header, includes)
        failures += not compiles(c, "c", "c11", header, includes)
    print(f"# {len(headers)} headers, {failures} failures")
    return 1 if failures or len(headers) < 10 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
