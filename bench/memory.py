#!/usr/bin/env python3
"""Question 4: how much memory is used idle and with 100,000 open connections, and how soon is the first packet taken?

Usage: bench/memory.py [ROUNDS]
"""
import socket
import subprocess
import sys
import time

from harness import (BENCH, PARALLAX, build, free_port, load_average, median, memory, run_json, save, started, table, wait_for_quiet)
from vxlan import capturing, settle

FLOWS = 100_000
PACKETS_OF_A_FLOW = 6  # handshake, request, response, acknowledgment


def open_flows():
    with capturing() as (process, port):
        time.sleep(1)
        idle = memory(process.pid)
        run_json([BENCH, "send", "--port", port, "--rate", 60_000, "--connections", FLOWS, "--packets-per-turn", PACKETS_OF_A_FLOW, "--post-percent", 0,
                  "--exchanges-per-connection", 1_000_000, "--packets", FLOWS * PACKETS_OF_A_FLOW])
        settle(process.pid)
        return {"idleBytes": idle, "openFlowsBytes": memory(process.pid), "peakBytes": memory(process.pid, "VmHWM"),
                "bytesPerFlow": (memory(process.pid) - idle) / FLOWS}


def start_time():
    """From starting the process to its first line about a request, while requests keep coming."""
    port = free_port(socket.SOCK_DGRAM)
    with started([BENCH, "send", "--port", port, "--rate", 5_000, "--seconds", 20, "--exchanges-per-connection", 1]):
        time.sleep(0.5)
        begun = time.monotonic()
        with started([PARALLAX, "capture", "--vxlan", f"127.0.0.1:{port}", "--stdout", "--json"], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            return {"startSeconds": time.monotonic() - begun}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    build()
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds}
    flows = [open_flows() for _ in range(rounds)]
    starts = [start_time() for _ in range(rounds)]
    for rows in (flows, starts):
        result |= {key: median(rows, key) for key in rows[0]}
    result |= {"loadAfter": load_average(), "rows": [flows, starts]}
    table("memory and start", ["what", "figure"], [
        ["RSS idle, MB", result["idleBytes"] / 1e6], [f"RSS with {FLOWS:,} open connections, MB", result["openFlowsBytes"] / 1e6],
        ["bytes for an open connection", result["bytesPerFlow"]], ["start to the first request taken, s", result["startSeconds"]]])
    save("memory", result)


if __name__ == "__main__":
    main()
