"""The proxies that are measured side by side: nginx, haproxy and Parallax, each in front of the same primary and shadow."""
import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from harness import PARALLAX, free_port, started

TEMPORARY = ("client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};")
HEAD = ("daemon off; master_process off; pid {0}/pid; error_log {0}/error.log crit; worker_rlimit_nofile 65536;"
        "events {{ worker_connections 8192; }} http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; " + TEMPORARY)


def wait_for_port(port):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens at port {port}")


@contextlib.contextmanager
def nginx(body):
    """An nginx process without a master, so that its CPU time is one process's; yields the process."""
    folder = Path(tempfile.mkdtemp(prefix="parallax-bench-nginx-"))
    (folder / "nginx.conf").write_text(HEAD.format(folder) + body.replace("FOLDER", str(folder)) + "}")
    try:
        with started(["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"]) as process:
            yield process
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def origin(answer):
    """A server that answers everything: "body" with 200 octets, "empty" with 204, "echo" with the request's target. Yields its port."""
    port = free_port()
    reply = {"body": 'return 200 "' + "x" * 200 + '"', "empty": "return 204",
             "echo": 'return 200 "$request_method $request_uri"'}[answer]
    with nginx(f"server {{ listen 127.0.0.1:{port} backlog=4096; client_max_body_size 0; client_body_buffer_size 128k; "
               f"location / {{ {reply}; }} }}"):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def nginx_proxy(primary, shadow, tls=None):
    """nginx in front of `primary`; mirrors everything to `shadow` unless it is None. Yields (process, port)."""
    port = free_port()
    mirror = "" if shadow is None else "mirror /shadow; "
    location = "" if shadow is None else (
        "location = /shadow { internal; proxy_pass http://shadow$request_uri; proxy_http_version 1.1; proxy_set_header Connection ''; }")
    upstream = "" if shadow is None else f"upstream shadow {{ server 127.0.0.1:{shadow}; keepalive 512; keepalive_requests 1000000000; }}"
    secure = "" if tls is None else f"ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}; ssl_session_cache shared:s:1m; "
    with nginx(f"upstream primary {{ server 127.0.0.1:{primary}; keepalive 512; keepalive_requests 1000000000; }} {upstream} "
               f"server {{ listen 127.0.0.1:{port} backlog=4096 {'ssl' if tls else ''}; {secure} client_max_body_size 0; "
               f"client_body_buffer_size 128k; {location} location / {{ {mirror} proxy_pass http://primary; proxy_http_version 1.1; "
               "proxy_set_header Connection ''; proxy_set_header Host $host; } }") as process:
        wait_for_port(port)
        yield process, port


@contextlib.contextmanager
def haproxy(primary):
    """haproxy without mirroring. Yields (process, port)."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
        config.write(f"""
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  default_backend b
backend b
  server s 127.0.0.1:{primary}
""")
        config.flush()
        with started(["haproxy", "-db", "-f", config.name]) as process:
            wait_for_port(port)
            yield process, port


@contextlib.contextmanager
def parallax(primary, shadow, arguments=(), tls=None):
    """Parallax on one loop. Yields (process, port)."""
    command = [PARALLAX, "proxy", "--listen", "127.0.0.1:0", "--primary", f"http://127.0.0.1:{primary}", "--loops", "1"]
    command += [] if shadow is None else ["--mirror", f"http://127.0.0.1:{shadow}"]
    command += [] if tls is None else ["--tls-cert", tls[0], "--tls-key", tls[1]]
    with started(command + list(arguments), ready=r"(?:127\.0\.0\.1|0\.0\.0\.0|\[::\]):(\d+)", stdout=subprocess.DEVNULL) as process:
        yield process, int(process.ready[1])
