"""How the daemon is reached: TLS, a Unix socket, a path below another site; and how it lets go."""
import http.client
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest

from support.client import Client


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=10)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def make_certificate(folder, name='localhost', serial=1):
    key, cert = folder / 'key.pem', folder / 'cert.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-keyout', str(key), '-out', str(cert), '-days', '2', '-subj', '/CN=' + name,
                    '-set_serial', str(serial), '-addext', 'subjectAltName=IP:127.0.0.1'],
                   check=True, capture_output=True)
    key.chmod(0o600)
    return key, cert


def wait_for_port(server, port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            assert server.process.poll() is None, server.log
            time.sleep(0.02)
    raise AssertionError('nobody listens: ' + server.log)


def port_of(server):
    return urllib.parse.urlsplit(server.base_url).port


@pytest.fixture
def https(make_server, tmp_path):
    key, cert = make_certificate(tmp_path)
    server = make_server('--tls-cert-file', str(cert), '--tls-key-file', str(key), start=False)
    server._wait_until_ready = lambda: wait_for_port(server, port_of(server)) or True
    server.start()
    server.base_url = server.base_url.replace('http:', 'https:')
    return server, cert


def serial_shown(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(('127.0.0.1', port), 5) as plain, context.wrap_socket(plain) as wrapped:
        der = wrapped.getpeercert(binary_form=True)
    text = subprocess.run(['openssl', 'x509', '-inform', 'DER', '-noout', '-serial'], input=der, capture_output=True,
                          check=True).stdout.decode()
    return int(text.split('=')[1], 16)


def test_https_with_a_certificate_of_ones_own(https):
    server, cert = https
    client = Client(server.base_url)
    client.http.verify = str(cert)
    assert client.get('/api/version').status == 200
    client.sign_in(server.owner_email, server.owner_password)
    assert client.whoami().status == 200
    assert 'sessionid' in client.http.cookies
    session = [cookie for cookie in client.http.cookies if cookie.name == 'sessionid'][0]
    assert session.secure, 'a cookie from https never goes out in clear'
    for path in ('/api/version', '/user/login/', '/api/v1/session', '/', '/nothing'):
        assert client.get(path).headers['Strict-Transport-Security'] == 'max-age=31536000', path


def test_in_clear_and_strictly_nothing_is_promised_of_https(server, make_server, tmp_path):
    assert 'Strict-Transport-Security' not in server.client().get('/user/login/').headers
    key, cert = make_certificate(tmp_path)
    strict = make_server('--strict', '--tls-cert-file', str(cert), '--tls-key-file', str(key), start=False)
    strict._wait_until_ready = lambda: wait_for_port(strict, port_of(strict)) or True
    strict.start()
    client = Client(strict.base_url.replace('http:', 'https:'))
    client.http.verify = str(cert)
    assert 'Strict-Transport-Security' not in client.get('/user/login/').headers


def test_old_tls_is_refused(https):
    server, _ = https
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers('ALL:@SECLEVEL=0')
    with socket.create_connection(('127.0.0.1', port_of(server)), 5) as plain:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain)


def test_a_renewed_certificate_is_taken_at_sighup(https, tmp_path):
    server, _ = https
    assert serial_shown(port_of(server)) == 1
    make_certificate(tmp_path, serial=77)
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 5
    while serial_shown(port_of(server)) != 77:
        assert time.monotonic() < end, server.log
        time.sleep(0.05)


def test_a_unix_socket(make_server, tmp_path):
    path = tmp_path / 'latchkey.socket'
    server = make_server(start=False)
    command = server.command
    server.command = lambda port: [word if not word.startswith('127.0.0.1:') else 'unix:%s' % path
                                   for word in command(port)]

    def ready():
        end = time.monotonic() + 20
        while time.monotonic() < end and server.process.poll() is None:
            try:
                UnixConnection(path).connect()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    server._wait_until_ready = ready
    server.start()
    connection = UnixConnection(path)
    connection.request('GET', '/api/version')
    assert connection.getresponse().status == 200
    connection.close()
    server.kill9()
    server.start()  # what was left of the socket is no obstacle
    connection = UnixConnection(path)
    connection.request('GET', '/healthz')
    assert connection.getresponse().status == 200
    connection.close()
    assert server.stop() == 0
    assert not path.exists(), 'nothing is left behind'


def test_a_path_in_the_public_url_is_honoured(make_server):
    server = make_server('--public-url', 'https://example.com/base', start=False)
    server.start()
    client = server.client()
    page = client.get('/base/user/login/')
    assert page.status == 200
    assert re.search(r'action="/base/user/login/', page.text) or 'action=""' in page.text or 'action' not in page.text
    assert client.get('/base/api/version').status == 200
    answer = client.get('/base/user/account/')
    assert (answer.status, answer.headers['Location']) == (302, '/base/user/login/?next=/base/user/account/')
    refused = client.post('/base/api/token/refresh/', json={'refresh': 'x'})
    assert refused.status == 401
    assert client.post('/api/token/refresh/', json={'refresh': 'x'}).status == 401, 'the SDK 2.0.17 loses the path'


def test_what_is_under_way_is_finished_at_sigterm(make_server):
    server = make_server()
    ann = server.new_user('ann')
    clients, answers = [server.client() for _ in range(4)], []
    for client in clients:
        client.csrf_field('/user/login/')

    def sign_in(client):  # long enough to be under way: a password hash
        form = {'email': ann.email, 'password': ann.password}
        answers.append(client.post('/user/login/', form=form))

    threads = [threading.Thread(target=sign_in, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(0.08)
    status = server.stop()
    for thread in threads:
        thread.join(15)
    assert status == 0, server.log
    assert len(answers) == 4 and {answer.status for answer in answers} <= {302, 503}


def test_an_idle_connection_does_not_hold_up_the_end(make_server, engine):
    if engine != 'sqlite':
        pytest.skip('no database in it: one engine is enough')
    server = make_server()
    where = urllib.parse.urlsplit(server.base_url)
    idle = [socket.create_connection((where.hostname, where.port)) for _ in range(5)]
    idle[0].sendall(b'POST /api/token/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 13, 'ten seconds, and a busy machine'
    for connection in idle:
        connection.close()


def test_health_and_readiness(make_server):
    client = make_server().client()
    assert client.get('/healthz').status == 200
    assert client.get('/readyz').status == 200
    assert client.get('/api/v1/version').json['version']


def test_a_request_id_is_given_and_taken_over(make_server):
    client = make_server().client()
    given = client.get('/api/version').headers['X-Request-ID']
    assert given and given != client.get('/api/version').headers['X-Request-ID']
    answer = client.get('/api/version', headers={'X-Request-ID': 'of-the-proxy-1'})
    assert answer.headers['X-Request-ID'] == 'of-the-proxy-1'
