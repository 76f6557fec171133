"""Runs the reverse proxies that ./fetch brought, each in front of one server, with default settings but for the proxying."""
import os
import socket
import subprocess
import threading
import time

WORK = os.getcwd()


def serve(answer):
    """A server that hands each connection to answer, on a thread of its own; its port."""
    server = socket.create_server(('127.0.0.1', 0))

    def accept():
        while True:
            threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def through(peer, up, use):
    """What use(port) returns with a proxy at that port in front of the server at port up."""
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(command(peer, port, up), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(('127.0.0.1', port)).close()
                break
            except OSError:
                time.sleep(0.1)
        return use(port)
    finally:
        process.terminate()
        process.wait()


def command(peer, port, up):
    if peer == 'nginx':
        temporary = ''.join(f'{kind}_temp_path {WORK}/{kind};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        return ['x/usr/sbin/nginx', '-e', 'stderr', '-c', write('nginx.conf', f'''daemon off; master_process off; pid {WORK}/pid; events {{}}
http {{ access_log off; {temporary} upstream u {{ server 127.0.0.1:{up}; keepalive 8; }}
server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}''')]
    if peer == 'caddy':
        return ['x/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', write('Caddyfile', f'''{{
 admin off
 auto_https off
}}
:{port} {{
 reverse_proxy 127.0.0.1:{up}
}}
''')]
    if peer == 'apache':
        modules = ''.join(f'LoadModule {module}_module {WORK}/x/usr/lib/apache2/modules/mod_{module}.so\n'
                          for module in ('mpm_event', 'proxy', 'proxy_http', 'authz_core'))
        return ['x/usr/sbin/apache2', '-DFOREGROUND', '-f', write('apache.conf', f'''ServerRoot {WORK}
ServerName a
PidFile {WORK}/apache.pid
ErrorLog /dev/null
Listen 127.0.0.1:{port}
{modules}User www-data
Group www-data
ProxyPass / http://127.0.0.1:{up}/
''')]
    option = ' option abortonclose\n' if peer.endswith('abortonclose') else ''
    return ['x/usr/sbin/haproxy', '-db', '-f', write('haproxy.cfg', f'''defaults
 mode http
 timeout client 60s
 timeout server 60s
 timeout connect 5s
 http-reuse always
{option}listen l
 bind 127.0.0.1:{port}
 server s 127.0.0.1:{up}
''')]


def write(name, text):
    with open(name, 'w') as file:
        file.write(text)
    return f'{WORK}/{name}'
