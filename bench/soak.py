#!/usr/bin/env python3
"""Question 9: does the proxy hold for half an hour what it promises, in 256 MiB and with 256 descriptors?

All at once: wrk and two careful clients (keep-alive and TLS) as fast as they can; hostile clients of a dozen kinds; one shadow that comes and
goes, one that never answers, one that is slow; new documents every few seconds; an access log that is rotated; a recording.
Right is: every request of the careful clients and of wrk is answered as it should be, memory stays flat, and the account adds up.
Usage: bench/soak.py [--minutes 30]
"""
import argparse
import collections
import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import PARALLAX, build, free_port, load_average, memory, median, nginx_sink, save, table

MEMORY = 256 << 20
DESCRIPTORS = 256
HOSTS = "127.0.0.{}"  # every hostile client has an address of its own; the careful ones are at 127.0.0.1

GATEWAY = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: soak, namespace: default}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - {{port: {{number: 80, name: http, protocol: HTTP}}, hosts: ['*']}}
  - port: {{number: 443, name: https, protocol: HTTPS}}
    hosts: [soak.example.com]
    tls: {{mode: SIMPLE, serverCertificate: {folder}/tls.crt, privateKey: {folder}/tls.key}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: soak, namespace: default}}
spec:
  hosts: ['*']
  gateways: [soak]
  http:
  - name: closed
    match: [{{uri: {{prefix: /closed}}}}]
    directResponse: {{status: 403}}
  - name: echo-{turn}
    match: [{{uri: {{prefix: /echo}}}}]
    route: [{{destination: {{host: echo, port: {{number: 80}}}}}}]
    mirrors:
    - {{destination: {{host: slow, port: {{number: 80}}}}, percentage: {{value: {percent}}}}}
  - name: rest
    route: [{{destination: {{host: front, port: {{number: 80}}}}}}]
    mirrors:
    - {{destination: {{host: flapping, port: {{number: 80}}}}, percentage: {{value: 100}}}}
    - {{destination: {{host: silent, port: {{number: 80}}}}, percentage: {{value: {percent}}}}}
"""


# ── Servers. ──

def serve(port, answer, accepts=lambda: True):
    """A server, a thread each connection; `answer` gets head and body and gives octets, or None to be silent for ever."""
    listener = socket.create_server(("127.0.0.1", port), backlog=512)

    def run():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection):
        with contextlib.suppress(OSError), connection:
            buffer = b""
            while True:
                while b"\r\n\r\n" not in buffer:
                    if not (octets := connection.recv(65536)):
                        return
                    buffer += octets
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
                length = int(length[1]) if length else 0
                while len(buffer) < length:
                    if not (octets := connection.recv(65536)):
                        return
                    buffer += octets
                body, buffer = buffer[:length], buffer[length:]
                if (given := answer(head, body)) is None:
                    time.sleep(3600)
                connection.sendall(given)

    threading.Thread(target=run, daemon=True).start()
    return listener


def ok(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def echo(head, body):
    return ok(b"x" * (1 << 20) if b"GET /echo/large" in head else body)


def slow(head, body):
    time.sleep(0.3)
    return ok(b"")


class Flapping:
    """A shadow that is there for some seconds and gone for as many, with a reset or without."""

    def __init__(self, port, stop):
        self.times = 0
        threading.Thread(target=self._run, args=(port, stop), daemon=True).start()

    def _run(self, port, stop):
        while not stop.is_set():
            try:
                listener = serve(port, lambda head, body: ok(b"shadow"))
            except OSError:  # connections of before still have the port
                stop.wait(0.2)
                continue
            stop.wait(random.uniform(1, 6))
            listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
            listener.close()
            self.times += 1
            stop.wait(random.uniform(0.5, 4))


# ── Clients. ──

class Careful:
    """Sends requests one after the other on a connection that it keeps, and checks each answer."""

    def __init__(self, address, stop, tls):
        self.done = self.wrong = self.reconnects = self.refused = 0
        self.examples = []
        self._address, self._stop, self._tls = address, stop, tls
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _connect(self):
        plain = socket.create_connection(self._address, 20)
        if not self._tls:
            return plain
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname="soak.example.com")

    def _run(self):
        connection, chance = None, random.Random(self._tls)
        while not self._stop.is_set():
            if connection is None:
                # Without a connection there is no request yet: one that is refused is tried again.
                try:
                    connection = self._connect()
                    connection.settimeout(20)
                    self.reconnects += 1
                except OSError:
                    self.refused += 1
                    self._stop.wait(0.2)
                    continue
            body = chance.randbytes(chance.choice((0, 10, 1_000, 40_000)))
            request = (b"POST /echo/%d HTTP/1.1\r\nHost: soak.example.com\r\nContent-Length: %d\r\n\r\n" % (self.done, len(body))) + body
            connection = self._exchange(connection, request, body)
        if connection:
            connection.close()

    def _exchange(self, connection, request, body):
        buffer = b""
        try:
            connection.sendall(request)
            while b"\r\n\r\n" not in buffer:
                octets = connection.recv(65536)
                if not octets and not buffer:
                    raise ConnectionError("closed before the answer")
                buffer += octets
            head, _, got = buffer.partition(b"\r\n\r\n")
            length = int(re.search(rb"(?im)^content-length:\s*(\d+)", head)[1])
            while len(got) < length:
                if not (octets := connection.recv(65536)):
                    break
                got += octets
            if head.startswith(b"HTTP/1.1 200") and got == body:
                self.done += 1
            else:
                self._fail(head[:200].decode("latin-1"))
            if b"connection: close" in head.lower():
                connection.close()
                return None
            return connection
        except (OSError, TypeError) as fault:
            self._fail(repr(fault))
            connection.close()
            return None

    def _fail(self, example):
        self.wrong += 1
        if len(self.examples) < 5:
            self.examples.append(example)


HEAD = b"GET /hostile HTTP/1.1\r\nHost: a\r\n"
HOSTILE = {
    "idle": lambda c: time.sleep(20),
    "half a head": lambda c: (c.sendall(HEAD + b"X: " + b"a" * 20_000), time.sleep(20)),
    "a head in drops": lambda c: [(c.sendall(bytes((octet,))), time.sleep(0.2)) for octet in HEAD * 3],
    "a body in drops": lambda c: (c.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n"),
                                  [(c.sendall(b"x"), time.sleep(0.3)) for _ in range(60)]),
    "never reads": lambda c: (c.sendall(b"GET /echo/large HTTP/1.1\r\nHost: a\r\n\r\n" * 20), time.sleep(15)),
    "resets": lambda c: (c.sendall(HEAD + b"\r\n"), c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")),
    "garbage": lambda c: (c.sendall(random.randbytes(3_000)), c.recv(1000)),
    "endless head": lambda c: [c.sendall(b"X: " + b"b" * 4_000 + b"\r\n") for _ in range(200)],
    "smuggling": lambda c: (c.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), c.recv(1000)),
    "past a route": lambda c: (c.sendall(b"GET /x/../%63losed HTTP/1.1\r\nHost: a\r\n\r\n"), answered(c, b"403")),
    "a mark": lambda c: (c.sendall(HEAD + b"x-parallax-shadow: a\r\n\r\n"), answered(c, b"200")),
    "any length": lambda c: (c.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\nx"), time.sleep(3)),
    "h2c": lambda c: (c.sendall(HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), answered(c, b"200")),
    "broken chunks": lambda c: (c.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), c.recv(1000)),
}
HOSTILE_TLS = {
    "half a handshake": lambda c: (c.sendall(b"\x16\x03\x01\x02\x00\x01"), time.sleep(15)),
    "no TLS": lambda c: (c.sendall(HEAD + b"\r\n"), c.recv(1000)),
}


class Broken(Exception):
    """A hostile client got what it should not get."""


def answered(connection, status):
    got = connection.recv(4096)
    if got and status not in got[:20]:
        raise Broken(got[:60])


def hostile(name, act, address, number, until, sent, broken):
    source = HOSTS.format(2 + number % 250)
    while time.monotonic() < until:
        try:
            with socket.create_connection(address, 10, source_address=(source, 0)) as connection:
                connection.settimeout(10)
                sent[name] += 1
                act(connection)
        except Broken as fault:
            broken.append((name, str(fault)))
        except OSError:
            pass
        time.sleep(0.05)


def hostile_process(plain, tls, minutes, clients, results):
    """All hostile clients, in a process with its own descriptors."""
    sent, broken, until, threads = collections.Counter(), [], time.monotonic() + minutes * 60, []
    kinds = [(name, act, plain) for name, act in HOSTILE.items()] + [(name, act, tls) for name, act in HOSTILE_TLS.items()]
    for number in range(clients):
        name, act, address = kinds[number % len(kinds)]
        threads.append(threading.Thread(target=hostile, args=(name, act, address, number, until, sent, broken), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
    Path(results).write_text(json.dumps({"connections": dict(sent), "broken": broken}))


# ── The proxy. ──

@contextlib.contextmanager
def memory_group():
    """A control group of 256 MiB, where this machine lets us make one; yields the file that takes process numbers, or None."""
    for folder, limit in (("/sys/fs/cgroup/memory/parallax-soak", "memory.limit_in_bytes"), ("/sys/fs/cgroup/parallax-soak", "memory.max")):
        try:
            os.mkdir(folder)
            Path(folder, limit).write_text(str(MEMORY))
        except OSError:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
            continue
        try:
            yield Path(folder, "cgroup.procs")
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        return
    yield None


def limited(group):
    def run():
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        if group:
            group.write_text(str(os.getpid()))
    return run


def write_documents(folder, turn):
    text = GATEWAY.format(folder=folder, turn=turn, percent=(100, 50, 10)[turn % 3])
    (folder / "soak.yaml.new").write_text(text)
    (folder / "soak.yaml.new").rename(folder / "soak.yaml")


def reload_and_rotate(proxy, folder, stop, turns):
    while not stop.wait(random.uniform(2, 5)):
        turns.append(1)
        write_documents(folder, len(turns))
        proxy.send_signal(signal.SIGHUP)
        if len(turns) % 5 == 0:
            with contextlib.suppress(OSError):
                (folder / "access.log").rename(folder / "access.log.1")
            proxy.send_signal(signal.SIGUSR1)


def watch(proxy, stop, samples):
    started = time.monotonic()
    while not stop.wait(1) and proxy.poll() is None:
        with contextlib.suppress(OSError, TypeError):
            samples.append({"at": time.monotonic() - started, "rss": memory(proxy.pid), "anonymous": memory(proxy.pid, "RssAnon"),
                            "descriptors": len(os.listdir(f"/proc/{proxy.pid}/fd"))})


def flatness(samples):
    """Median memory of the last sixth against that of the second sixth: the first is for growing into the load."""
    sixth = max(1, len(samples) // 6)
    return median(samples[-sixth:], "rss") / median(samples[sixth:2 * sixth], "rss")


def judge(account, careful, wrk, hostile_result, samples, code):
    faults = []
    if account is None:
        return [f"there is no account; exit code {code}"]
    for client in careful:
        if client.wrong or not client.done:
            faults.append(f"a careful client: {client.wrong} of {client.done + client.wrong} wrong: {client.examples}")
    if wrk["failed"]:
        faults.append(f"wrk: {wrk['failed']} of {wrk['requests']} failed: {wrk['text']}")
    faults += [f"a hostile client got {got}: {name}" for name, got in hostile_result["broken"][:5]]
    if account["proxy"]["unexplained"] or account["proxy"]["underWay"]:
        faults.append(f"the account does not add up: {account['proxy']}")
    faults += [f"the account of a mirror does not add up: {mirror}" for mirror in account["mirrors"] if mirror.get("unexplained")]
    if flatness(samples) > 1.1:
        faults.append(f"memory grew by {flatness(samples):.2f}")
    # What is mapped of files, the program itself above all, can be given back.
    if max(s["anonymous"] for s in samples) > MEMORY:
        faults.append("more memory than there is")
    return faults


def parse_wrk(text):
    requests = re.search(r"(\d+) requests in", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = (int(bad[1]) if bad else 0) + (sum(int(n) for n in errors.groups()) if errors else 0)
    return {"requests": int(requests[1]) if requests else 0, "failed": failed, "text": text.strip()[-400:]}


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=soak.example.com",
                    "-addext", "subjectAltName=DNS:soak.example.com", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run(folder, minutes, clients, group):
    stop, samples, turns = threading.Event(), [], []
    ports = {name: free_port() for name in ("plain", "tls", "echo", "flapping", "silent", "slow")}
    certificate(folder)
    write_documents(folder, 0)
    serve(ports["echo"], echo)
    serve(ports["silent"], lambda head, body: None)
    serve(ports["slow"], slow)
    flapping = Flapping(ports["flapping"], stop)
    with nginx_sink() as front:
        resolve = {"front": front.rpartition(":")[2], **{name: ports[name] for name in ("echo", "flapping", "silent", "slow")}}
        command = [PARALLAX, "proxy", "-f", folder / "soak.yaml", "--listen", f"80=127.0.0.1:{ports['plain']}",
                   "--listen", f"443=127.0.0.1:{ports['tls']}", "--access-log", folder / "access.log", "--record", folder / "soak-%H%M.plx",
                   "--record-size", "32mb", "--record-keep", "128mb", "--json", "--grace", "10s", "--mirror-timeout", "2s"]
        for name, port in resolve.items():
            command += ["--resolve", f"{name}:80=127.0.0.1:{port}"]
        with open(folder / "out", "wb") as out, open(folder / "errors", "wb") as errors:
            proxy = subprocess.Popen([str(part) for part in command], stdout=out, stderr=errors, preexec_fn=limited(group))
            until = time.monotonic() + 60
            while socket.socket().connect_ex(("127.0.0.1", ports["plain"])) != 0:
                if proxy.poll() is not None or time.monotonic() > until:
                    sys.exit((folder / "errors").read_text())
                time.sleep(0.1)

            careful = [Careful(("127.0.0.1", ports["plain"]), stop, False), Careful(("127.0.0.1", ports["tls"]), stop, True)]
            wrk = subprocess.Popen(["wrk", "-t1", "-c16", f"-d{int(minutes * 60)}s", "--timeout", "20s", f"http://127.0.0.1:{ports['plain']}/"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            time.sleep(2)  # who is good is there first, as production is
            enemies = os.fork()
            if enemies == 0:
                resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
                hostile_process(("127.0.0.1", ports["plain"]), ("127.0.0.1", ports["tls"]), minutes - 0.1, clients, folder / "hostile.json")
                os._exit(0)
            for target, args in ((reload_and_rotate, (proxy, folder, stop, turns)), (watch, (proxy, stop, samples))):
                threading.Thread(target=target, args=args, daemon=True).start()

            text, _ = wrk.communicate()
            os.waitpid(enemies, 0)
            stop.set()
            for client in careful:
                client.thread.join(30)
            proxy.send_signal(signal.SIGTERM)
            try:
                code = proxy.wait(60)
            except subprocess.TimeoutExpired:
                proxy.kill()
                code = "none: it did not end"
    lines = (folder / "out").read_text().splitlines()
    account = json.loads(lines[-1]) if lines and code in (0, 143) else None
    hostile_result = json.loads((folder / "hostile.json").read_text())
    faults = judge(account, careful, parse_wrk(text), hostile_result, samples, code)
    return {
        "minutes": minutes, "exitCode": code, "limits": {"memory": MEMORY, "descriptors": DESCRIPTORS, "controlGroup": group is not None},
        "wrk": parse_wrk(text), "flaps": flapping.times, "reloads": len(turns), "hostile": hostile_result,
        "careful": [{"tls": client._tls, "answered": client.done, "wrong": client.wrong, "connections": client.reconnects,
                     "refusedConnections": client.refused, "examples": client.examples} for client in careful],
        "memory": {"minutes": [round(median(samples[at:at + 60], "rss")) for at in range(0, len(samples), 60)], "median": median(samples, "rss"), "largest": max(s["rss"] for s in samples),
                   "largestAnonymous": max(s["anonymous"] for s in samples), "growth": flatness(samples)},
        "descriptors": max(s["descriptors"] for s in samples), "account": account, "faults": faults,
        "warnings": (folder / "errors").read_text(errors="replace").splitlines()[-10:],
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--clients", type=int, default=400, help="hostile clients at a time")
    options.add_argument("--no-build", action="store_true")
    options = options.parse_args()
    if not options.no_build:
        build()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    folder = Path(tempfile.mkdtemp(prefix="parallax-soak-"))
    try:
        with memory_group() as group:
            result = run(folder, options.minutes, options.clients, group)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table("soak", ["what", "figure"], [
        ["minutes", result["minutes"]], ["wrk: requests", result["wrk"]["requests"]], ["wrk: failed", result["wrk"]["failed"]],
        *[[f"careful client{' (TLS)' if c['tls'] else ''}: answered / wrong / refused connections",
           f"{c['answered']:,} / {c['wrong']:,} / {c['refusedConnections']:,}"] for c in result["careful"]],
        ["hostile connections", sum(result["hostile"]["connections"].values())], ["reloads", result["reloads"]],
        ["times the shadow went", result["flaps"]], ["memory, median MiB", result["memory"]["median"] / (1 << 20)],
        ["memory, largest MiB", result["memory"]["largest"] / (1 << 20)], ["memory, growth", result["memory"]["growth"]],
        ["descriptors, most", result["descriptors"]]])
    save("soak", {"load": load_average(), **result})
    print("\n".join(result["faults"]) or "right: every good request was answered, memory is flat, the account adds up")
    sys.exit(1 if result["faults"] else 0)


if __name__ == "__main__":
    main()
