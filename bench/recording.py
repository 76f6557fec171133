#!/usr/bin/env python3
"""Question 5: what does recording cost, against writing the same octets to a plain file; and what is left of it when it is killed?

Usage: bench/recording.py [ROUNDS] [MOMENTS] [GIGABYTES]
"""
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import BENCH, PARALLAX, build, load_average, median, run_json, run_timed, save, table, wait_for_quiet

EXCHANGES = 400_000
WAYS = {
    "plain file": ["--as", "plain"],
    "plx": ["--as", "plx"],
    "plx through the recorder's thread": ["--as", "recorder"],
    "plx, redacted": ["--as", "recorder", "--redact", "yes"],
    "plx, brotli": ["--as", "plx", "--coding", "brotli"],
    "plx, gzip": ["--as", "plx", "--coding", "gzip"],
}


def throughput(folder, rounds):
    rows = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, switches in WAYS.items():  # in turn, so that what else the machine does meets all of them
            path = folder / "a.plx"
            path.unlink(missing_ok=True)
            rows[way].append(run_json([BENCH, "record", "--file", path, "--exchanges", EXCHANGES, *switches]))
    return {way: {"megabytesPerSecond": measured[0]["octets"] / median(measured, "wallSeconds") / 1e6,
                  "cpuMicrosecondsPerExchange": median(measured, "cpuSeconds") / EXCHANGES * 1e6,
                  "fileBytesPerOctet": measured[0]["fileBytes"] / measured[0]["octets"],
                  "rows": measured} for way, measured in rows.items()}


def killed(folder, moments):
    """The recorder ends by SIGKILL wherever it is; parallax must read a beginning of what it recorded and finish the file."""
    chance = random.Random(11)
    kept, torn, began = [], 0, 0
    for moment in range(moments):
        path = folder / f"{moment}.plx"
        process = subprocess.Popen([BENCH, "record", "--file", path, "--as", "recorder", "--exchanges", str(100_000_000)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.15 + chance.random() * 0.35)
        process.kill()
        process.wait()
        left = Path(f"{path}.part")
        if not left.exists() or left.stat().st_size < 64:
            continue
        began += 1
        facts = run_json([PARALLAX, "inspect", left, "--json", "--quiet"])
        torn += facts["recording"]["leftOutBytes"] > 0
        assert facts["recording"]["lostExchanges"] == 0, facts["recording"]
        kept.append(facts["all"]["exchanges"])
        left.unlink()
    return {"moments": moments, "filesBegun": began, "withTornTail": torn, "exchangesKeptLeast": min(kept), "exchangesKeptMost": max(kept)}


def large(folder, gigabytes):
    """Memory of the conversion and of the inspection of a file that fits no cache."""
    path = folder / "large.plx"
    run_json([BENCH, "record", "--file", path, "--exchanges", int(gigabytes * 1e9 / 2000)])
    converted = run_timed([PARALLAX, "convert", path, folder / "out.gor", "--keep-raw", "--quiet"])
    inspected = run_timed([PARALLAX, "inspect", path, "--quiet", "--json"])
    har = run_timed([PARALLAX, "convert", folder / "out.gor", folder / "out.plx", "--quiet", "--keep-raw"])
    return {"bytes": path.stat().st_size, "convertRssBytes": converted["rss"], "convertSeconds": converted["wall"],
            "gorToPlxRssBytes": har["rss"], "inspectRssBytes": inspected["rss"], "inspectSeconds": inspected["wall"]}


def main():
    rounds, moments, gigabytes = (int(sys.argv[at]) if len(sys.argv) > at else otherwise for at, otherwise in ((1, 5), (2, 200), (3, 2)))
    build()
    folder = Path(tempfile.mkdtemp(prefix="parallax-recording-"))
    try:
        result = {"loadBefore": wait_for_quiet(), "rounds": rounds, "exchanges": EXCHANGES, "ways": throughput(folder, rounds)}
        plain = result["ways"]["plain file"]["megabytesPerSecond"]
        for way in result["ways"].values():
            way["ofPlainFile"] = way["megabytesPerSecond"] / plain
        result |= {"killed": killed(folder, moments), "large": large(folder, gigabytes), "loadAfter": load_average()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table("recording", ["way", "MB/s", "of a plain file", "CPU µs an exchange", "file / octets"],
          [[name, way["megabytesPerSecond"], way["ofPlainFile"], way["cpuMicrosecondsPerExchange"], way["fileBytesPerOctet"]]
           for name, way in result["ways"].items()])
    table("killed", ["what", "figure"], [[re.sub("([A-Z])", r" \1", name).lower(), figure] for name, figure in result["killed"].items()])
    table("large file", ["what", "figure"], [[re.sub("([A-Z])", r" \1", name).lower(), figure] for name, figure in result["large"].items()])
    save("recording", result)


if __name__ == "__main__":
    main()
