#!/usr/bin/env bash
# A client that leaves while its response is awaited: most reverse proxies do not tell the server.
#
# Guess: a reverse proxy closes its connection to the server as soon as the client's is gone, as nginx does (status 499 in its log).
# Seen:  nginx and Caddy do so at once, also when the client only ends its direction (FIN). HAProxy and Apache say nothing for as long as
#        the server is silent, even after a reset: the server works on for nobody. HAProxy tells it with "option abortonclose".
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12, Apache 2.4.71 of Debian 12; default settings but for the proxying.
# Exits 1 when this is no longer so.
. "$(dirname "$0")/reverse-proxies/fetch"
python3 - <<'PY'
import socket, sys, time
from reverse_proxies import serve, through

told = []

def answer(connection):
    """Reads a request, answers nothing, and notes after how long it is told that nobody waits."""
    received = b''
    while b'\r\n\r\n' not in received:
        octets = connection.recv(9000)
        if not octets: return
        received += octets
    begun = time.time()
    connection.settimeout(5)
    try: connection.recv(1)
    except TimeoutError: return told.append(None)
    except OSError: pass
    told.append(time.time() - begun)

def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    client.close()

def end(client): client.shutdown(socket.SHUT_WR)

def after(leave):
    def use(port):
        told.clear()
        client = socket.create_connection(('127.0.0.1', port))
        client.sendall(b'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        time.sleep(0.3)
        leave(client)
        for _ in range(80):
            if told: return told[0]
            time.sleep(0.1)
    return use

up = serve(answer)
tells = {}
for peer in ('nginx', 'caddy', 'haproxy', 'haproxy, abortonclose', 'apache'):
    times = [through(peer, up, after(leave)) for leave in (reset, end)]
    after_reset, after_fin = ('never in 5 s' if t is None else f'within {t:.1f} s' for t in times)
    print(f'{peer}: the server is told {after_reset} (reset), {after_fin} (FIN)')
    tells[peer] = all(t is not None and t < 2 for t in times)
sys.exit(tells != {'nginx': True, 'caddy': True, 'haproxy': False, 'haproxy, abortonclose': True, 'apache': False})
PY
