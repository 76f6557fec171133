#!/usr/bin/env bash
# nginx with a mirror that answers slowly: a reload loses the next request of a client that was answered already.
#
# Guess: a mirror costs clients nothing, and a reload (SIGHUP) or graceful end (SIGQUIT) answers every request that was taken. nginx closes
#        idle connections at once then, so that a client sees the end before it sends again.
# Seen:  a connection whose last request is still being mirrored is not idle: it stays open, without "Connection: close" in the answer. The
#        request that the client sends on it meanwhile is never read, and the connection ends without an answer once the mirror has
#        answered, 3 s later here.
# With:  nginx 1.22.1 of Debian 12.
# Exits 1 when this is no longer so.
. "$(dirname "$0")/reverse-proxies/fetch"
python3 - <<'PY'
import os, signal, socket, subprocess, sys, time
from reverse_proxies import serve

WORK, SLOW, PAUSE = os.getcwd(), 3, 1
REQUEST = b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'

def answering(after):
    def answer(connection):
        while connection.recv(65536):
            time.sleep(after)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    return answer

def client(port, nginx, stop):
    """What becomes of a request that is sent a second after the signal, on the connection of one that was answered before it."""
    with socket.create_connection(('127.0.0.1', port), timeout=10) as connection:
        connection.sendall(REQUEST)
        first = connection.recv(4096)
        assert first.startswith(b'HTTP/1.1 200') and b'onnection: close' not in first, first
        nginx.send_signal(stop)
        connection.settimeout(PAUSE)
        try:
            return 'closed before it is sent' if connection.recv(1) == b'' else 'unasked octets'
        except TimeoutError:
            pass
        connection.settimeout(10)
        begun = time.monotonic()
        connection.sendall(REQUEST)
        answer = connection.recv(4096)
        return answer[:15].decode() if answer else f'closed without an answer after {round(time.monotonic() - begun)} s'

def seen(mirrors, stop):
    up, shadow = serve(answering(0)), serve(answering(SLOW))
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    temporary = ''.join(f'{kind}_temp_path {WORK}/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    with open('nginx.conf', 'w') as file:
        file.write(f'daemon off; worker_processes 1; pid {WORK}/pid; events {{}} http {{ access_log off; {temporary} server {{ '
                   f'listen 127.0.0.1:{port}; location / {{ {"mirror /m;" if mirrors else ""} proxy_pass http://127.0.0.1:{up}; }} '
                   f'location = /m {{ internal; proxy_pass http://127.0.0.1:{shadow}$request_uri; }} }} }}')
    nginx = subprocess.Popen(['x/usr/sbin/nginx', '-e', 'stderr', '-c', f'{WORK}/nginx.conf'], stderr=subprocess.DEVNULL)
    time.sleep(1)
    try:
        return client(port, nginx, stop)
    finally:
        nginx.terminate()
        nginx.wait()

outcome = {(stop.name, mirrors): seen(mirrors, stop) for stop in (signal.SIGHUP, signal.SIGQUIT) for mirrors in (False, True)}
for (stop, mirrors), what in outcome.items(): print(f'{stop}, {"with" if mirrors else "without"} a mirror: the second request is {what}')
sys.exit(any(what != ('closed without an answer after 2 s' if mirrors else 'closed before it is sent')
             for (_, mirrors), what in outcome.items()))
PY
