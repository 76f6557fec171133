#!/usr/bin/env python3
"""Question 6: does a replay keep the recorded times, and what does a request of a recording cost when it is sent as fast as it is taken?

The sink is nginx. Usage: bench/replay-file.py [SECONDS [RATE [REQUESTS]]]
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import PARALLAX, build, load_average, nginx_sink, run_json, run_timed, save, table, wait_for_quiet

SESSIONS = 200
REQUEST = b"GET /orders/%d?page=2 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench\r\nAccept: application/json\r\n\r\n"
RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"count":17}'
SEPARATOR = "\n🐵🙈🙉\n".encode()


def recording(folder, count, rate):
    """A recording of evenly spaced requests of many connections."""
    gor = folder / f"{count}.gor"
    with open(gor, "wb") as file:
        for number in range(count):
            at = 1_700_000_000_000_000_000 + number * 1_000_000_000 // rate
            label = b"%04x1f90%08x%08x" % (20_000 + number % SESSIONS, 0x0A000001, number)
            file.write(b"1 %s %d 0\n" % (label, at) + REQUEST % number + SEPARATOR)
            file.write(b"2 %s %d 0\n" % (label, at + 1_000_000) + RESPONSE + SEPARATOR)
    path = gor.with_suffix(".plx")
    subprocess.run([PARALLAX, "convert", gor, path, "--keep-raw", "--quiet"], check=True, timeout=600)
    gor.unlink()
    return path


def timing(folder, url, seconds, rate):
    account = run_json([PARALLAX, "replay", recording(folder, seconds * rate, rate), "--to", url, "--json", "--quiet"])
    assert account["answered"] == seconds * rate, account
    planned = account["plannedSeconds"]
    return {"requests": account["due"], "plannedSeconds": planned, "durationError": account["elapsedSeconds"] / planned - 1,
            "latenessMedianMilliseconds": account["latenessMedianNanoseconds"] / 1e6,
            "latenessP99Milliseconds": account["latenessP99Nanoseconds"] / 1e6,
            "sentLateMedianMilliseconds": account["sentLateMedianNanoseconds"] / 1e6,
            "sentLateP99Milliseconds": account["sentLateP99Nanoseconds"] / 1e6, "connects": account["connects"]}


def wrk(url, seconds=5):
    command = ["wrk", "-t1", "-c64", f"-d{seconds}s", "-H", "User-Agent: bench", "-H", "Accept: application/json", url + "/orders/1?page=2"]
    said = tempfile.TemporaryFile(mode="w+")
    usage = subprocess.run(["bash", "-c", 'TIMEFORMAT="%U %S"; time "$@"', "-"] + command, stdout=said, stderr=subprocess.PIPE, text=True,
                           check=True, timeout=120).stderr
    said.seek(0)
    requests = int(re.search(r"(\d+) requests in", said.read())[1])
    return sum(map(float, usage.split()[-2:])) / requests * 1e6


def cost(folder, url, requests):
    """CPU of a request: the difference of two runs, so that start and compiling are not counted."""
    short, long = recording(folder, requests // 10, 5000), recording(folder, requests, 5000)
    rows = {}
    for name, switches in {"pooled": ["--pooled"], "sessions": ["--map-state", "off"], "sessions and state": []}.items():
        few, many = (run_timed([PARALLAX, "replay", path, "--to", url, "--speed", "max", "--json", "--quiet", *switches])
                     for path in (short, long))
        rows[name] = {"cpuMicrosecondsPerRequest": (many["cpu"] - few["cpu"]) / (requests - requests // 10) * 1e6,
                      "requestsPerSecond": (requests - requests // 10) / (many["wall"] - few["wall"]), "rssBytes": many["rss"]}
    return rows


def main():
    defaults = (60, 5000, 500_000)
    seconds, rate, requests = [int(given) for given in sys.argv[1:]] + list(defaults[len(sys.argv) - 1:])
    build()
    folder = Path(tempfile.mkdtemp(prefix="parallax-replay-"))
    try:
        with nginx_sink() as url:
            result = {"loadBefore": wait_for_quiet(), "timing": timing(folder, url, seconds, rate)}
            result |= {"wrkCpuMicrosecondsPerRequest": wrk(url), "max": cost(folder, url, requests), "loadAfter": load_average()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for way in result["max"].values():
        way["timesWrk"] = way["cpuMicrosecondsPerRequest"] / result["wrkCpuMicrosecondsPerRequest"]
    table("replay at the recorded pace", ["what", "figure"],
          [[re.sub("([A-Z])", r" \1", name).lower(), f"{figure:.6g}"] for name, figure in result["timing"].items()])
    table("replay as fast as it goes", ["way", "CPU µs/request", "times wrk", "requests/s", "RSS MB"],
          [[name, way["cpuMicrosecondsPerRequest"], way["timesWrk"], way["requestsPerSecond"], way["rssBytes"] / 1e6]
           for name, way in result["max"].items()])
    save("replay-file", result)


if __name__ == "__main__":
    main()
