"""The servers that are measured, each on one core, and the load on the other."""
import collections
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE, ALL_CORES = '0', '1', '0,1'
START_SECONDS = 30

NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid %(folder)s/nginx.pid;
error_log %(folder)s/nginx.log error;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path %(folder)s/nginx-body;
    proxy_temp_path %(folder)s/nginx-proxy;
    fastcgi_temp_path %(folder)s/nginx-fastcgi;
    uwsgi_temp_path %(folder)s/nginx-uwsgi;
    scgi_temp_path %(folder)s/nginx-scgi;
    server {
        listen 127.0.0.1:%(port)d;
        location / { return 200 "ok"; }
    }
}
"""

# Requests a second; how much of its core the server and the load used; milliseconds.
Load = collections.namedtuple('Load', 'rate requests server_core load_core p50_ms p99_ms')


class Failed(Exception):
    pass


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def ask(port, request):
    """The answer's bytes, or None while nobody listens."""
    try:
        with socket.create_connection(('127.0.0.1', port), timeout=10) as s:
            s.sendall(request)
            answer = b''
            while b'\r\n\r\n' not in answer:
                more = s.recv(65536)
                if not more:
                    return None
                answer += more
            head, _, body = answer.partition(b'\r\n\r\n')
            length = re.search(rb'(?i)content-length: *(\d+)', head)
            while length and len(body) < int(length.group(1)):
                more = s.recv(65536)
                if not more:
                    break
                body += more
            return head + b'\r\n\r\n' + body
    except ConnectionError:
        return None


def is_good(answer):
    return answer is not None and re.match(rb'HTTP/1.1 20[01] ', answer) is not None


class Server:
    """A process on the servers' core, or `cores`; `probe` is a request that it answers with 200 once it is there."""

    def __init__(self, command, port, probe, log, cores=SERVER_CORE):
        self.port = port
        self.log = log
        began = time.monotonic()
        with open(log, 'ab') as out:
            self.process = subprocess.Popen(['taskset', '-c', cores] + [str(word) for word in command],
                                            stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True)
        while not is_good(ask(port, probe)):
            if self.process.poll() is not None or time.monotonic() > began + START_SECONDS:
                self.stop()
                raise Failed('%s does not answer; its log ends: %s'
                             % (command[0], pathlib.Path(log).read_text(errors='replace')[-500:]))
            time.sleep(0.0005)
        self.started_ms = (time.monotonic() - began) * 1000

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def cpu_seconds(self):
        fields = pathlib.Path('/proc/%d/stat' % self.process.pid).read_text().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def resident_mib(self):
        status = pathlib.Path('/proc/%d/status' % self.process.pid).read_text()
        return int(re.search(r'VmRSS:\s+(\d+) kB', status).group(1)) / 1024


def get(path, **headers):
    lines = ''.join('%s: %s\r\n' % (name.replace('_', '-'), value) for name, value in headers.items())
    return ('GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n' % (path, lines)).encode()


def post(path, body='', **headers):
    if body:
        headers['Content_Type'] = 'application/json'
    lines = ''.join('%s: %s\r\n' % (name.replace('_', '-'), value) for name, value in headers.items())
    return ('POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s'
            % (path, lines, len(body), body)).encode()


def start_nginx(folder):
    port = free_port()
    config = folder / 'nginx.conf'
    config.write_text(NGINX % {'folder': folder, 'port': port})
    return Server(['nginx', '-e', folder / 'nginx.log', '-p', folder, '-c', config], port, get('/'),
                  folder / 'nginx.log')


def start_floor(build, folder):
    port = free_port()
    return Server([build / 'tools/bench/http_floor', '127.0.0.1:%d' % port], port, get('/'), folder / 'floor.log')


def start_latchkey(build, data, probe, *options, cores=SERVER_CORE):
    port = free_port()
    threads = ['--threads', '1'] if cores == SERVER_CORE else []
    return Server([build / 'latchkey', 'serve', '--listen', '127.0.0.1:%d' % port, '--data', data, *threads,
                   '--log-level', 'warning'] + list(options), port, probe, data / 'bench.log', cores)


def put_load(server, clients, seconds, folder, requests=None, once=False, refused=False, pause=None):
    """
    wrk against `server`, with `requests` in turn; without any, GET /. None of them may fail; with
    `refused` every one of them must be refused. `pause`: milliseconds that a client rests between two.
    """
    command = ['taskset', '-c', LOAD_CORE, 'wrk', '-t1', '-c%d' % clients, '-d%ds' % seconds, '--latency', '-s',
               str(HERE / 'load.lua'), 'http://127.0.0.1:%d/' % server.port, '--', str(folder / 'requests')]
    if once:
        command.append('once')
    elif pause:
        command.append('%d' % pause)
    (folder / 'requests').write_bytes(b'\x1e'.join(requests or [get('/')]))
    used, before = server.cpu_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 60)
    used, after = server.cpu_seconds() - used, resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        found = json.loads(ran.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise Failed('wrk: %s' % ran.stdout.decode(errors='replace')[-500:])
    if refused and found['refused'] != found['requests']:
        raise Failed('%d of %d answers were no refusals' % (found['requests'] - found['refused'], found['requests']))
    if (found['refused'] and not refused) or found['broken'] or found['used_up'] or not found['requests']:
        raise Failed('%d of %d answers were refusals, %d connections broke%s'
                     % (found['refused'], found['requests'], found['broken'],
                        ', and the prepared requests did not last' if found['used_up'] else ''))
    load_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Load(found['requests'] / found['seconds'], found['requests'], used / found['seconds'],
                load_seconds / found['seconds'], found['p50_ms'], found['p99_ms'])
