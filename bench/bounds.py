#!/usr/bin/env python3
"""Question 7, the other half: how much memory does traffic take that leaves everything open?

Two capture files: responses whose requests were never mirrored, and clients that pipeline requests nobody answers.
Usage: bench/bounds.py
"""
import struct

from harness import PARALLAX, build, free_port, load_average, run_timed, save, scratch, table

SEGMENT = 1400
SYN, ACK, PUSH = 0x02, 0x10, 0x08


def packet(flow, from_client, sequence, acknowledgment, flags, payload, time):
    """A record of a pcap file with raw IPv4 packets; checksums are left out, capture does not look at them."""
    client, server = struct.pack(">BBH", 10, flow >> 16, flow & 0xFFFF), bytes((10, 200, 0, 1))
    ports = (40_000, 80) if from_client else (80, 40_000)
    ends = (client, server) if from_client else (server, client)
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, acknowledgment, 5 << 4, flags, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, *ends) + tcp
    return struct.pack("<IIII", 1_700_000_000 + time // 1_000_000, time % 1_000_000, len(ip), len(ip)) + ip


def write(name, flows, stream, from_client, shakes_hands):
    """Every flow sends the stream, segment by segment, in turn with all others: all are open at once."""
    path = scratch() / f"{name}.pcap"
    time = 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 101))
        for flow in range(flows if shakes_hands else 0):
            time += 1
            file.write(packet(flow, True, 0, 0, SYN, b"", time) + packet(flow, False, 0, 1, SYN | ACK, b"", time))
        for at in range(0, len(stream), SEGMENT):
            for flow in range(flows):
                time += 1
                file.write(packet(flow, from_client, 1 + at, 1, ACK | PUSH, stream[at:at + SEGMENT], time))
    return path


def main():
    build()
    sink = ["--to", f"http://127.0.0.1:{free_port()}", "--percent", "0", "--quiet"]
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\n" + b"x" * 50
    orphans = write("orphans", 1_000, response * 1_000, False, False)
    pipelined = write("pipelined", 20_000, b"GET /nothing/comes/back HTTP/1.1\r\nHost: a\r\n\r\n" * 256, True, True)
    runs = {
        "1,000 flows of 1,000 responses without requests, inspect": [PARALLAX, "inspect", orphans, "--json", "--quiet"],
        "1,000 flows of 1,000 responses without requests, capture --memory 32mb": [PARALLAX, "capture", "--pcap", orphans, "--memory", "32mb", *sink],
        "20,000 flows of 256 requests without responses, inspect": [PARALLAX, "inspect", pipelined, "--json", "--quiet"],
        "20,000 flows of 256 requests without responses, capture --memory 32mb": [PARALLAX, "capture", "--pcap", pipelined, "--memory", "32mb", *sink],
    }
    taken = [(name, run_timed(command)) for name, command in runs.items()]
    table("largest resident set", ["what", "MB", "CPU s"], [[name, run["rss"] / 1e6, run["cpu"]] for name, run in taken])
    save("bounds", {"load": load_average(), "runs": taken})
    for path in (orphans, pipelined):
        path.unlink()


if __name__ == "__main__":
    main()
