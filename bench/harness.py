"""What the scripts share: builds, processes that end by themselves, CPU time, rounds in turn, tables and JSON."""
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARALLAX = ROOT / "artifacts/bin/Parallax.Cli/release/parallax"
BENCH = ROOT / "artifacts/bin/Parallax.Benchmarks/release/parallax-bench"
TICK = os.sysconf("SC_CLK_TCK")
LONGEST = 600  # no process of a benchmark lives longer, in seconds


def build():
    for project in ("src/Parallax.Cli", "bench/Parallax.Benchmarks"):
        subprocess.run(["dotnet", "build", ROOT / project, "-c", "Release", "--nologo", "-v", "quiet"], check=True, cwd=ROOT,
                       stdout=subprocess.DEVNULL, timeout=LONGEST)


def scratch():
    """A folder for capture files; kept, because writing them takes longer than reading them."""
    folder = Path(tempfile.gettempdir()) / f"parallax-bench-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return folder


def capture_file(megabytes, wrapped):
    path = scratch() / f"{'vxlan' if wrapped else 'plain'}-{megabytes}.pcap"
    facts = path.with_suffix(".json")
    if not facts.exists():
        written = run_json([BENCH, "generate", "--file", path, "--megabytes", str(megabytes)] + (["--vxlan"] if wrapped else []))
        facts.write_text(json.dumps(written))
    path.read_bytes()  # into the page cache: every peer reads from memory
    return path, json.loads(facts.read_text())


def run_json(command):
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=LONGEST)
    return json.loads(done.stdout)


def run_timed(command, **options):
    """Runs a command to its end; CPU seconds (its own and its children's) and wall seconds."""
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    alarm = Watchdog(process)
    _, status, usage = os.wait4(process.pid, 0)
    alarm.done()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.monotonic() - started, "rss": usage.ru_maxrss * 1024}


class Watchdog:
    """Ends a process that outlives every benchmark."""

    def __init__(self, process):
        import threading
        self._timer = threading.Timer(LONGEST, process.kill)
        self._timer.daemon = True
        self._timer.start()

    def done(self):
        self._timer.cancel()


@contextlib.contextmanager
def started(command, ready=None, **options):
    """A process that runs while the block does; `ready` is a pattern of a line on its standard error to wait for."""
    errors = tempfile.TemporaryFile(mode="w+")
    process = subprocess.Popen([str(part) for part in command], stdout=options.pop("stdout", subprocess.DEVNULL), stderr=errors, **options)
    alarm = Watchdog(process)
    try:
        process.ready = wait_for_line(process, errors, ready) if ready else None
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        alarm.done()
        errors.close()


def wait_for_line(process, errors, pattern):
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        errors.seek(0)
        if match := re.search(pattern, errors.read()):
            return match
        time.sleep(0.005)
    errors.seek(0)
    raise RuntimeError(f"{process.args[0]} did not get ready: {errors.read()}")


def cpu_seconds(pid):
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid, what="VmRSS"):
    return int(re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def udp_drops(port):
    """Datagrams the kernel had no room for, over all sockets of the port."""
    drops = 0
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                drops += int(fields[-1])
    return drops


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def nginx_sink():
    """nginx that answers everything with a few octets; yields its URL."""
    folder = Path(tempfile.mkdtemp(prefix="parallax-sink-"))
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
        daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
        events {{ worker_connections 1024; }}
        http {{
          access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}; proxy_temp_path {folder};
          fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
          server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok\\n"; }} }}
        }}""")
    try:
        with started(["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"]):
            until = time.monotonic() + 10
            while time.monotonic() < until and socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def load_average():
    return float(Path("/proc/loadavg").read_text().split()[0])


def wait_for_quiet(below=1.5, at_most=20):
    """Others may be busy on this machine: waits a little for a quiet moment, and tells what it got."""
    until = time.monotonic() + at_most
    while load_average() > below and time.monotonic() < until:
        time.sleep(2)
    return load_average()


def table(title, columns, rows):
    print(f"\n{title}")
    cells = [columns] + [[cell if isinstance(cell, str) else f"{cell:,.{2 if abs(cell) < 10 else 0}f}" for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print("  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(line)))
    sys.stdout.flush()


def save(name, result):
    folder = Path(__file__).resolve().parent / "results"
    folder.mkdir(exist_ok=True)
    result = {"question": name, "date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), **result}
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten: bench/results/{name}.json")
