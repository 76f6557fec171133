#!/usr/bin/env python3
"""Question 2: what does production notice of the shadow? Nothing, if all is well: the same statuses and bodies, and the same latency.

A client with 64 connections at a fixed rate; a latency counts from when the request was due, once proxy and client are warm. The shadow gets
processor time only when nobody else wants it, as if it were on another machine. Rounds go in turn.
Usage: bench/primary.py [ROUNDS [SECONDS [RATE [SHADOW …]]]]
"""
import contextlib
import os
import socket
import sys
import threading

import peers
from harness import BENCH, build, cpu_seconds, load_average, median, memory, run_json, save, started, table, wait_for_quiet

WARM = 2
NO_MIRROR = ("no mirror", "nginx, no mirror")
ODDITIES = ("healthy", "slow", "hang", "deaf", "reset", "flood", "close")


def be_elsewhere():
    """As if on another machine: takes only the processor time that nobody here wants."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextlib.contextmanager
def shadow(kind):
    """Yields (port, process): nobody listens for "refuse"; "vanish" is healthy until it is killed; None without a mirror."""
    if kind in NO_MIRROR:
        yield None, None
    elif kind == "refuse":
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            yield reserved.getsockname()[1], None
    else:
        oddity = "healthy" if kind == "vanish" else kind
        with started([BENCH, "odd-server", "--oddity", oddity], ready=r"listening at 127\.0\.0\.1:(\d+)", preexec_fn=be_elsewhere) as process:
            yield int(process.ready[1]), process


def one_round(primary, kind, seconds, rate):
    with contextlib.ExitStack() as stack:
        port, process = stack.enter_context(shadow(kind))
        peer = peers.nginx_proxy(primary, port) if kind.startswith("nginx") else peers.parallax(primary, port, ["--grace", "1s"])
        proxy, proxy_port = stack.enter_context(peer)
        load = [BENCH, "http-load", "--port", proxy_port, "--rate", rate, "--connections", 64]
        run_json(load + ["--seconds", WARM])
        if kind == "vanish":
            threading.Timer(WARM + seconds / 2, process.kill).start()
        cpu = cpu_seconds(proxy.pid)
        seen = run_json(load + ["--seconds", seconds, "--warm-seconds", WARM])
        return seen | {"cpuMicrosecondsPerRequest": (cpu_seconds(proxy.pid) - cpu) / seen["requests"] * 1e6,
                       "peakRssBytes": memory(proxy.pid, "VmHWM"), "load": load_average()}


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    rate = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    build()
    wanted = sys.argv[4:]
    kinds = NO_MIRROR + tuple(kind for kind in ODDITIES + ("refuse", "vanish") if not wanted or kind in wanted)
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds, "secondsPerRound": seconds, "rate": rate, "shadows": {}}
    rows = {kind: [] for kind in kinds}
    with peers.origin("echo") as primary:
        for _ in range(rounds):
            for kind in kinds:
                row = one_round(primary, kind, seconds, rate)
                print(f"{kind}: p99 {row['p99Microseconds']:.0f} µs, load average {row['load']}", file=sys.stderr, flush=True)
                rows[kind].append(row)
    keys = ("answered", "failed", "p50Microseconds", "p99Microseconds", "p999Microseconds", "peakRssBytes", "cpuMicrosecondsPerRequest")
    base = {key: median(rows["no mirror"], key) for key in keys}
    digests = {row["digest"] for row in rows["no mirror"]}
    printed = []
    for kind, taken in rows.items():
        figure = {key: median(taken, key) for key in keys}
        same = all(row["digest"] in digests and row["failed"] == 0 for row in taken) and len(digests) == 1
        result["shadows"][kind] = figure | {"sameAnswers": same, "rounds": taken}
        printed.append([kind, "same" if same else "DIFFERENT", figure["p50Microseconds"], figure["p99Microseconds"],
                        f"{figure['p99Microseconds'] / base['p99Microseconds']:.2f}", figure["p999Microseconds"],
                        figure["cpuMicrosecondsPerRequest"], figure["peakRssBytes"] / 1e6,
                        " ".join(f"{row['p99Microseconds'] / 1e3:.1f}" for row in taken)])
    table(f"what the client sees at {rate} requests/s", ["shadow", "answers", "p50 µs", "p99 µs", "ratio", "p99.9 µs", "CPU µs/request",
                                                         "peak RSS MB", "p99 of each round, ms"], printed)
    if not wanted:
        save("primary", result)


if __name__ == "__main__":
    main()
