#!/usr/bin/env python3
"""Writes files as one C source: embed.py OUT.c NAME FILE...

The C source defines `const struct embedded NAME[]` and `const size_t NAME_count`; see
src/base/embedded.h. Files are ordered by name, so that equal input gives equal output.
"""
import os
import sys


def main():
    out, name, paths = sys.argv[1], sys.argv[2], sorted(sys.argv[3:], key=os.path.basename)
    lines = ['#include "base/embedded.h"', ""]
    for i, path in enumerate(paths):
        with open(path, "rb") as f:
            data = f.read()
        lines.append(f"static const unsigned char file_{i}[] = {{")
        data += b"\0"  # so that a text can also be used as a C string
        for at in range(0, len(data), 20):
            lines.append("    " + " ".join(f"{b}," for b in data[at : at + 20]))
        lines.append("};")
    lines.append(f"const struct embedded {name}[] = {{")
    for i, path in enumerate(paths):
        lines.append(f'    {{"{os.path.basename(path)}", (const char *)file_{i}, sizeof(file_{i}) - 1}},')
    lines.append("};")
    lines.append(f"const size_t {name}_count = {len(paths)};")
    with open(out, "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
