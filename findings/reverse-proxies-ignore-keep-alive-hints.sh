#!/usr/bin/env bash
# A server that says how long it keeps an idle connection: reverse proxies send requests on it afterwards.
#
# Guess: "Keep-Alive: timeout=N" of a server (Node.js and Apache send 5 s) makes a reverse proxy give the connection up in time.
# Seen:  nginx, HAProxy and Caddy do not look at it. A POST that meets the server's close is answered 502, because it cannot be sent
#        twice.
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12 of Debian 12, each with kept-alive connections to the server.
# Exits 1 when this is no longer so.
. "$(dirname "$0")/reverse-proxies/fetch"
python3 - <<'PY'
import http.client, sys, time
from reverse_proxies import serve, through

def answer(connection):
    """Keeps its word: what comes on a connection that was idle for more than the second it named meets the connection's end."""
    last, received = None, b''
    while octets := connection.recv(65536):
        if last is not None and not received and time.time() - last > 1: return connection.close()
        received += octets
        if received.endswith(b'abc'):
            received, last = b'', time.time()
            connection.sendall(b'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok')

def post(port):
    client = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
    client.request('POST', '/', b'abc')
    status = client.getresponse().status
    client.close()
    return status

def twice(port):
    first = post(port)
    time.sleep(1.5)
    return first, post(port)

up = serve(answer)
seen = {peer: through(peer, up, twice) for peer in ('nginx', 'caddy', 'haproxy')}
for peer, (first, second) in seen.items(): print(f'{peer}: first POST {first}, one 1.5 s later {second}')
sys.exit(any(statuses != (200, 502) for statuses in seen.values()))
PY
