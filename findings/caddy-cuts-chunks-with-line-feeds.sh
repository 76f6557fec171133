#!/usr/bin/env bash
# A server whose chunk lines end with a lone line feed: peers read all of it, a part of it, or nothing.
#
# Guess: a reverse proxy either reads such a response, as curl and .NET do, or says 502.
# Seen:  nginx and HAProxy read it. Caddy passes on the first chunk, drops the rest, and ends the response as if it were whole:
#        status 200, a proper end, no word to the client.
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12 of Debian 12; curl as the client.
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
    while connection.recv(65536):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n6\n world\n0\n\n')

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

def fetch(port):
    curl = subprocess.run(['curl', '-s', '-m', '5', f'http://127.0.0.1:{port}/'], capture_output=True); return curl.stdout, curl.returncode
print('curl without a proxy:', fetch(up))
seen = {peer: through(peer, fetch) for peer in ('nginx', 'haproxy', 'caddy')}
for peer, (body, code) in seen.items(): print(f'{peer}: {body}, exit code of curl {code}')
whole = (b'hello world', 0)
sys.exit(fetch(up) != whole or seen != {'nginx': whole, 'haproxy': whole, 'caddy': (b'hello', 0)})
PY
for package in nginx caddy haproxy; do dpkg-deb -W "$package"_*.deb; done
PYTHONDONTWRITEBYTECODE=1 python3 run.py
