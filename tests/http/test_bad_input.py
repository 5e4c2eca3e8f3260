"""What bad input gets: a clear refusal, and a daemon that goes on."""
import json
import re
import socket
import time
import urllib.parse

import pytest


class Raw:
    """Speaks HTTP byte by byte, as no library would."""

    def __init__(self, server, timeout=10):
        where = urllib.parse.urlsplit(server.base_url)
        self.host = where.netloc
        self.socket = socket.create_connection((where.hostname, where.port), timeout)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode('latin-1'))
        return self

    def answer(self):
        """Status, head and body of one answer; (None, '', '') when the connection just closes."""
        data = b''
        try:
            while b'\r\n\r\n' not in data:
                piece = self.socket.recv(65536)
                if not piece:
                    break
                data += piece
        except ConnectionResetError:
            pass
        head, _, body = data.partition(b'\r\n\r\n')
        if not head:
            return None, '', ''
        length = [int(line.split(b':')[1]) for line in head.split(b'\r\n') if line.lower().startswith(b'content-length')]
        while length and len(body) < length[0]:
            piece = self.socket.recv(65536)
            if not piece:
                break
            body += piece
        return int(head.split()[1]), head.decode('latin-1'), body.decode('utf-8', 'replace')

    def close(self):
        self.socket.close()


@pytest.fixture
def raw(server):
    connections = []

    def send(text, **more):
        connection = Raw(server)
        connections.append(connection)
        return connection.send(text.replace('HOST', connection.host) if isinstance(text, str) else text)

    yield send
    for connection in connections:
        connection.close()


@pytest.fixture(autouse=True)
def the_daemon_goes_on(server):
    yield
    assert server.client().get('/healthz').status == 200, server.log[-2000:]


@pytest.fixture(scope='module')
def ann(server):
    return server.new_user('ann')


# -- bodies ------------------------------------------------------------------------------------

PATHS = ['/api/token/refresh/', '/api/v1/tokens']


@pytest.mark.parametrize('path', PATHS)
def test_a_body_over_the_limit_is_refused_before_it_is_read(raw, path):
    began = time.monotonic()
    status, head, body = raw('POST %s HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n'
                             'Content-Length: 100000000\r\n\r\n' % path).answer()
    assert status == 413, head
    assert json.loads(body)
    assert time.monotonic() - began < 5


def test_a_chunked_body_over_the_limit_is_refused_while_it_is_read(raw):
    connection = raw('POST /api/token/refresh/ HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n'
                     'Transfer-Encoding: chunked\r\n\r\n')
    try:
        for _ in range(100):
            connection.send('4000\r\n' + 'x' * 0x4000 + '\r\n')
    except OSError:
        pass
    status, head, _ = connection.answer()
    assert status in (413, None), head


@pytest.mark.parametrize('path', PATHS)
def test_a_wrong_content_type_is_a_415(ann, path):
    answer = ann.post(path, body='refresh=x', headers={'Content-Type': 'text/plain'})
    assert answer.status == 415
    assert 'text/plain' in answer.detail or 'application/json' in answer.detail


@pytest.mark.parametrize('path', PATHS)
@pytest.mark.parametrize('body, line', [
    ('{"refresh": }', 1),
    ('{"refresh": "x"', 1),
    ('{\n"refresh": nope}', 2),
    ('{"refresh": "x"} trailing', 1),
    ("{'refresh': 'x'}", 1),
])
def test_broken_json_is_a_400_that_says_where(ann, path, body, line):
    answer = ann.post(path, body=body, headers={'Content-Type': 'application/json'})
    assert answer.status == 400, answer
    assert re.search(r'line %d column \d+' % line, answer.detail), answer


@pytest.mark.parametrize('path, body', [
    ('/api/token/refresh/', '{"refresh": "a", "refresh": "b"}'),
    ('/api/jwt/settings', '{"api_tokens_enabled": true, "api_tokens_enabled": false}'),
    ('/api/v1/tokens', '{"name": "a", "kind": "pat", "name": "b"}'),
    ('/api/v1/tokens', '{"name": "a", "n\\u0061me": "b", "kind": "pat"}'),
])
def test_a_key_twice_is_a_400(server, path, body):
    answer = server.owner.post(path, body=body, headers={'Content-Type': 'application/json'})
    assert answer.status == 400, answer
    assert server.owner.settings().json['api_tokens_enabled'] is True


@pytest.mark.parametrize('path', PATHS)
@pytest.mark.parametrize('body', ['[' * 2000 + ']' * 2000, '{"a":' * 600 + '1' + '}' * 600,
                                  '{"refresh": ' + '[' * 40 + ']' * 40 + '}', '[' * 4000])
def test_deep_nesting_is_a_400(ann, path, body):
    assert ann.post(path, body=body, headers={'Content-Type': 'application/json'}).status == 400


@pytest.mark.parametrize('path', PATHS)
@pytest.mark.parametrize('text', [b'\xff', b'\xc0\xaf', b'\xed\xa0\x80', b'\xf5\x80\x80\x80', b'\xe2\x82'])
def test_bad_utf8_is_a_400(ann, path, text):
    for body in (b'{"refresh": "' + text + b'"}', b'{"name": "' + text + b'", "kind": "pat"}'):
        assert ann.post(path, body=body, headers={'Content-Type': 'application/json'}).status == 400, body


@pytest.mark.parametrize('body', ['{"refresh": NaN}', '{"refresh": Infinity}', '{"refresh": 1e999}',
                                  '{"refresh": ' + '9' * 5000 + '}', '\ufeff{}'])
def test_what_is_almost_json_does_no_harm(ann, body):
    answer = ann.post('/api/token/refresh/', body=body.encode(), headers={'Content-Type': 'application/json'})
    assert answer.status in (400, 401), answer


@pytest.mark.parametrize('token', ['.', '..', '...', 'a.b.c', '=.=.=', 'e30.e30.', 'x' * 2000, '\u0000', 'é.ü.ß',
                                   'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..', ' ', '.' * 3000])
def test_a_nonsense_token_is_refused_everywhere(server, ann, token):
    assert server.refresh(token).status in (400, 401)
    assert ann.revoke(token).status in (400, 404)
    assert ann.rotate(token).status == 400


@pytest.mark.parametrize('name', ['application/json', 'application/x-www-form-urlencoded',
                                  'multipart/form-data; boundary=x'])
@pytest.mark.parametrize('body', [b'', b'\x00', b'%', b'%zz=%', b'refresh', b'--x', b'--x\r\n\r\n--x--', b'&' * 5000,
                                  b'=' * 5000, b'--x\r\nContent-Disposition: form-data; name="refresh"\r\n\r\n'])
def test_a_broken_form_does_no_harm(ann, name, body):
    answer = ann.post('/api/token/refresh/', body=body, headers={'Content-Type': name})
    assert answer.status in (400, 401), answer
    assert answer.json is not None, 'the SDK breaks on a body that is no JSON'


# -- heads -------------------------------------------------------------------------------------


def test_a_huge_header_is_refused(raw):
    status, head, _ = raw('GET /api/token/ HTTP/1.1\r\nHost: HOST\r\nX-Big: %s\r\n\r\n' % ('x' * 200000)).answer()
    assert status in (400, 413, 431, None), head


def test_very_many_headers_are_refused(raw):
    lines = ''.join('X-%d: x\r\n' % number for number in range(5000))
    status, head, _ = raw('GET /api/token/ HTTP/1.1\r\nHost: HOST\r\n' + lines + '\r\n').answer()
    assert status in (400, 413, 431, None), head


def test_a_long_path_is_refused(raw):
    status, head, _ = raw('GET /%s HTTP/1.1\r\nHost: HOST\r\n\r\n' % ('x' * 100000)).answer()
    assert status in (400, 414, 431, None), head


def test_a_long_credential_is_nobody(server):
    for value in ('Bearer ' + 'x' * 8000, 'Token ' + 'x' * 8000, 'Bearer ' + 'a.' * 4000):
        assert server.client(Authorization=value).whoami().status == 401


@pytest.mark.parametrize('first, second', [
    ('Content-Length: 2', 'Content-Length: 2'),
    ('Content-Length: 2', 'Content-Length: 20'),
    ('Content-Length: 2', 'Transfer-Encoding: chunked'),
    ('Transfer-Encoding: chunked', 'Content-Length: 2'),
    ('Content-Length: 2', 'Host: other.example'),
    ('Authorization: Token x', 'Authorization: Bearer y'),
    ('Authorization: Token x', 'authorization: Token x'),
    ('X-Original-URI: /a', 'X-Original-URI: /b'),
    ('X-Original-Method: GET', 'X-Original-Method: POST'),
])
def test_a_head_that_can_be_read_in_two_ways_is_refused(raw, first, second):
    length = '' if 'Content-Length' in first + second or 'chunked' in first + second else 'Content-Length: 2\r\n'
    status, head, _ = raw('POST /api/token/refresh/ HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n'
                          '%s\r\n%s\r\n%s\r\n{}' % (first, second, length)).answer()
    assert status in (400, None), head


def test_an_absolute_target_is_refused(raw):
    status, head, _ = raw('GET http://other.example/api/version HTTP/1.1\r\nHost: HOST\r\n\r\n').answer()
    assert status == 400, head


@pytest.mark.parametrize('line', ['GET  HTTP/1.1', 'GET / HTTP/9.9', '\x00\x01\x02', 'GET', 'G\x00T / HTTP/1.1',
                                  'GET /api/\x00token HTTP/1.1', 'GET /api/\ttoken/ HTTP/1.1', 'BREW / HTTP/1.1'])
def test_a_broken_request_line_is_refused(raw, line):
    status, head, _ = raw(line + '\r\nHost: HOST\r\n\r\n').answer()
    assert status is None or 300 <= status < 600 and status != 500, head


@pytest.mark.parametrize('path', ['/api/%00token/', '/api/token/%0d%0aX-Injected:%20yes', '/%2e%2e/%2e%2e/etc/passwd',
                                  '/../../etc/passwd', '/static/../../../etc/passwd', '/%ff%fe', '/api/%zz', '/%'])
def test_an_odd_path_is_not_there(raw, path):
    status, head, body = raw('GET %s HTTP/1.1\r\nHost: HOST\r\n\r\n' % path).answer()
    assert status in (400, 404), head
    assert 'X-Injected' not in head and 'root:' not in body


def test_a_control_byte_in_a_header_is_not_passed_on(raw):
    status, head, _ = raw('GET /healthz HTTP/1.1\r\nHost: HOST\r\nX-Request-ID: a\x01\x7f\x1b[31m\r\n\r\n').answer()
    assert '\x1b' not in head and '\x01' not in head
    assert status in (200, 400)


def test_a_control_byte_does_not_reach_the_log(server, raw):
    raw('GET /api/%1b%5b31m?x=%0aforged HTTP/1.1\r\nHost: HOST\r\nUser-Agent: \x1b[31m\r\n\r\n').answer()
    assert '\x1b' not in server.log
    assert not any(line.startswith('forged') for line in server.lines)


def test_an_unfinished_request_keeps_nobody_waiting(server, raw):
    hanging = [raw('POST /api/token/refresh/ HTTP/1.1\r\nHost: HOST\r\nContent-Length: 50\r\n\r\n{') for _ in range(50)]
    began = time.monotonic()
    assert server.client().get('/healthz').status == 200
    assert time.monotonic() - began < 2
    for connection in hanging:
        connection.close()


def test_one_connection_serves_many_requests(raw):
    connection = raw('')
    for _ in range(50):
        connection.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
        status, _, _ = connection.answer()
        assert status == 200


def test_a_refusal_leaves_the_connection_usable(raw):
    connection = raw('')
    for _ in range(3):
        connection.send('POST /api/token/refresh/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
                        'Content-Length: 1\r\n\r\n{')
        assert connection.answer()[0] == 400


def test_head_has_no_body_and_the_same_length(server):
    get, head = server.client().get('/api/version'), server.client().request('HEAD', '/api/version')
    assert head.text == '' and head.status == get.status
