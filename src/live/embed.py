#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""embed.py IN OUT.c: the bytes of a file as a C array, see image.h."""
import sys

data = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "w", encoding="ascii") as out:
    out.write("#include <stddef.h>\n\n"
              "extern const unsigned char cow_agent_image[];\n"
              "extern const size_t cow_agent_image_size;\n\n"
              "const unsigned char cow_agent_image[] = {\n")
    for i in range(0, len(data), 16):
        out.write("\t" + "".join(f"{b}," for b in data[i:i + 16]) + "\n")
    out.write("};\n\nconst size_t cow_agent_image_size = sizeof(cow_agent_image);\n")
