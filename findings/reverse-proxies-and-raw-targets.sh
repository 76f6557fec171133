#!/usr/bin/env bash
# Octets that no URI may hold (café in ISO 8859-1, a quote, braces) in a request target: each peer has its own idea.
#
# Guess: a reverse proxy passes a target on as it came, or refuses it.
# Seen:  nginx passes all of them on. HAProxy refuses octets above 0x7f, and takes quotes and braces. Caddy writes the path anew with
#        percent-encoding, but leaves the same octets in a query as they are: behind it one value has two spellings.
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12 of Debian 12.
# Exits 1 when this is no longer so.
. "$(dirname "$0")/reverse-proxies/fetch"
python3 - <<'PY'
import socket, sys
from reverse_proxies import serve, through

SENT = (b'/caf\xe9', b'/a?q=caf\xe9', b'/a"{b}')
targets = []

def answer(connection):
    received = b''
    while octets := connection.recv(65536):
        received += octets
        if b'\r\n\r\n' in received:
            targets.append(received.split(b'\r\n')[0].split(b' ', 1)[1].rsplit(b' ', 1)[0])
            received = b''
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

def ask(port):
    got = []
    for target in SENT:
        targets.clear()
        with socket.create_connection(('127.0.0.1', port)) as client:
            client.settimeout(5)
            client.sendall(b'GET ' + target + b' HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
            status = client.recv(65536)[9:12]
        got.append(targets[0] if targets else status)
    return got

up = serve(answer)
seen = {peer: through(peer, up, ask) for peer in ('nginx', 'haproxy', 'caddy')}
print('sent:', *SENT)
for peer, got in seen.items(): print(f'{peer}:', *got)
sys.exit(seen != {'nginx': [*SENT], 'haproxy': [b'400', b'400', SENT[2]], 'caddy': [b'/caf%E9', SENT[1], b'/a%22%7Bb%7D']})
PY
