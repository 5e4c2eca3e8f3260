"""
A proxy that others wrote for OAuth: Apache with mod_auth_openidc, by introspection and by public
keys, on the files of deploy/apache. It insists on HTTPS.
"""
import pathlib
import re
import ssl
import subprocess
import time

import pytest
import requests

from proxies import Proxy
from stack import SteadyServer
from support.client import Client
from support.oauth import grant, revoke
from upstream import Upstream

MODULES = pathlib.Path('/usr/lib/apache2/modules')
PROGRAM = pathlib.Path('/usr/sbin/apache2')
LOADED = ['mpm_event', 'authn_core', 'authz_core', 'proxy', 'proxy_http', 'auth_openidc']


class TlsServer(SteadyServer):
    """A daemon that serves HTTPS with a certificate of its own."""

    certificate = None

    def command(self, port):
        words = super().command(port)
        self.base_url = 'https://127.0.0.1:%d' % self.port
        return words

    def _wait_until_ready(self):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if requests.get(self.base_url + '/readyz', verify=self.certificate, timeout=5).ok:
                    return True
            except requests.RequestException:
                time.sleep(0.05)
        return False

    def client(self, **headers):
        client = Client(self.base_url, headers)
        client.http.verify = self.certificate
        return client


class Apache(Proxy):
    program = 'apache'

    def prepare(self):
        site = self.fill_in((pathlib.Path(self.site)).read_text())
        site = site.replace('https://latchkey.example', 'https://' + self.latchkey)
        site = site.replace('#OIDCCABundlePath /etc/latchkey/ca.pem', 'OIDCCABundlePath %s' % self.certificate)
        site = site.replace('/etc/latchkey/apache-secret.conf', str(self.secret))
        lines = ['ServerName localhost', 'ServerRoot %s' % self.folder, 'Listen 127.0.0.1:%d' % self.port,
                 'PidFile %s/pid' % self.folder, 'ErrorLog %s/error.log' % self.folder,
                 'ThreadsPerChild 8', 'MaxRequestWorkers 8', 'StartServers 1', 'ServerLimit 1']
        lines += ['LoadModule %s_module %s/mod_%s.so' % (name, MODULES, name) for name in LOADED]
        (self.folder / 'httpd.conf').write_text('\n'.join(lines) + '\n' + site)
        return [str(PROGRAM), '-f', str(self.folder / 'httpd.conf'), '-X']


@pytest.fixture(scope='module')
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tls')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-keyout', folder / 'key.pem', '-out', folder / 'cert.pem', '-days', '2', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)
    ssl.create_default_context(cafile=folder / 'cert.pem')  # it can be read
    return folder


@pytest.fixture(scope='module')
def server(latchkey, certificate, tmp_path_factory):
    server = TlsServer(latchkey, tmp_path_factory.mktemp('server'), options=[
        '--tls-cert-file', str(certificate / 'cert.pem'), '--tls-key-file', str(certificate / 'key.pem')])
    server.certificate = str(certificate / 'cert.pem')
    server.start()
    yield server
    server.kill9()


@pytest.fixture(scope='module')
def make_apache(server, certificate, tmp_path_factory):
    if not PROGRAM.exists() or not (MODULES / 'mod_auth_openidc.so').exists():
        pytest.skip('apache2-bin and libapache2-mod-auth-openidc are not installed')
    running = []

    def make(name):
        upstream = Upstream()
        running.append(upstream.close)
        folder = tmp_path_factory.mktemp('apache')
        key = new_token(server, 'apache-' + folder.name, '--kind', 'api_key')
        (folder / 'secret.conf').write_text('OIDCOAuthClientSecret %s\n' % key)
        site = pathlib.Path(__file__).resolve().parent.parent.parent / 'deploy' / 'apache' / name
        proxy = Apache(folder, site, '127.0.0.1:%d' % server.port, upstream.address)
        proxy.certificate, proxy.secret = server.certificate, folder / 'secret.conf'
        proxy.start()
        running.append(proxy.stop)
        return proxy

    yield make
    for end in reversed(running):
        end()


def new_token(server, name, *words):
    done = server.cli('token', 'create', '--user', server.owner_email, '--name', name, *words)
    assert done.returncode == 0, done
    return done.stdout.strip()


def access_of(server, pat):
    answer = grant(server, 'refresh_token', refresh_token=pat)
    assert answer.status == 200, answer
    return answer.json['access_token']


def ask(proxy, token=None):
    headers = {'Authorization': 'Bearer ' + token} if token else {}
    return Client(proxy.base_url, headers).get('/hello', headers={'Connection': 'close'})


def test_apache_lets_pass_what_introspection_calls_active(server, make_apache):
    apache = make_apache('introspection.conf')
    pat = new_token(server, 'introspected')
    access = access_of(server, pat)
    seen = ask(apache, access)
    assert seen.status == 200, (apache.folder / 'error.log').read_text()
    headers = dict(seen.json['headers'])
    assert headers['OIDC_CLAIM_username'] == server.owner_email and headers['OIDC_CLAIM_scope'] == 'all'
    assert ask(apache, new_token(server, 'key', '--kind', 'api_key')).status == 200
    assert ask(apache, 'nonsense').status == 401 and ask(apache).status == 401
    narrow = grant(server, 'refresh_token', refresh_token=pat, scope='read').json['access_token']
    assert ask(apache, narrow).status in (401, 403), 'Apache cannot tell what it may'
    assert revoke(server, pat).status == 200
    assert ask(apache, access).status == 401, 'with the next request'


def test_apache_checks_tokens_by_the_public_keys_through_a_rotation(server, make_apache):
    apache = make_apache('jwks.conf')
    pat = new_token(server, 'verified')
    assert ask(apache, access_of(server, pat)).status == 401, 'HS256 is no public key'
    seen = []
    for algorithm in ('ES256', 'RS256'):
        server.cli_json('key', 'add', '--algorithm', algorithm, '--current')
        seen.append(access_of(server, pat))
        assert ask(apache, seen[-1]).status == 200, (apache.folder / 'error.log').read_text()
    server.cli_json('key', 'rotate', '--algorithm', 'ES256', '--now')
    seen.append(access_of(server, pat))
    for token in seen:
        assert ask(apache, token).status == 200, 'the old ones too'
    narrow = grant(server, 'refresh_token', refresh_token=pat, scope='read').json['access_token']
    assert ask(apache, narrow).status in (401, 403), 'Apache cannot tell what it may'
    assert ask(apache, pat).status == 401, 'a PAT is none: it is HS256'
    assert ask(apache, re.sub(r'.{8}$', 'AAAAAAAA', seen[-1])).status == 401
