#!/usr/bin/env python3
"""Question 1, its half: what does a shadow request cost the loop of a proxy that sends it, one in flight per connection or several?

The sink is nginx; 64 requests are in flight at a time. Usage: bench/shadow.py [ROUNDS [REQUESTS]]
"""
import json
import subprocess
import sys

from harness import BENCH, LONGEST, build, load_average, median, nginx_sink, save, table, wait_for_quiet

LOADS = (("GET, one in flight", 1, 0), ("GET, up to 8", 8, 0), ("POST 1 KiB, one in flight", 1, 1024), ("POST 1 KiB, up to 8", 8, 1024))
KEYS = ("per_second", "user_us", "system_us", "sends", "receives", "turns", "allocated_bytes")


def one_round(address, depth, body, requests):
    command = [BENCH, "shadow", "--to", address, "--depth", depth, "--body", body, "--requests", requests, "--rounds", 2]
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=LONGEST)
    return json.loads(done.stdout.splitlines()[-1]) | {"load": load_average()}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    build()
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds, "requestsPerRound": requests, "loads": {}}
    rows = {name: [] for name, _, _ in LOADS}
    with nginx_sink() as url:
        for _ in range(rounds):
            for name, depth, body in LOADS:
                rows[name].append(one_round(url.removeprefix("http://"), depth, body, requests))
    printed = []
    for name, taken in rows.items():
        figure = {key: median(taken, key) for key in KEYS}
        result["loads"][name] = figure | {"rounds": taken}
        printed.append([name] + [figure[key] for key in KEYS])
    table("One shadow request", ["load", "requests/s", "user µs", "system µs", "sends", "receives", "turns", "bytes allocated"], printed)
    save("shadow", result)


if __name__ == "__main__":
    main()
