#!/usr/bin/env python3
"""What does a restart cost under load? Packets and requests lost, and how long they wait, with sockets that a service manager holds, with
--take-over, and without either.

Usage: bench/restart.py [RESTARTS]
"""
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

from harness import BENCH, PARALLAX, build, free_port, load_average, save, table, wait_for_line, wait_for_quiet
from peers import origin

PACKETS_PER_SECOND = 4_000
REQUESTS_PER_SECOND = 2_000
EVERY = 2  # seconds between restarts
BUFFER = 32 << 20


class Service:
    """The process that serves now, and what those before it accounted for."""

    def __init__(self, arguments, held=None, takes_over=False):
        self.arguments, self.held, self.takes_over = arguments, held, takes_over
        self.accounts = []
        self.process = self.start([])

    def start(self, more):
        command = [str(part) for part in [PARALLAX, *self.arguments, "--json", *more]]
        options = {}
        if self.held is not None:
            command = ["bash", "-c", f'exec 3<&{self.held.fileno()} && LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "bash", *command]
            options = {"pass_fds": [self.held.fileno()]}
        errors = tempfile.TemporaryFile(mode="w+")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, **options)
        process.errors = errors
        wait_for_line(process, errors, "listening at|capturing from")
        return process

    def end(self, process):
        process.terminate()
        output, _ = process.communicate(timeout=60)
        self.accounts.append(json.loads(output.splitlines()[-1]))
        process.errors.close()

    def restart(self):
        """As `systemctl restart` does, or with both side by side for a moment."""
        before = self.process
        if self.takes_over:
            self.process = self.start(["--take-over"])
            self.end(before)
        else:
            self.end(before)
            self.process = self.start([])


@contextlib.contextmanager
def held_socket(kind):
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            held.listen(4096)
        else:
            held.setsockopt(socket.SOL_SOCKET, 33, BUFFER) if os.getuid() == 0 else None  # SO_RCVBUFFORCE
        yield held


def under_load(load, restarts, service):
    """Runs the load, restarts the service in the middle of it, and ends both."""
    seconds = EVERY * (restarts + 1)
    with subprocess.Popen([str(part) for part in load + ["--seconds", seconds]], stdout=subprocess.PIPE, text=True) as client:
        for _ in range(restarts):
            time.sleep(EVERY)
            service.restart()
        output, _ = client.communicate(timeout=seconds + 60)
    time.sleep(0.5)  # what the kernel holds
    service.end(service.process)
    return json.loads(output.splitlines()[-1])


def packets(way, restarts):
    with held_socket(socket.SOCK_DGRAM) as held:
        port = held.getsockname()[1] if way == "held" else free_port(socket.SOCK_DGRAM)
        service = Service(["capture", "--vxlan", f"127.0.0.1:{port}", "--count"], held if way == "held" else None, way == "take-over")
        sent = under_load([BENCH, "send", "--port", port, "--rate", PACKETS_PER_SECOND], restarts, service)["packets"]
    taken = sum(account["capture"]["packets"] for account in service.accounts)
    return {"what": "packets", "way": way, "restarts": restarts, "sent": sent, "lost": sent - taken, "load": load_average()}


def requests(way, restarts):
    with origin("body") as primary, held_socket(socket.SOCK_STREAM) as held:
        port = held.getsockname()[1] if way == "held" else free_port()
        service = Service(["proxy", "--listen", f"127.0.0.1:{port}", "--primary", f"http://127.0.0.1:{primary}"],
                          held if way == "held" else None, way == "take-over")
        seen = under_load([BENCH, "http-load", "--port", port, "--rate", REQUESTS_PER_SECOND, "--connections", 64], restarts, service)
    answered = sum(account["proxy"]["answeredByClass"].get("2xx", 0) for account in service.accounts)
    return {"what": "requests", "way": way, "restarts": restarts, "sent": seen["requests"], "lost": seen["requests"] - answered,
            "longestWaitMilliseconds": seen["maxMicroseconds"] / 1e3, "client": seen, "load": load_average()}


def main():
    restarts = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    build()
    result = {"loadBefore": wait_for_quiet()}
    rows = [measure(way, restarts) for measure in (packets, requests) for way in ("held", "take-over", "none")]
    table("restarts under load", ["what, way", "restarts", "sent", "lost", "longest wait, ms"],
          [[f"{row['what']}, {row['way']}", row["restarts"], row["sent"], row["lost"], row.get("longestWaitMilliseconds", "")] for row in rows])
    save("restart", result | {"rows": rows})


if __name__ == "__main__":
    main()
