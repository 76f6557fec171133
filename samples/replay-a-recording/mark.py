#!/usr/bin/env python3
"""A middleware: leaves out what goes to /anything/logout, and marks the rest. One line of hex for each message, on both sides."""
import sys

for line in sys.stdin:
    meta, request = bytes.fromhex(line).split(b"\n", 1)
    if meta.startswith(b"1 "):
        first, rest = request.split(b"\r\n", 1)
        if b"/logout" in first:
            continue
        line = (meta + b"\n" + first + b"\r\nX-Replayed: yes\r\n" + rest).hex() + "\n"
    sys.stdout.write(line)
    sys.stdout.flush()
