#!/usr/bin/env bash
# A server whose chunk lines end with a lone line feed: peers read all of it, a part of it, or nothing.
#
# Guess: a reverse proxy either reads such a response, as curl does, or says 502.
# Seen:  nginx and HAProxy read it. Caddy passes on the first chunk, drops the rest, and ends the response as if it were whole:
#        status 200, a proper end, no word to the client.
# With:  nginx 1.22.1, Caddy 2.6.2, HAProxy 2.6.12 of Debian 12; curl as the client.
# Exits 1 when this is no longer so.
. "$(dirname "$0")/reverse-proxies/fetch"
python3 - <<'PY'
import subprocess, sys
from reverse_proxies import serve, through

def answer(connection):
    while connection.recv(65536):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n6\n world\n0\n\n')

def fetch(port):
    curl = subprocess.run(['curl', '-s', '-m', '5', f'http://127.0.0.1:{port}/'], capture_output=True)
    return curl.stdout, curl.returncode

up = serve(answer)
direct = fetch(up)
print('curl without a proxy:', direct)
seen = {peer: through(peer, up, fetch) for peer in ('nginx', 'haproxy', 'caddy')}
for peer, (body, code) in seen.items(): print(f'{peer}: {body}, exit code of curl {code}')
whole = (b'hello world', 0)
sys.exit(direct != whole or seen != {'nginx': whole, 'haproxy': whole, 'caddy': (b'hello', 0)})
PY
