#!/usr/bin/env bash
# nginx reloaded with fewer workers: connections that wait to be accepted are reset, when its ports are opened with "reuseport".
#
# Guess: a reload (SIGHUP) of nginx loses no connection, whatever changes; that is what it is known for.
# Seen:  with "listen … reuseport" each worker has a socket. A reload with fewer workers closes the ones too many, and the kernel resets
#        what waits in them: about one connection in a thousand in those seconds, with 32 clients that connect for each request. Without
#        "reuseport" there is one socket, and nothing is lost.
# With:  nginx 1.22.1 of Debian 12, Linux 6.18, net.ipv4.tcp_migrate_req at its default, 0.
# Exits 1 when this is no longer so.
. "$(dirname "$0")/reverse-proxies/fetch"
python3 - <<'PY'
import collections, os, signal, socket, subprocess, sys, threading, time

WORK, CLIENTS, RELOADS = os.getcwd(), 32, 6

def configure(workers, port, how):
    temporary = ''.join(f'{kind}_temp_path {WORK}/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    with open('nginx.conf', 'w') as file:
        file.write(f'daemon off; worker_processes {workers}; pid {WORK}/pid; events {{}} http {{ access_log off; {temporary} '
                   f'server {{ listen 127.0.0.1:{port} {how}; return 200 "ok"; }} }}')

def ask(port, seen, over):
    while not over.is_set():
        try:
            with socket.create_connection(('127.0.0.1', port), timeout=5) as client:
                client.sendall(b'GET / HTTP/1.0\r\n\r\n')
                seen['answered' if client.recv(100).startswith(b'HTTP/1.1 200') else 'closed'] += 1
        except OSError as fault:
            seen[type(fault).__name__] += 1

def reloaded(how):
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    configure(4, port, how)
    nginx = subprocess.Popen(['x/usr/sbin/nginx', '-e', 'stderr', '-c', f'{WORK}/nginx.conf'], stderr=subprocess.DEVNULL)
    time.sleep(1)
    seen, over = collections.Counter(), threading.Event()
    clients = [threading.Thread(target=ask, args=(port, seen, over)) for _ in range(CLIENTS)]
    for client in clients: client.start()
    for reload in range(RELOADS):
        time.sleep(1.5)
        configure((1, 4)[reload % 2], port, how)
        nginx.send_signal(signal.SIGHUP)
    time.sleep(1.5)
    over.set()
    for client in clients: client.join()
    nginx.terminate()
    nginx.wait()
    return dict(seen)

shared, own = reloaded(''), reloaded('reuseport')
print(f'{RELOADS} reloads, 4 to 1 worker and back: one socket {shared}, a socket for each worker {own}')
sys.exit(set(shared) != {'answered'} or own.get('ConnectionResetError', 0) == 0)
PY
