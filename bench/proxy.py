#!/usr/bin/env python3
"""Question 1: what does a proxied and mirrored request cost, and what does the client wait, against nginx and haproxy?

Every peer is one process with one thread of work in front of the same two nginx servers; wrk is the client. Rounds go in turn.
Usage: bench/proxy.py [ROUNDS [SECONDS [LOAD …]]]
"""
import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import peers
from harness import build, cpu_seconds, load_average, median, memory, save, table, wait_for_quiet

LOADS = {
    "GET": dict(connections=64, lua=""),
    "POST 1 KiB": dict(connections=64, lua='wrk.method = "POST"; wrk.body = string.rep("x", 1024)'),
    "POST 32 KiB": dict(connections=64, lua='wrk.method = "POST"; wrk.body = string.rep("x", 32768)'),
    "GET, 256 connections": dict(connections=256, lua=""),
    "GET, new connection each": dict(connections=64, lua='wrk.headers["Connection"] = "close"'),
}
TLS_LOADS = {"TLS GET": dict(connections=64, lua="")}


def certificate(folder):
    """A key and a self-signed certificate."""
    names = str(Path(folder) / "cert.pem"), str(Path(folder) / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-out", names[0],
                    "-keyout", names[1]], check=True, stderr=subprocess.DEVNULL)
    return names


def wrk(url, load, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(load["lua"])
        script.flush()
        printed = subprocess.run(["wrk", "-t1", f"-c{load['connections']}", f"-d{seconds}s", "--latency", "-s", script.name, url],
                                 check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3}
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", printed)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", printed)
    return {"requests": int(re.search(r"(\d+) requests in", printed)[1]), "p99Milliseconds": float(p99[1]) * unit[p99[2]],
            "requestsPerSecond": float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1]),
            "errors": sum(map(int, errors.groups())) if errors else 0,
            "non2xx": int(found[1]) if (found := re.search(r"Non-2xx or 3xx responses: (\d+)", printed)) else 0}


def one_round(peer, load, seconds, scheme):
    process, port = peer
    cpu = cpu_seconds(process.pid)
    figures = wrk(f"{scheme}://127.0.0.1:{port}/a/path?with=query", load, seconds)
    cpu = cpu_seconds(process.pid) - cpu
    return figures | {"cpuMicrosecondsPerRequest": cpu / max(1, figures["requests"]) * 1e6, "rssBytes": memory(process.pid),
                      "load": load_average()}


def compare(loads, contenders, rounds, seconds, scheme, result):
    for name, load in loads.items():
        rows = {contender: [] for contender in contenders}
        for contender, peer in contenders.items():
            one_round(peer, load, 2, scheme)  # warm: compiled, connected
        for _ in range(rounds):
            for contender, peer in contenders.items():
                rows[contender].append(one_round(peer, load, seconds, scheme))
        keys = ("cpuMicrosecondsPerRequest", "requestsPerSecond", "p99Milliseconds", "rssBytes", "errors", "non2xx")
        figures = {contender: {key: median(taken, key) for key in keys} | {"rounds": taken} for contender, taken in rows.items()}
        base = figures["nginx"]
        table(name, ["peer", "CPU µs/request", "ratio", "requests/s", "p99 ms", "ratio", "RSS MB", "errors"],
              [[contender, figure["cpuMicrosecondsPerRequest"],
                f"{figure['cpuMicrosecondsPerRequest'] / base['cpuMicrosecondsPerRequest']:.2f}", figure["requestsPerSecond"],
                figure["p99Milliseconds"], f"{figure['p99Milliseconds'] / base['p99Milliseconds']:.2f}", figure["rssBytes"] / 1e6,
                figure["errors"] + figure["non2xx"]] for contender, figure in figures.items()])
        result["loads"][name] = figures


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    wanted = sys.argv[3:]
    build()
    result = {"loadBefore": wait_for_quiet(), "rounds": rounds, "secondsPerRound": seconds, "loads": {}}
    plain = {name: load for name, load in LOADS.items() if not wanted or name in wanted}
    secure = {name: load for name, load in TLS_LOADS.items() if not wanted or name in wanted}
    with contextlib.ExitStack() as stack:
        primary = stack.enter_context(peers.origin("body"))
        shadow = stack.enter_context(peers.origin("body"))
        silent = stack.enter_context(peers.origin("empty"))
        if plain:
            compare(plain, {
                "nginx": stack.enter_context(peers.nginx_proxy(primary, None)),
                "haproxy": stack.enter_context(peers.haproxy(primary)),
                "nginx mirror, shadow without body": stack.enter_context(peers.nginx_proxy(primary, silent)),
                "nginx mirror": stack.enter_context(peers.nginx_proxy(primary, shadow)),
                "parallax, no mirror": stack.enter_context(peers.parallax(primary, None)),
                "parallax mirror": stack.enter_context(peers.parallax(primary, shadow)),
                "parallax mirror, pipelined": stack.enter_context(peers.parallax(primary, shadow, ["--shadow-pipeline", "8"])),
                "parallax mirror, shadow without body": stack.enter_context(peers.parallax(primary, silent)),
            }, rounds, seconds, "http", result)
        if secure:
            names = certificate(stack.enter_context(tempfile.TemporaryDirectory()))
            compare(secure, {
                "nginx": stack.enter_context(peers.nginx_proxy(primary, None, names)),
                "parallax, no mirror": stack.enter_context(peers.parallax(primary, None, tls=names)),
                "parallax mirror": stack.enter_context(peers.parallax(primary, shadow, tls=names)),
                "parallax mirror, pipelined": stack.enter_context(peers.parallax(primary, shadow, ["--shadow-pipeline", "8"], names)),
            }, rounds, seconds, "https", result)
    save("proxy", result)


if __name__ == "__main__":
    main()
