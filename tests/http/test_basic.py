"""HTTP Basic with a token, by curl itself: for tools that know passwords only. And what a browser may do with it."""
import base64
import json
import subprocess

import pytest

WHOAMI, TOKENS = '/api/current-user/whoami', '/api/v1/tokens'
JSON = ('-H', 'Content-Type: application/json')


@pytest.fixture(scope='module')
def server(make_module_server):
    return make_module_server('--legacy-tokens', 'on')


@pytest.fixture(scope='module')
def ann(server):
    return server.new_user('ann')


@pytest.fixture(scope='module')
def key(ann):
    return ann.create_token('by basic', kind='api_key').json['token']


@pytest.fixture(scope='module')
def credentials(server, ann, key):
    pat = ann.create_token('as a password').json['token']
    return {'api_key': key, 'pat': pat, 'access': server.access(pat), 'legacy': ann.get('/api/v1/legacy-token').json['token']}


@pytest.fixture
def curl(server):
    """curl's status, head and body; `user` is its -u."""
    def ask(user, path, *words):
        done = subprocess.run(['curl', '-q', '-s', '-i', '--noproxy', '*', '-u', user, *words, server.base_url + path], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=True, timeout=60, text=True)
        head, _, body = done.stdout.partition('\n\n')
        return int(head.split()[1]), head.lower(), json.loads(body) if body else None
    return ask


def order(name):
    return ('-X', 'POST', *JSON, '-d', json.dumps({'name': name}))


def names(ann):
    return [token['name'] for token in ann.get(TOKENS + '?limit=200').json['items']]


@pytest.mark.parametrize('kind', ['api_key', 'pat', 'access', 'legacy'])
@pytest.mark.parametrize('path', [WHOAMI, TOKENS, '/api/v1/session', '/api/v1/scopes', '/api/token/', '/api/users/'])
def test_a_token_is_the_password_or_the_name(curl, ann, credentials, kind, path):
    wanted = ann.get(path).status
    for user in (':%s', 'anybody:%s', '%s:'):
        for _ in range(2):  # from the store, then from memory
            status, _, body = curl(user % credentials[kind], path)
            assert status == wanted == 200, (user, body)
            if path == WHOAMI:
                assert body['email'] == ann.email


@pytest.mark.parametrize('path', [WHOAMI, TOKENS, '/api/token/'])
@pytest.mark.parametrize('user', [':lk_' + '0' * 46, 'ann:wrong', 'ann:a longer wrong one', ':', 'ann:' + 'f' * 40, ':eyJhbGciOiJIUzI1NiJ9.e30.x'])
def test_a_wrong_one_is_a_401_that_asks_for_no_password(curl, user, path):
    status, head, body = curl(user, path)
    assert status == 401 and 'www-authenticate: ' in head
    assert 'basic' not in head, 'a browser would ask for a password and keep it'
    assert 'nvalid token' in body['detail'], body


@pytest.mark.parametrize('header', ['Basic', 'Basic !', 'Basic ' + base64.b64encode(b'no colon').decode(), 'BasicX eDp5'])
def test_what_is_none_counts_as_none(server, header):
    answer = server.client(Authorization=header).get(TOKENS)
    assert (answer.status, answer.detail) == (401, 'Authentication credentials were not provided.')


def test_it_does_what_its_token_may(curl, ann, key):
    status, _, made = curl(':' + key, TOKENS, *order('made by curl'))
    assert status == 201
    assert curl(':' + key, TOKENS + '/' + made['id'], '-X', 'DELETE')[0] == 204
    assert curl(':' + key, '/api/v1/organizations/999/members')[0] == 404
    reader = ann.create_token('reads', kind='api_key', scopes=['read']).json
    assert curl(':' + reader['token'], TOKENS)[0] == 200
    status, head, body = curl(':' + reader['token'], TOKENS, *order('more'))
    assert (status, body['type']) == (403, '/problems/insufficient-scope') and 'insufficient_scope' in head
    assert curl(':' + key, TOKENS + '/' + reader['id'], '-X', 'DELETE')[0] == 204
    assert curl(':' + reader['token'], TOKENS)[0] == 401, 'at once'
    pat = ann.create_token('rotates').json['token']
    status, _, rotated = curl(':' + key, '/api/token/rotate', '-X', 'POST', *JSON, '-d', json.dumps({'refresh': pat}))
    assert status == 200 and rotated['refresh'] != pat


# -- browsers ------------------------------------------------------------------------------------


@pytest.mark.parametrize('path', [TOKENS, '/api/token/', '/api/current-user/reset-token'])
@pytest.mark.parametrize('headers', [
    {'Origin': 'https://evil.example'}, {'Origin': 'null'}, {'Sec-Fetch-Site': 'cross-site'}, {'Sec-Fetch-Site': 'same-site'},
    {'Referer': 'https://evil.example/page'}, {'Origin': 'OWN', 'Sec-Fetch-Site': 'cross-site'},
], ids=str)
def test_another_site_changes_nothing_with_what_a_browser_remembers(server, curl, ann, key, path, headers):
    words = [word for name, value in headers.items() for word in ('-H', '%s: %s' % (name, value.replace('OWN', server.base_url)))]
    before = names(ann), ann.get('/api/v1/legacy-token').json
    status, _, body = curl(':' + key, path, *order('by another site'), *words)
    assert status == 403 and 'another site' in json.dumps(body), body
    assert (names(ann), ann.get('/api/v1/legacy-token').json) == before
    assert curl(':' + key, TOKENS, *words)[0] == 200, 'to read is no harm: the answer is not shown to the other site'


@pytest.mark.parametrize('headers', [{'Origin': 'OWN'}, {'Sec-Fetch-Site': 'same-origin'}, {'Referer': 'OWN/docs/api'}], ids=str)
def test_our_own_pages_may(server, curl, key, headers):
    words = [word for name, value in headers.items() for word in ('-H', '%s: %s' % (name, value.replace('OWN', server.base_url)))]
    status, _, body = curl(':' + key, TOKENS, *order('by ' + list(headers)[0]), *words)
    assert status == 201, body


def test_a_token_that_no_browser_adds_by_itself_counts_from_anywhere(server, key):
    for headers in ({'Authorization': 'Token ' + key}, {'X-API-Key': key}):
        answer = server.client().post(TOKENS, json={'name': 'from ' + list(headers)[0]}, headers={**headers, 'Origin': 'https://elsewhere.example'})
        assert answer.status == 201, answer


def test_a_password_for_the_proxy_in_front_takes_no_session_away(server):
    bob = server.new_user('bob')
    front = {'Authorization': 'Basic ' + base64.b64encode(b'staging:secret').decode()}
    for path in (WHOAMI, '/api/v1/session', TOKENS):
        assert bob.get(path, headers=front).status == 200
    assert bob.post(TOKENS, json={'name': 'with both'}, headers=front).status == 201
    assert bob.post(TOKENS, json={'name': 'no csrf token'}, headers=front, csrf=False).status == 403


def test_a_good_one_stands_for_its_own_user_and_pages_do_not_look_at_it(server, ann, key):
    by_basic = {'Authorization': 'Basic ' + base64.b64encode((':' + key).encode()).decode()}
    bob = server.new_user('bob')
    assert bob.get(WHOAMI, headers=by_basic).json['email'] == ann.email
    assert bob.get(WHOAMI, headers={**by_basic, 'X-API-Key': 'x' * 40}).status == 401, 'X-API-Key stands in for it'
    page = server.client().get('/', headers=by_basic)
    assert page.status == 302 and '/user/login' in page.headers['Location']


def test_strict_knows_none(make_server):
    strict = make_server('--strict', '--legacy-tokens', 'on')
    legacy, pat = strict.owner.get('/api/current-user/token').json['token'], strict.owner.create_pat()
    for token in (legacy, pat, strict.access(pat)):
        answer = strict.client(Authorization='Basic ' + base64.b64encode((':' + token).encode()).decode()).whoami()
        assert (answer.status, answer.detail) == (401, 'Authentication credentials were not provided.')
