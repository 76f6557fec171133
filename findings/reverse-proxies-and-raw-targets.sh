#!/usr/bin/env bash
# Octets that no URI may hold (café in ISO 8859-1, a quote, braces) in a request target: each peer has its own idea.
#
# Guess: a reverse proxy passes a target on as it came, or refuses it.
# Seen:  nginx passes all of them on. HAProxy refuses octets above 0x7f, and takes quotes and braces. Caddy writes the path anew with
#        percent-encoding, but leaves the same octets in a query as they are: behind it one value has two spellings.
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12 of Debian 12.
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

targets = []
def serve(connection):
    received = b''
    while octets := connection.recv(65536):
        received += octets
        if b'\r\n\r\n' in received:
            targets.append(received.split(b'\r\n')[0].split(b' ', 1)[1].rsplit(b' ', 1)[0]); received = b''
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

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

SENT = (b'/caf\xe9', b'/a?q=caf\xe9', b'/a"{b}')
def ask(port):
    got = []
    for target in SENT:
        targets.clear()
        with socket.create_connection(('127.0.0.1', port)) as client:
            client.sendall(b'GET ' + target + b' HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'); client.settimeout(5)
            status = client.recv(65536)[9:12]
        got.append(targets[0] if targets else status)
    return got
seen = {peer: through(peer, ask) for peer in ('nginx', 'haproxy', 'caddy')}
print('sent:', *SENT)
for peer, got in seen.items(): print(f'{peer}:', *got)
sys.exit(seen != {'nginx': [*SENT], 'haproxy': [b'400', b'400', SENT[2]], 'caddy': [b'/caf%E9', SENT[1], b'/a%22%7Bb%7D']})
PY
for package in nginx caddy haproxy; do dpkg-deb -W "$package"_*.deb; done
PYTHONDONTWRITEBYTECODE=1 python3 run.py
