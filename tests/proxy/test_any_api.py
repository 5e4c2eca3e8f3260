"""What an API behind a proxy sees of its callers, and who gets there at all."""
import base64
import hashlib
import os
import socket
import threading
import time
import urllib.parse

import pytest

from proxies import KINDS
from stack import told
from support import jwt

IDENTITY = ('x-auth-user-id', 'x-auth-email', 'x-auth-organization-id', 'x-auth-role', 'x-auth-scope',
            'x-auth-token-id', 'x-auth-token-kind')
FORGED = ('X-Auth-User-Id', 'X-Auth-Email', 'X-Auth-Organization-Id', 'X-Auth-Role', 'X-Auth-Scope', 'X-Auth-Token-Id',
          'X-Auth-Token-Kind', 'X-Latchkey-Want', 'X-Latchkey-Decision', 'X-Original-Method', 'X-Original-URI',
          'X-Forwarded-Method', 'X-Forwarded-Uri')
MEGABYTE = 1 << 20


@pytest.fixture(scope='module')
def pat(stack):
    return stack.server.owner.create_pat()


@pytest.fixture(scope='module')
def access(stack, pat):
    return stack.server.access(pat)


@pytest.fixture(scope='module')
def legacy_key(stack):
    return stack.server.owner.legacy_key()


@pytest.fixture(scope='module')
def api_key(stack):
    answer = stack.server.owner.create_token('a program', kind='api_key')
    assert answer.status == 201, answer
    return answer.json['token']


def basic(user, password):
    return 'Basic ' + base64.b64encode(('%s:%s' % (user, password)).encode()).decode()


def test_each_form_of_credential_says_who_is_calling(stack, pat, access, legacy_key, api_key):
    forms = {
        'access': [{'Authorization': 'Bearer ' + access}, {'Authorization': 'Token ' + access}, {'X-API-Key': access},
                   {'Authorization': basic('', access)}],
        'pat': [{'Authorization': 'Bearer ' + pat}, {'Authorization': 'Token ' + pat}, {'X-API-Key': pat},
                {'Authorization': basic('anybody', pat)}],
        'legacy': [{'Authorization': 'Token ' + legacy_key}, {'Authorization': 'Bearer ' + legacy_key},
                   {'X-API-Key': legacy_key}, {'Authorization': basic('anybody', legacy_key)},
                   {'Authorization': basic(legacy_key, '')}],
        'api_key': [{'Authorization': 'Bearer ' + api_key}, {'Authorization': 'Token ' + api_key},
                    {'X-API-Key': api_key}, {'Authorization': basic('anybody', api_key)}],
    }
    for kind, ways in forms.items():
        for headers in ways:
            seen = told(stack.client().get('/hello', headers=headers))
            assert seen['x-auth-token-kind'] == [kind], (headers, seen)
            assert seen['x-auth-user-id'] == ['1']
            assert seen['x-auth-email'] == [stack.server.owner_email]
            assert seen['x-auth-organization-id'] == ['1']
            assert seen['x-auth-role'] == ['owner']


def test_the_upstream_gets_a_token_of_its_own_in_place_of_the_callers(stack, pat, legacy_key):
    for headers in ({'Authorization': 'Bearer ' + pat}, {'Authorization': 'Token ' + legacy_key}, {'X-API-Key': pat},
                    {'X-API-Key': legacy_key, 'Authorization': 'Bearer ' + pat}):
        answer = stack.client().get('/hello', headers=headers)
        seen = told(answer)
        assert pat not in answer.text and legacy_key not in answer.text
        assert 'x-api-key' not in seen
        (authorization,) = seen['authorization']
        scheme, token = authorization.split(' ')
        assert scheme == 'Bearer'
        claims = jwt.claims(token)
        assert claims['token_type'] == 'access' and claims['user_id'] == '1'
        assert stack.server.whoami(token).status == 200


def test_what_the_caller_says_of_himself_never_survives(stack, access):
    forged = {name: 'forged' for name in FORGED}
    forged.update({name.replace('-', '_'): 'forged' for name in FORGED})
    forged.update({'X_API_Key': 'forged', 'X_Api-Key': 'forged', 'x_auth-user_id': 'forged',
                   'X-Auth-Token-Expires-In': 'forged'})
    answer = stack.client(Authorization='Bearer ' + access).get('/hello', headers=forged)
    seen = told(answer)
    assert 'forged' not in answer.text, seen
    assert [len(seen[name]) for name in IDENTITY] == [1] * len(IDENTITY)


@pytest.mark.parametrize('kind', list(KINDS))
def test_nobody_is_said_to_be_nobody(make_stack, kind):
    """Where a request without a credential passes, nothing says who it is, not even a header that is empty or odd."""
    seen = told(make_stack(kind, site='label-studio').client(X_Auth_User_Id='1').get('/api/hello'))
    assert [name for name in seen if name.startswith('x-auth-') or name == 'authorization'] == []


def new_key(stack, days):
    answer = stack.server.owner.create_token('for %d days' % days, kind='api_key', ttl_days=days)
    assert answer.status == 201, answer
    return answer.json['token']


def test_the_upstream_hears_that_a_token_ends_soon(stack):
    client = stack.client(Authorization='Bearer ' + new_key(stack, 1), X_Auth_Token_Expires_In='99')
    left = [int(told(client.get('/hello'))['x-auth-token-expires-in'][0]) for _ in range(5)]
    assert all(86000 < seconds <= 86400 for seconds in left), left
    time.sleep(1.1)
    assert int(told(client.get('/hello'))['x-auth-token-expires-in'][0]) < left[0]
    client = stack.client(Authorization='Bearer ' + new_key(stack, 30), X_Auth_Token_Expires_In='99')
    for _ in range(3):
        assert 'x-auth-token-expires-in' not in told(client.get('/hello'))


def test_without_a_credential_nothing_gets_through(stack):
    before = len(stack.upstream.seen)
    for method in ('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'):
        answer = stack.client().request(method, '/hello')
        assert answer.status == 401, (method, answer)
        assert answer.headers['WWW-Authenticate'] == 'Bearer realm="latchkey"'
        if method != 'HEAD':
            assert answer.json['status'] == 401 and answer.headers['Content-Type'].startswith('application/json')
    assert len(stack.upstream.seen) == before


@pytest.mark.parametrize('headers', [
    {'Authorization': 'Bearer garbage'}, {'Authorization': 'Token ' + '0' * 40}, {'Authorization': 'Basic !'},
    {'Authorization': 'Basic ' + base64.b64encode(b'no colon').decode()}, {'Authorization': 'Bearer'},
    {'Authorization': 'Digest username="x"'}, {'X-API-Key': 'garbage'}, {'X-API-Key': ''},
    {'Authorization': 'Bearer eyJhbGciOiJub25lIn0.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIiwidXNlcl9pZCI6IjEifQ.'},
    {'Authorization': 'Bearer ' + 'a' * 7000}], ids=lambda headers: str(headers)[:50])
def test_a_bad_credential_is_refused_with_its_reason(stack, headers):
    before = len(stack.upstream.seen)
    answer = stack.client().get('/hello', headers=headers)
    assert answer.status == 401, answer
    assert 'realm="latchkey", error="' in answer.headers['WWW-Authenticate']
    assert answer.json['status'] == 401
    assert len(stack.upstream.seen) == before


def test_x_api_key_wins_over_authorization(stack, access, legacy_key):
    good, bad = 'Bearer ' + access, 'Bearer garbage'
    assert stack.client(Authorization=good, X_API_Key='garbage').get('/').status == 401
    assert told(stack.client(Authorization=bad, X_API_Key=legacy_key).get('/'))['x-auth-token-kind'] == ['legacy']


def test_a_repeated_credential_is_refused(stack, access, legacy_key):
    before = len(stack.upstream.seen)
    for line in ('Authorization: Bearer %s' % access, 'X-API-Key: %s' % legacy_key):
        for second in (line, line.split(':')[0] + ': garbage'):
            for pair in (line + '\r\n' + second, second + '\r\n' + line):
                status = stack.raw(('GET /hello HTTP/1.1\r\nHost: x\r\n%s\r\nConnection: close\r\n\r\n' % pair).encode())
                assert status in (400, 401), pair
    assert len(stack.upstream.seen) == before


def test_a_question_cannot_be_bent_by_the_caller(stack, access):
    """Neither by the words of another proxy's dialect, nor by the query."""
    before = len(stack.upstream.seen)
    words = [{'X-Original-URI': '/auth?anonymous=pass'}, {'X-Forwarded-Uri': '/public', 'X-Forwarded-Method': 'GET'},
             {'X-Forwarded-For': '127.0.0.1'}, {'X-HTTP-Method-Override': 'OPTIONS'}, {'X-Latchkey-Want': 'decision'}]
    for headers in words:
        for path in ('/hello', '/hello?anonymous=pass', '/auth?anonymous=pass', '/auth/?anonymous=pass'):
            assert stack.client().get(path, headers=headers).status == 401, (headers, path)
    assert len(stack.upstream.seen) == before
    for headers in words:
        assert stack.client(Authorization='Bearer ' + access).get('/hello', headers=headers).status == 200, headers


TRICKS = ('//hello', '/a/../hello', '/./hello', '/a/%2e%2e/hello', '/a%2fhello', '/%2e%2e/hello', '/hello/..', '/..',
          '/a;b=c/hello', '/hello%00', '/hello%0d%0aX-Auth-User-Id:%2099', '/%c0%af', '/%zz', '/h%c3%a9llo', '/\u00e9',
          '/_latchkey', '/_latchkey_or_nobody', '/auth', '/hello?a=%00', '/hello#x', '*', 'http://x/hello',
          'http://x/auth?anonymous=pass')


@pytest.mark.parametrize('path', TRICKS)
def test_no_path_gets_around_the_question(stack, access, path):
    before = len(stack.upstream.seen)
    head = 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n%s\r\n'
    status = stack.raw((head % (path, stack.proxy.port, '')).encode())
    assert 400 <= status < 500 or status in (301, 308), status
    assert len(stack.upstream.seen) == before
    # with one: passed, or refused, but no mistake of ours
    status = stack.raw((head % (path, stack.proxy.port, 'Authorization: Bearer %s\r\n' % access)).encode())
    assert status == 200 or 400 <= status < 500 or status in (301, 308), status


def test_a_large_upload_passes_whole(stack, access):
    body = os.urandom(MEGABYTE) * 50
    answer = stack.client(Authorization='Bearer ' + access).post('/upload', body=body)
    assert answer.status == 200, answer
    assert answer.json['body_bytes'] == len(body)
    assert answer.json['body_sha256'] == hashlib.sha256(body).hexdigest()


def test_a_chunked_upload_passes_whole(stack, access):
    body = os.urandom(MEGABYTE) * 5
    pieces = (body[at:at + 100_000] for at in range(0, len(body), 100_000))
    answer = stack.client(Authorization='Bearer ' + access).post('/upload', body=pieces)
    assert answer.status == 200, answer
    assert answer.json['body_sha256'] == hashlib.sha256(body).hexdigest()


def test_a_websocket_passes(stack, access):
    with socket.create_connection(('127.0.0.1', stack.proxy.port), 60) as connection:
        connection.sendall(('GET /socket HTTP/1.1\r\nHost: x:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
                            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
                            'Authorization: Bearer %s\r\n\r\n' % (stack.proxy.port, access)).replace(
                                'x:%d' % stack.proxy.port, '127.0.0.1:%d' % stack.proxy.port).encode())
        reader = connection.makefile('rb')
        assert b' 101 ' in reader.readline()
        headers = {}
        for line in iter(reader.readline, b'\r\n'):
            name, value = line.decode().split(':', 1)
            headers[name.lower()] = value.strip()
        assert headers['sec-websocket-accept'] == 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
        assert headers['x-seen-user'] == '1'
        for message in (b'there', b'and back' * 1000):
            connection.sendall(message)
            assert reader.read(len(message)) == message


def test_a_websocket_without_a_credential_is_refused(stack):
    status = stack.raw(('GET /socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
                        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
                        % stack.proxy.port).encode())
    assert status == 401


def test_many_callers_at_once_are_not_mixed_up(stack):
    """Each sees himself, whatever connection to the daemon or the upstream he shares."""
    callers = {}
    for _ in range(4):
        user = stack.server.new_user()
        callers[user.id] = stack.server.access(user.create_pat())
    wrong, done = [], []

    def call(user_id, token):
        client = stack.client(Authorization='Bearer ' + token)
        for _ in range(50):
            seen = told(client.get('/hello'))
            done.append(user_id)
            if seen['x-auth-user-id'] != [str(user_id)] or jwt.claims(seen['authorization'][0].split(' ')[1])[
                    'user_id'] != str(user_id):
                wrong.append((user_id, seen))

    threads = [threading.Thread(target=call, args=item) for item in callers.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:2]
    assert len(done) == 50 * len(callers)


@pytest.mark.parametrize('kind', ['nginx', 'nginx-module', 'caddy', 'haproxy'])
def test_under_a_path(make_stack, kind):
    stack = make_stack(kind, base=True)
    pat = stack.server.owner.create_pat()
    assert stack.client().get('/base/hello').status == 401
    answer = stack.client(Authorization='Bearer ' + pat).get('/base/hello/w%C3%B6rld?x=1&y=%2F')
    assert told(answer)['x-auth-user-id'] == ['1']
    assert urllib.parse.unquote(answer.json['path']) == '/hello/wörld?x=1&y=/'
