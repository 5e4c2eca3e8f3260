"""
The proxies of deploy/, with a daemon and an upstream of each test file's own.

  stack        one proxy with all that belongs to it, of each kind in turn; shared by a file's tests
  make_stack   starts further ones, of one's own: make_stack('nginx', site='any-api', base=True)
"""
import os
import pathlib
import subprocess

import pytest

from proxies import KINDS, NginxModule, missing
from stack import Stack, SteadyServer
from upstream import Upstream

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope='session')
def nginx_module(latchkey):
    """Built once; LATCHKEY_NGINX_MODULE names one that is built already."""
    given = os.environ.get('LATCHKEY_NGINX_MODULE')
    if given:
        return given
    if not pathlib.Path('/usr/share/nginx/src/conf_flags').exists():
        pytest.skip('nginx-dev is not installed')
    done = subprocess.run([ROOT / 'tools' / 'build-nginx-module', latchkey.parent], text=True, capture_output=True)
    assert done.returncode == 0, done
    return done.stdout.strip()


@pytest.fixture(scope='module')
def make_stack(latchkey, request, tmp_path_factory):
    running = []

    def make(kind, site='any-api', base=False, options=(), upstream=None, server=None, proxy_class=None, **attributes):
        if missing(kind):
            pytest.skip(missing(kind))
        if kind == 'nginx-module':
            NginxModule.module = request.getfixturevalue('nginx_module')
        if server is None:
            server = SteadyServer(latchkey, tmp_path_factory.mktemp('server'), options=[
                '--trusted-proxies', '127.0.0.1/32', '--legacy-tokens', 'on', *options]).start()
            running.append(server.kill9)
        if upstream is None:
            upstream = Upstream()
            running.append(upstream.close)
        proxy = (proxy_class or KINDS[kind])(tmp_path_factory.mktemp('proxy'), site, '127.0.0.1:%d' % server.port,
                                             upstream.address, base)
        for name, value in attributes.items():
            setattr(proxy, name, value)
        proxy.start()
        running.append(proxy.stop)
        return Stack(kind, server, upstream, proxy)

    yield make
    for end in reversed(running):
        end()


@pytest.fixture(scope='module', params=list(KINDS))
def stack(request, make_stack):
    return make_stack(request.param)
