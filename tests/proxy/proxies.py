"""Starts the real proxies on the files of deploy/, of which only addresses and paths are replaced."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from support.server import free_port, kill_group, _running

DEPLOY = pathlib.Path(__file__).resolve().parent.parent.parent / 'deploy'
START_SECONDS = RELOAD_SECONDS = 120  # only an end to waiting for what will not come


class Proxy:
    """
    `site` is 'any-api' or 'label-studio'. `base`: served under /base too, by the lines that the file has for it.
    """

    program = None
    patience = 10  # seconds that the daemon has for an answer, as in deploy/
    edit = staticmethod(lambda text: text)  # a test's own change to the file of deploy/

    def __init__(self, folder, site, latchkey, upstream, base=False):
        self.folder, self.site, self.base = folder, site, base
        self.latchkey, self.upstream = latchkey, upstream
        self.port = free_port()
        self.base_url = 'http://127.0.0.1:%d' % self.port
        self.process = None

    def fill_in(self, text):
        """The addresses of this run, and the patience."""
        for address, ours in (('127.0.0.1:8080', self.latchkey), ('127.0.0.1:9000', self.upstream),
                              ('127.0.0.1:8081', self.upstream)):
            text = text.replace(address, ours)
        text = text.replace('10s;', '%ds;' % self.patience)
        text = text.replace('header_timeout 10s', 'header_timeout %ds' % self.patience)
        text = text.replace('timeout = 10000', 'timeout = %d000' % self.patience)
        if self.base:
            text = re.sub(r'^( *|\t*)#((?:rewrite|uri|http-request) )', r'\1\2', text, flags=re.M)
        return text

    def copy(self, name, to=None, extra=lambda text: text):
        path = self.folder / (to or name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(extra(self.fill_in((DEPLOY / self.program / name).read_text())))
        return path

    def start(self):
        command = self.prepare()
        self.output = open(self.folder / 'output', 'w+')
        self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=subprocess.STDOUT, start_new_session=True,
                                        env=dict(os.environ, HOME=str(self.folder), XDG_DATA_HOME=str(self.folder),
                                                 XDG_CONFIG_HOME=str(self.folder)))
        _running.add(self.process)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError('%s did not start:\n%s' % (self.program, (self.folder / 'output').read_text()))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                pass
        kill_group(self.process)
        self.output.close()


class Nginx(Proxy):
    program = 'nginx'
    module = None
    site_of_module = property(lambda self: self.module is not None)  # or only loaded, and not used
    workers = 3
    user = 'root'  # of the workers, where nginx can choose
    changes_user = os.getuid() == 0
    more = ''  # further directives of http {}

    def prepare(self):
        for part in (DEPLOY / 'nginx' / 'latchkey').iterdir():
            self.copy('latchkey/' + part.name)
        site = self.site + ('-module' if self.site_of_module else '') + '.conf'
        self.copy(site, extra=lambda text: self.edit(text.replace('listen 80;', 'listen 127.0.0.1:%d;' % self.port)))
        (self.folder / 'nginx.conf').write_text('\n'.join([
            'load_module %s;' % self.module if self.module else '',
            'user %s;' % self.user if self.changes_user else '',
            'worker_processes %d;' % self.workers,
            'daemon off; pid nginx.pid; error_log error.log info;',
            'events { worker_connections 512; }',
            'http {',
            '    log_format test "$status $request_uri $upstream_status %s";' % ('$latchkey_cache' if self.module else ''),
            '    access_log access.log test;',
            *('    %s_temp_path tmp-%s;' % (kind, kind)
              for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')),
            '    keepalive_requests 1000000;',
            self.more,
            '    include %s;' % site,
            '}', '']))
        return ['nginx', '-p', str(self.folder), '-c', str(self.folder / 'nginx.conf'), '-e',
                str(self.folder / 'error.log')]

    def worker_pids(self):
        pid = self.process.pid
        return set(pathlib.Path('/proc/%d/task/%d/children' % (pid, pid)).read_text().split())

    def reload(self):
        """Returns when none but new workers are there."""
        old = self.worker_pids()
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + RELOAD_SECONDS
        while len(self.worker_pids()) != self.workers or self.worker_pids() & old:
            assert time.monotonic() < end, (self.folder / 'error.log').read_text()
            time.sleep(0.02)


class NginxBesideModule(Nginx):
    """auth_request in an nginx that has the module loaded."""

    site_of_module = False


class NginxModule(Nginx):
    """`module` is set by the fixture that builds it."""


class Caddy(Proxy):
    program = 'caddy'

    def prepare(self):
        self.copy('latchkey.caddy')
        self.copy(self.site + '.caddy', 'Caddyfile', lambda text: '{\n\tadmin off\n\tauto_https off\n}\n' + text.replace(
            ':80 {', ':%d {\n\tbind 127.0.0.1' % self.port))
        return ['caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile']


class HAProxy(Proxy):
    program = 'haproxy'

    def prepare(self):
        self.copy('latchkey.lua')
        self.copy(self.site + '.cfg', 'haproxy.cfg', lambda text: text.replace(
            'bind :80', 'bind 127.0.0.1:%d' % self.port).replace('/etc/haproxy', str(self.folder)))
        return ['haproxy', '-db', '-f', 'haproxy.cfg']


KINDS = {'nginx': Nginx, 'nginx-module': NginxModule, 'caddy': Caddy, 'haproxy': HAProxy}


def missing(kind):
    """Why a proxy cannot be started here, or nothing."""
    program = KINDS[kind].program
    return '' if shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin') else program + ' is not installed'
