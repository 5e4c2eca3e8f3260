"""GET /auth: what a proxy is told of a caller."""
import base64
import socket

import pytest

from support import jwt


@pytest.fixture(scope='module')
def gate(make_module_server):
    return make_module_server('--trusted-proxies', '127.0.0.1', '--legacy-tokens', 'on')


@pytest.fixture(scope='module')
def alice(gate):
    return gate.new_user('alice')


@pytest.fixture(scope='module')
def pat(alice):
    return alice.create_pat()


def basic(user, password):
    return 'Basic ' + base64.b64encode(('%s:%s' % (user, password)).encode()).decode()


def credentials(gate, alice, pat):
    access, key = gate.access(pat), alice.get('/api/current-user/token').json['token']
    api_key = alice.create_token('gate', kind='api_key').json['token']
    return {
        'access': {'Authorization': 'Bearer ' + access},
        'access as X-API-Key': {'X-API-Key': access},
        'pat': {'Authorization': 'Bearer ' + pat},
        'pat as Token': {'Authorization': 'Token ' + pat},
        'pat as X-API-Key': {'X-API-Key': pat},
        'pat as a password': {'Authorization': basic('anybody', pat)},
        'pat as a user name': {'Authorization': basic(pat, '')},
        'legacy': {'Authorization': 'Token ' + key},
        'legacy as Bearer': {'Authorization': 'Bearer ' + key},
        'legacy as X-API-Key': {'X-API-Key': key},
        'legacy as a password': {'Authorization': basic('anybody', key)},
        'api_key': {'Authorization': 'Token ' + api_key},
        'api_key as Bearer': {'Authorization': 'Bearer ' + api_key},
        'api_key as X-API-Key': {'X-API-Key': api_key},
        'api_key as a password': {'Authorization': basic('anybody', api_key)},
        'api_key as a user name': {'Authorization': basic(api_key, '')},
    }


def test_every_form_of_a_credential_counts(gate, alice, pat):
    for name, headers in credentials(gate, alice, pat).items():
        for again in range(2):  # from the store, then from memory
            answer = gate.client().get('/auth', headers=headers)
            assert answer.status == 200, (name, answer)
            assert answer.text == ''
            assert answer.headers['X-Auth-User-Id'] == str(alice.id), name
            assert answer.headers['X-Auth-Email'] == alice.email
            assert answer.headers['X-Auth-Role'] == 'member'
            assert answer.headers['X-Auth-Scope'] == 'all'
            assert answer.headers['X-Auth-Token-Kind'] == name.split()[0]


def test_the_upstream_token_is_an_access_token_of_the_caller(gate, alice, pat):
    scheme, _, token = gate.client().get('/auth', headers={'Authorization': 'Bearer ' + pat}) \
        .headers['Authorization'].partition(' ')
    assert scheme == 'Bearer'
    claims = jwt.claims(token)
    assert claims['token_type'] == 'access' and claims['user_id'] == str(alice.id)
    assert gate.whoami(token).json['email'] == alice.email


def test_x_api_key_counts_more_than_authorization(gate, pat):
    bad = gate.client().get('/auth', headers={'X-API-Key': 'garbage', 'Authorization': 'Bearer ' + pat})
    good = gate.client().get('/auth', headers={'X-API-Key': pat, 'Authorization': 'Bearer garbage'})
    assert (bad.status, good.status) == (401, 200)


@pytest.mark.parametrize('headers', [
    {'Authorization': 'Bearer garbage'}, {'Authorization': 'Token ' + 40 * 'a'}, {'Authorization': 'Bearer'},
    {'Authorization': 'Token lk_' + 46 * '0'}, {'X-API-Key': 'lk_' + 40 * '0' + '2kaqcA'},
    {'X-API-Key': ''}, {'Authorization': 'Basic %%%'}, {'Authorization': basic('a', 'b')},
    {'Authorization': 'Digest x'}])
def test_a_bad_credential_is_refused_in_the_rfc_6750_form(gate, headers):
    answer = gate.client().get('/auth?anonymous=pass', headers=headers)
    assert answer.status == 401, answer
    assert answer.headers['WWW-Authenticate'].startswith('Bearer realm="latchkey", error="invalid_')
    assert not any(name.startswith('X-Auth') for name in answer.headers)


def test_no_credential_has_no_error_and_passes_where_the_location_says_so(gate):
    answer = gate.client().get('/auth')
    assert answer.status == 401
    assert answer.headers['WWW-Authenticate'] == 'Bearer realm="latchkey"'
    passed = gate.client().get('/auth?anonymous=pass')
    assert passed.status == 200 and 'X-Auth-User-Id' not in passed.headers and 'Authorization' not in passed.headers


def test_refusals_have_no_body_for_nginx_and_one_for_others(gate):
    nginx = gate.client().get('/auth', headers={'X-Original-URI': '/x', 'X-Original-Method': 'GET'})
    caddy = gate.client().get('/auth', headers={'X-Forwarded-Uri': '/x', 'X-Forwarded-Method': 'GET'})
    assert nginx.text == '' and caddy.json['status'] == 401


def test_an_untrusted_peer_may_not_say_what_the_original_request_was(server):
    pat = server.new_user().create_pat()
    for header in ('X-Original-URI', 'X-Original-Method', 'X-Forwarded-Uri', 'X-Forwarded-Method'):
        answer = server.client().get('/auth', headers={'Authorization': 'Bearer ' + pat, header: '/x'})
        assert answer.status == 403, header
    assert server.client().get('/auth', headers={'Authorization': 'Bearer ' + pat}).status == 200


@pytest.mark.parametrize('headers, status', [
    ({'X-Original-URI': '/a', 'X-Original-Method': 'GET', 'X-Forwarded-Uri': '/a', 'X-Forwarded-Method': 'GET'}, 200),
    ({'X-Original-URI': '/a', 'X-Original-Method': 'GET', 'X-Forwarded-Uri': '/b', 'X-Forwarded-Method': 'GET'}, 400),
    ({'X-Original-URI': '/a', 'X-Original-Method': 'GET', 'X-Forwarded-Uri': '/a', 'X-Forwarded-Method': 'PUT'}, 400),
    ({'X-Original-URI': '/a/../b'}, 400),
    ({'X-Original-URI': '/a%2fb'}, 400),
    ({'X-Original-URI': '/a%2e%2e/b'}, 200),  # "a..": no dot segment
    ({'X-Original-URI': '/a/%2e%2e/b'}, 400),
    ({'X-Original-URI': '/a%zz'}, 400),
    ({'X-Original-URI': '/a%00'}, 400),
    ({'X-Original-URI': '/a%ff'}, 400),
    ({'X-Original-URI': 'http://other/a'}, 400),
    ({'X-Original-URI': '//a///b'}, 200),
    ({'X-Original-URI': '/é'.encode()}, 200),
])
def test_the_original_request_is_read_strictly(gate, pat, headers, status):
    answer = gate.client().get('/auth', headers={'Authorization': 'Bearer ' + pat, **headers})
    assert answer.status == status, answer


def test_a_change_takes_effect_with_the_next_question(gate):
    bob = gate.new_user('bob')
    pat = bob.create_pat()
    ask = {'Authorization': 'Bearer ' + gate.access(pat)}
    assert gate.client().get('/auth', headers=ask).status == 200
    gate.set_settings(api_tokens_enabled=False)
    assert gate.client().get('/auth', headers=ask).status == 401
    gate.set_settings(api_tokens_enabled=True)
    assert gate.client().get('/auth', headers=ask).status == 200
    assert bob.revoke(pat).status == 204
    assert gate.client().get('/auth', headers=ask).status == 401


def test_the_module_is_told_what_a_decision_rests_on_and_others_are_not(gate, server, pat):
    want = {'Authorization': 'Bearer ' + pat, 'X-Latchkey-Want': 'decision'}
    told = gate.client().get('/auth', headers=want).headers['X-Latchkey-Decision']
    assert told.startswith('v1 page=/') and ' basis=' in told
    assert 'X-Latchkey-Decision' not in gate.client().get('/auth', headers={'Authorization': 'Bearer ' + pat}).headers
    other = server.new_user().create_pat()
    answer = server.client().get('/auth', headers={**want, 'Authorization': 'Bearer ' + other})
    assert answer.status == 200 and 'X-Latchkey-Decision' not in answer.headers


@pytest.mark.parametrize('method', ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])
def test_any_method_and_any_path_below_may_be_asked(gate, pat, method):
    answer = gate.client().request(method, '/auth/api/projects?page=1', headers={'Authorization': 'Bearer ' + pat})
    assert answer.status == 200


def test_the_same_credential_header_twice_is_refused_and_says_so(gate, pat):
    host, port = gate.base_url.removeprefix('http://').split(':')
    for header in ('Authorization: Bearer ' + pat, 'X-API-Key: ' + pat):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(('GET /auth HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\nConnection: close\r\n\r\n'
                                % (header, header)).encode())
            answer = connection.makefile('rb').read().decode()
        assert answer.startswith('HTTP/1.1 401 '), answer
        assert 'came twice' in answer.partition('WWW-Authenticate: ')[2].partition('\r\n')[0]


def test_a_session_that_was_used_here_first_may_post_behind_the_proxy(gate):
    """Whether a foreign page sends it there is for the API behind the proxy to see, as with the next question."""
    person = gate.new_user('first-here')
    assert person.whoami().status == 200
    cookie = 'sessionid=' + person.http.cookies['sessionid']
    for again in range(2):
        answer = gate.client().post('/auth', headers={'Cookie': cookie, 'Origin': 'https://elsewhere.example'})
        assert answer.status == 200, answer
