#!/usr/bin/env bash
# A client that leaves while its response is awaited: most reverse proxies do not tell the server.
#
# Guess: a reverse proxy closes its connection to the server as soon as the client's is gone, as nginx does (status 499 in its log).
# Seen:  nginx and Caddy do so at once, also when the client only ends its direction (FIN). HAProxy and Apache say nothing for as long as
#        the server is silent, even after a reset: the server works on for nobody. HAProxy tells it with "option abortonclose".
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12, Apache 2.4.71 of Debian 12; default settings but for the proxying.
# Exits 1 when this is no longer so.
set -euo pipefail
work=$(mktemp -d); trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq 'nginx=1.22.*' 'caddy=2.6.*' 'haproxy=2.6.*' 'apache2-bin=2.4.*' liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 \
  libapr1 libaprutil1 2>/dev/null
for package in *.deb; do dpkg -x "$package" x; done
export LD_LIBRARY_PATH=$work/x/usr/lib/$(uname -m)-linux-gnu
cat >run.py <<'PY'
import os, socket, subprocess, sys, threading, time
work, told = os.getcwd(), []

def serve(connection):
    """Reads a request, answers nothing, and notes after how long it is told that nobody waits."""
    received = b''
    while b'\r\n\r\n' not in received:
        octets = connection.recv(9000)
        if not octets: return
        received += octets
    begun = time.time(); connection.settimeout(5)
    try: connection.recv(1)
    except TimeoutError: return told.append(None)
    except OSError: pass
    told.append(time.time() - begun)

server = socket.create_server(('127.0.0.1', 0)); up = server.getsockname()[1]
def accept():
    while True: threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
threading.Thread(target=accept, daemon=True).start()

def free():
    with socket.create_server(('127.0.0.1', 0)) as s: return s.getsockname()[1]

def write(name, text):
    open(name, 'w').write(text); return f'{work}/{name}'

def command(peer, port):
    haproxy = f'defaults\n mode http\n timeout client 60s\n timeout server 60s\n timeout connect 5s\n%slisten l\n bind 127.0.0.1:{port}\n server s 127.0.0.1:{up}\n'
    temporary = ''.join(f'{kind}_temp_path {work}/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    if peer == 'nginx':
        return ['x/usr/sbin/nginx', '-e', 'stderr', '-c', write('nginx.conf', f'daemon off; master_process off; pid {work}/pid; events {{}} http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{up}; }} }} }}')]
    if peer == 'caddy':
        return ['x/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', write('Caddyfile', '{\n admin off\n auto_https off\n}\n:%d {\n reverse_proxy 127.0.0.1:%d\n}\n' % (port, up))]
    if peer.startswith('haproxy'):
        return ['x/usr/sbin/haproxy', '-db', '-f', write('haproxy.cfg', haproxy % (' option abortonclose\n' if 'abortonclose' in peer else ''))]
    modules = ''.join(f'LoadModule {m}_module {work}/x/usr/lib/apache2/modules/mod_{m}.so\n' for m in ('mpm_event', 'proxy', 'proxy_http', 'authz_core'))
    return ['x/usr/sbin/apache2', '-DFOREGROUND', '-f', write('apache.conf', f'ServerRoot {work}\nServerName a\nPidFile {work}/apid\nErrorLog /dev/null\nListen 127.0.0.1:{port}\n{modules}User www-data\nGroup www-data\nProxyPass / http://127.0.0.1:{up}/\n')]

def after(peer, leave):
    port = free(); told.clear()
    process = subprocess.Popen(command(peer, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try: client = socket.create_connection(('127.0.0.1', port)); break
            except OSError: time.sleep(0.1)
        client.sendall(b'GET / HTTP/1.1\r\nHost: a\r\n\r\n'); time.sleep(0.3); leave(client)
        for _ in range(80):
            if told: return told[0]
            time.sleep(0.1)
    finally: process.terminate(); process.wait()

def reset(client): client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0'); client.close()
seen = {}
for peer in ('nginx', 'caddy', 'haproxy', 'haproxy, abortonclose', 'apache'):
    seen[peer] = [after(peer, reset), after(peer, lambda client: client.shutdown(socket.SHUT_WR))]
    after_reset, after_fin = ('never in 5 s' if t is None else f'within {t:.1f} s' for t in seen[peer])
    print(f'{peer}: the server is told {after_reset} (reset), {after_fin} (FIN)')
tells = {peer: all(t is not None and t < 2 for t in times) for peer, times in seen.items()}
sys.exit(tells != {'nginx': True, 'caddy': True, 'haproxy': False, 'haproxy, abortonclose': True, 'apache': False})
PY
for package in nginx caddy haproxy apache2-bin; do dpkg-deb -W "$package"_*.deb; done
PYTHONDONTWRITEBYTECODE=1 python3 run.py
