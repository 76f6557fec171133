#!/usr/bin/env python3
"""Question 1: what does it cost to turn a capture file into exchanges, and how does that compare with tcpdump and tshark?

Usage: bench/pcap.py [ROUNDS]
"""
import json
import subprocess
import sys

from harness import (BENCH, LONGEST, PARALLAX, build, capture_file, load_average, median, run_timed, save, table, wait_for_quiet)

BIG_MEGABYTES = 600
SMALL_MEGABYTES = 30
TINY_MEGABYTES = 1


def side_by_side(name, commands, path, facts, rounds):
    """Runs the peers in turn; the first is the one the others are compared with."""
    taken = {peer: [] for peer in commands}
    for _ in range(rounds):
        for peer, command in commands.items():
            taken[peer].append(run_timed([part if part != "FILE" else path for part in command]))
    first = median(taken[next(iter(commands))], "cpu")
    results = {}
    for peer, rounds_of_peer in taken.items():
        cpu, wall = median(rounds_of_peer, "cpu"), median(rounds_of_peer, "wall")
        results[peer] = {
            "cpuSeconds": cpu, "wallSeconds": wall, "cpuNanosecondsPerPacket": cpu / facts["packets"] * 1e9,
            "cpuNanosecondsPerRequest": cpu / facts["requests"] * 1e9, "megabytesPerCpuSecond": facts["octets"] / cpu / 1e6,
            "packetsPerCpuSecond": facts["packets"] / cpu, "ratio": cpu / first, "rounds": rounds_of_peer,
        }
    table(f"{name}: {facts['octets'] / 1e6:.0f} MB, {facts['packets']:,} packets, {facts['requests']:,} requests; whole processes",
          ["peer", "CPU ns/packet", "CPU ns/request", "MB/CPU s", "packets/CPU s", "ratio to parallax"],
          [[peer, r["cpuNanosecondsPerPacket"], r["cpuNanosecondsPerRequest"], r["megabytesPerCpuSecond"], r["packetsPerCpuSecond"],
            r["ratio"]] for peer, r in results.items()])
    return results


def stages(path, facts, rounds):
    """One warm process, one thread: what each stage adds."""
    results = {}
    for stage in ("read", "decode", "flows", "exchanges"):
        done = subprocess.run([BENCH, "extract", "--file", path, "--stage", stage, "--rounds", str(rounds + 3)],
                              check=True, capture_output=True, text=True, timeout=LONGEST)
        warm = [json.loads(line) for line in done.stdout.splitlines()][3:]
        cpu = median(warm, "cpuSeconds")
        results[stage] = {
            "cpuNanosecondsPerPacket": cpu / facts["packets"] * 1e9, "cpuNanosecondsPerRequest": cpu / facts["requests"] * 1e9,
            "megabytesPerCpuSecond": facts["octets"] / cpu / 1e6, "allocatedBytesPerRequest": median(warm, "allocatedBytes") / facts["requests"],
        }
    table(f"in one warm process, {path.name}, up to a stage", ["stage", "CPU ns/packet", "CPU ns/request", "MB/CPU s", "bytes allocated/request"],
          [[stage, r["cpuNanosecondsPerPacket"], r["cpuNanosecondsPerRequest"], r["megabytesPerCpuSecond"], r["allocatedBytesPerRequest"]]
           for stage, r in results.items()])
    return results


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    build()
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds}
    inspect = [PARALLAX, "inspect", "FILE", "--json", "--quiet"]
    tcpdump = ["tcpdump", "-r", "FILE", "-w", "/dev/null"]
    for kind in ("vxlan", "plain"):
        path, facts = capture_file(BIG_MEGABYTES, kind == "vxlan")
        result[kind] = side_by_side(f"{kind}, big", {"parallax inspect": inspect, "tcpdump": tcpdump}, path, facts, rounds)
        result[f"{kind}Stages"] = stages(path, facts, rounds)
    path, facts = capture_file(SMALL_MEGABYTES, False)
    result["small"] = side_by_side(
        "plain, small", {"parallax inspect": inspect, "tshark": ["tshark", "-r", "FILE", "-Y", "http"]}, path, facts, rounds)
    path, facts = capture_file(TINY_MEGABYTES, False)
    tiny = [run_timed([part if part != "FILE" else path for part in inspect]) for _ in range(rounds)]
    result["startCpuSeconds"] = median(tiny, "cpu")
    print(f"\nof that, starting and compiling (a file of {TINY_MEGABYTES} MB): {result['startCpuSeconds']:.2f} s CPU")
    result["loadAfter"] = load_average()
    save("pcap", result)


if __name__ == "__main__":
    main()
