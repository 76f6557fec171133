#!/usr/bin/env bash
# A server that says how long it keeps an idle connection: reverse proxies send requests on it afterwards.
#
# Guess: "Keep-Alive: timeout=N" of a server (Node.js and Apache send 5 s) makes a reverse proxy give the connection up in time.
# Seen:  nginx, HAProxy and Caddy do not look at it. A POST that meets the server's close is answered 502, because it cannot be sent
#        twice; .NET's HttpClient, Node's fetch and http.Agent do look at it, and have no such race.
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12 of Debian 12, each with kept-alive connections to the server.
# Exits 1 when this is no longer so.
set -euo pipefail
work=$(mktemp -d); trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq 'nginx=1.22.*' 'caddy=2.6.*' 'haproxy=2.6.*' liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 2>/dev/null
for package in *.deb; do dpkg -x "$package" x; done
export LD_LIBRARY_PATH=$work/x/usr/lib/$(uname -m)-linux-gnu
cat >run.py <<'PY'
import os, socket, subprocess, sys, threading, time
work = os.getcwd()

def serve(connection):
    """Keeps its word: what comes on a connection that was idle for more than the second it named meets the connection's end."""
    last, received = None, b''
    while octets := connection.recv(65536):
        if last is not None and not received and time.time() - last > 1: return connection.close()
        received += octets
        if received.endswith(b'abc'):
            received, last = b'', time.time()
            connection.sendall(b'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok')

server = socket.create_server(('127.0.0.1', 0)); up = server.getsockname()[1]
def accept():
    while True: threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
threading.Thread(target=accept, daemon=True).start()

def free():
    with socket.create_server(('127.0.0.1', 0)) as s: return s.getsockname()[1]

def write(name, text):
    open(name, 'w').write(text); return f'{work}/{name}'

def command(peer, port):
    temporary = ''.join(f'{kind}_temp_path {work}/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    if peer == 'nginx':
        return ['x/usr/sbin/nginx', '-e', 'stderr', '-c', write('nginx.conf', f'daemon off; master_process off; pid {work}/pid; events {{}} http {{ access_log off; {temporary} upstream u {{ server 127.0.0.1:{up}; keepalive 8; }} server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}')]
    if peer == 'caddy':
        return ['x/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', write('Caddyfile', '{\n admin off\n auto_https off\n}\n:%d {\n reverse_proxy 127.0.0.1:%d\n}\n' % (port, up))]
    return ['x/usr/sbin/haproxy', '-db', '-f', write('haproxy.cfg', f'defaults\n mode http\n timeout client 60s\n timeout server 60s\n timeout connect 5s\n http-reuse always\nlisten l\n bind 127.0.0.1:{port}\n server s 127.0.0.1:{up}\n')]

def through(peer, use):
    port = free()
    process = subprocess.Popen(command(peer, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try: socket.create_connection(('127.0.0.1', port)).close(); break
            except OSError: time.sleep(0.1)
        return use(port)
    finally: process.terminate(); process.wait()

import http.client
def post(port):
    client = http.client.HTTPConnection('127.0.0.1', port, timeout=5); client.request('POST', '/', b'abc')
    status = client.getresponse().status; client.close(); return status
def twice(port):
    first = post(port); time.sleep(1.5); return first, post(port)
seen = {peer: through(peer, twice) for peer in ('nginx', 'caddy', 'haproxy')}
for peer, (first, second) in seen.items(): print(f'{peer}: first POST {first}, one 1.5 s later {second}')
sys.exit(any(statuses != (200, 502) for statuses in seen.values()))
PY
for package in nginx caddy haproxy; do dpkg-deb -W "$package"_*.deb; done
PYTHONDONTWRITEBYTECODE=1 python3 run.py
