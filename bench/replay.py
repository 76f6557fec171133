#!/usr/bin/env python3
"""Question 3: what does a request cost from the received packets to the answered shadow, and how late is the shadow?

The sink is nginx. Usage: bench/replay.py [ROUNDS [SECONDS]]
"""
import json
import subprocess
import sys
import time

from harness import (BENCH, PARALLAX, build, cpu_seconds, load_average, median, memory, nginx_sink, run_json, save, started, table,
                     udp_drops, wait_for_quiet)
from vxlan import settle

PACKETS_PER_REQUEST = {0: 3.06, 20: 3.26, 100: 4.06}  # request (one or two), response, acknowledgment; handshakes and FINs
LOADS = (("GET, 2,000/s", 2_000, 0), ("GET and 20 % POST, 2,000/s", 2_000, 20), ("GET, 10,000/s", 10_000, 0), ("GET, 20,000/s", 20_000, 0),
         ("GET, full tilt", 0, 0))


def one_round(url, rate, post_percent, seconds, seed):
    """A process per round, so that the account it ends with is the round's; its start and compiling are not counted."""
    command = [PARALLAX, "capture", "--vxlan", "127.0.0.1:0", "--to", url, "--json", "--buffer", "64mb", "--queue", "100000"]
    with started(command, ready=r"vxlan 127\.0\.0\.1:(\d+)", stdout=subprocess.PIPE, text=True) as process:
        port = int(process.ready[1])
        send = [BENCH, "send", "--port", port, "--post-percent", post_percent, "--seconds"]
        warm = run_json(send + [5, "--rate", int(4_000 * PACKETS_PER_REQUEST[post_percent]), "--seed", 1000])
        settle(process.pid)
        cpu, drops = cpu_seconds(process.pid), udp_drops(port)
        sent = run_json(send + [seconds, "--rate", int(rate * PACKETS_PER_REQUEST[post_percent]), "--seed", seed])
        settle(process.pid)
        cpu, drops = cpu_seconds(process.pid) - cpu, udp_drops(port) - drops
        rss, peak = memory(process.pid), memory(process.pid, "VmHWM")
        process.send_signal(2)
        account = json.loads(process.communicate(timeout=30)[0].splitlines()[-1])
    mirror = account["mirrors"][0]
    answered = mirror["answered"] - warm["requests"]
    return {"requestsSent": sent["requests"], "requestsPerSecond": sent["requests"] / sent["seconds"], "answered": answered,
            "shareAnswered": answered / sent["requests"], "packetsLost": drops, "cpuMicrosecondsPerRequest": cpu / max(answered, 1) * 1e6,
            "rssBytes": rss, "peakRssBytes": peak, "delayMedianMicroseconds": mirror["delayMedianNanoseconds"] / 1e3,
            "delayP99Microseconds": mirror["delayP99Nanoseconds"] / 1e3, "dropped": mirror["dropped"], "failed": mirror["failed"],
            "load": load_average()}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    build()
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds, "secondsPerRound": seconds, "loads": {}}
    rows = {name: [] for name, _, _ in LOADS}
    with nginx_sink() as url:
        for number in range(rounds):
            for name, rate, post_percent in LOADS:
                rows[name].append(one_round(url, rate, post_percent, seconds, number + 1))
                time.sleep(0.2)
    keys = ("requestsPerSecond", "shareAnswered", "cpuMicrosecondsPerRequest", "rssBytes", "delayMedianMicroseconds",
            "delayP99Microseconds", "load")
    printed = []
    for name, taken in rows.items():
        figure = {key: median(taken, key) for key in keys}
        result["loads"][name] = figure | {"rounds": taken}
        printed.append([name, figure["requestsPerSecond"], f"{figure['shareAnswered']:.2%}", figure["cpuMicrosecondsPerRequest"],
                        figure["rssBytes"] / 1e6, figure["delayMedianMicroseconds"], figure["delayP99Microseconds"], figure["load"]])
    table("capture and replay", ["load", "requests/s", "answered", "CPU µs/request", "RSS MB", "delay µs", "p99 µs", "load"], printed)
    save("replay", result)


if __name__ == "__main__":
    main()
