#!/usr/bin/env python3
"""Question 2: what does a received VXLAN packet cost on its way to an exchange, and how many are lost at a given rate?

The peer is tcpdump writing the same datagrams to /dev/null. Usage: bench/vxlan.py [ROUNDS [SECONDS]]
"""
import contextlib
import re
import socket
import sys
import time

from harness import (BENCH, PARALLAX, build, cpu_seconds, free_port, load_average, median, memory, run_json, save, started, table,
                     udp_drops, wait_for_quiet)

RATES = (50_000, 100_000, 200_000, 0)
BUFFER = "64mb"


@contextlib.contextmanager
def capturing():
    """parallax capture with a policy that copies nothing: packets become exchanges and nothing else happens."""
    command = [PARALLAX, "capture", "--vxlan", "127.0.0.1:0", "--to", f"http://127.0.0.1:{free_port()}", "--percent", "0",
               "--buffer", BUFFER]
    with started(command, ready=r"vxlan 127\.0\.0\.1:(\d+)") as process:
        yield process, int(process.ready[1])


@contextlib.contextmanager
def dumping():
    """tcpdump at a port that a socket of ours holds and never reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        command = ["tcpdump", "-i", "lo", "-n", "-B", "65536", "-w", "/dev/null", f"udp dst port {port}"]
        with started(command, ready="listening on") as process:
            yield process, port


def settle(pid):
    """Waits until the process has worked off what it holds."""
    before = cpu_seconds(pid)
    for _ in range(50):
        time.sleep(0.2)
        now = cpu_seconds(pid)
        if now - before < 0.02:
            return
        before = now


def one_round(peer, rate, seconds, seed, counts_drops):
    process, port = peer
    drops, cpu = (udp_drops(port) if counts_drops else 0), cpu_seconds(process.pid)
    sent = run_json([BENCH, "send", "--port", port, "--rate", rate, "--seconds", seconds, "--seed", seed])
    settle(process.pid)
    cpu = cpu_seconds(process.pid) - cpu
    lost = udp_drops(port) - drops if counts_drops else 0
    received = sent["packets"] - lost
    return {"sentPerSecond": sent["packets"] / sent["seconds"], "lostShare": lost / sent["packets"], "packets": received,
            "cpuNanosecondsPerPacket": cpu / received * 1e9, "cores": cpu / sent["seconds"], "load": load_average()}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    build()
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds, "secondsPerRound": seconds, "rates": {}}
    rows = {rate: {"parallax": [], "tcpdump": []} for rate in RATES}
    with capturing() as ours, dumping() as peer:
        run_json([BENCH, "send", "--port", ours[1], "--rate", 100_000, "--seconds", 6, "--seed", 1000])  # compiles what is hot
        settle(ours[0].pid)
        for number in range(rounds):
            for index, rate in enumerate(RATES):
                seed = 1 + number * len(RATES) + index
                rows[rate]["parallax"].append(one_round(ours, rate, seconds, seed, True))
                rows[rate]["tcpdump"].append(one_round(peer, rate, seconds, seed, False))
        result["rssBytesAtLoad"] = memory(ours[0].pid)
    printed = []
    for rate, peers in rows.items():
        name = f"{rate:,}/s" if rate else "full tilt"
        ours, other = peers["parallax"], median(peers["tcpdump"], "cpuNanosecondsPerPacket")
        figure = {key: median(ours, key) for key in ("sentPerSecond", "lostShare", "cpuNanosecondsPerPacket", "cores", "load")}
        figure |= {"tcpdumpCpuNanosecondsPerPacket": other, "ratio": figure["cpuNanosecondsPerPacket"] / other, "rounds": peers}
        result["rates"][name] = figure
        printed.append([name, figure["sentPerSecond"], f"{figure['lostShare']:.4%}", figure["cpuNanosecondsPerPacket"], other,
                        figure["ratio"], figure["cores"], figure["load"]])
    table("VXLAN to exchanges, one thread",
          ["rate", "packets/s sent", "lost", "CPU ns/packet", "tcpdump's", "ratio", "cores used", "load"], printed)
    print(f"RSS at the end {result['rssBytesAtLoad'] / 1e6:.0f} MB; 2 cores, the sender takes its share of one")
    save("vxlan", result)


if __name__ == "__main__":
    main()
