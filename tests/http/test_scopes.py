"""Scopes and addresses: what a token may do, and from where."""
import os
import pathlib
import re
import signal
import socket
import time

import pytest

from support import jwt

FILE = '''# what this test needs
export = "Take annotations out"
export = GET  /api/projects/*/export/?
ml     = GET,POST /api/tasks/**
open   = GET /open
open   = GET /open/**
one    = GET /one/*
one    = GET /one/*/two/?
tasks  = GET /api/tasks/?
'''
HOSTILE = pathlib.Path(__file__).parent.parent / 'unit' / 'hostile_paths.def'


@pytest.fixture(scope='module')
def scopes_file(tmp_path_factory):
    path = tmp_path_factory.mktemp('scopes') / 'scopes.conf'
    path.write_text(FILE)
    return path


@pytest.fixture(scope='module')
def gate(make_module_server, scopes_file):
    return make_module_server('--trusted-proxies', '127.0.0.1', '--legacy-tokens', 'on', '--scopes-file', scopes_file)


@pytest.fixture(scope='module')
def alice(gate):
    return gate.new_user('alice')


names = iter('token %d' % n for n in range(10 ** 6))


def token(who, kind='api_key', **more):
    answer = who.post('/api/v1/tokens', json={'name': next(names), 'kind': kind, **more})
    assert answer.status == 201, answer
    return answer.json


def ask(gate, credential, method='GET', path='/x', address='192.0.2.1', dialect='nginx', **headers):
    said = {'nginx': {'X-Original-Method': method, 'X-Original-URI': path},
            'caddy': {'X-Forwarded-Method': method, 'X-Forwarded-Uri': path}, 'none': {}}[dialect]
    return gate.client().get('/auth', headers={
        'Authorization': 'Bearer ' + credential, 'X-Forwarded-For': address, **said, **headers})


def test_more_scopes_than_are_kept_in_memory(make_module_server, tmp_path_factory):
    """What is too long for the place of a decision is decided anew each time, and not otherwise."""
    names = ['set-%02d-%s' % (n, 'x' * 20) for n in range(17)]
    file = tmp_path_factory.mktemp('many') / 'scopes.conf'
    file.write_text(''.join('%s = GET /%d\n' % (name, n) for n, name in enumerate(names)))
    gate = make_module_server('--trusted-proxies', '127.0.0.1', '--scopes-file', file)
    alice = gate.new_user('alice')
    for kind in ('pat', 'api_key'):
        made = token(alice, kind, scopes=names)
        for _ in range(3):
            credential = gate.access(made['token']) if kind == 'pat' else made['token']
            for n in range(2):
                assert ask(gate, credential, 'GET', '/%d' % n).headers['X-Auth-Scope'] == ' '.join(names)
                assert ask(gate, credential, 'POST', '/%d' % n).status == 403
        assert alice.delete('/api/v1/tokens/' + made['id']).status == 204
        assert ask(gate, credential, 'GET', '/1').status == 401
        if kind == 'pat':
            assert gate.refresh(made['token']).status == 401


def test_what_each_scope_lets_pass(gate, alice):
    cases = [
        (['all'], 'DELETE', '/anything', 200), (['read'], 'GET', '/anything', 200), (['read'], 'HEAD', '/x', 200),
        (['read'], 'OPTIONS', '/x', 200), (['read'], 'POST', '/x', 403), (['tokens'], 'GET', '/x', 403),
        (['tokens'], 'POST', '/api/token/', 403), (['export'], 'GET', '/api/projects/7/export', 200),
        (['export'], 'HEAD', '/api/projects/7/export/', 200), (['export'], 'POST', '/api/projects/7/export', 403),
        (['export'], 'GET', '/api/projects/7/export/8', 403), (['export'], 'GET', '/api/projects', 403),
        (['export', 'ml'], 'POST', '/api/tasks/1/annotations/', 200), (['ml'], 'DELETE', '/api/tasks/1', 403),
        (['ml', 'read'], 'GET', '/elsewhere', 200), (['read'], 'GET', '/api/current-user/token', 403),
        (['export'], 'BREW', '/api/projects/7/export', 403),
    ]
    for scopes, method, path, status in cases:
        for kind in ('api_key', 'pat'):
            made = token(alice, kind, scopes=scopes)
            credentials = [made['token']] + ([gate.access(made['token'])] if kind == 'pat' else [])
            for credential in credentials:
                for dialect in ('nginx', 'caddy'):
                    for again in range(2):
                        answer = ask(gate, credential, method, path, dialect=dialect)
                        assert answer.status == status, (scopes, kind, method, path, dialect, answer)
                if status == 200:
                    assert answer.headers['X-Auth-Scope'] == ' '.join(sorted(scopes))
            assert alice.delete('/api/v1/tokens/' + made['id']).status == 204


def test_a_token_that_was_used_here_first_passes_the_proxy_too(gate):
    """Its caller is known from memory, and what the proxy is told of him is not."""
    for kind in ('api_key', 'pat'):
        made = token(gate.new_user('first-here'), kind, scopes=['export'])['token']
        assert gate.bearer(made).whoami().status == 200
        assert gate.bearer(made).get('/api/v1/tokens').status == 403
        for again in range(2):
            assert ask(gate, made, path='/api/projects/7/export').status == 200, kind
        assert ask(gate, made, 'POST', '/api/projects/7/export').status == 403


def test_a_refusal_names_what_is_missing(gate, alice):
    def challenge(scopes, method, path):
        answer = ask(gate, token(alice, scopes=scopes)['token'], method, path, dialect='caddy')
        assert answer.status == 403 and answer.json['error'] == 'insufficient_scope', answer
        header = answer.headers['WWW-Authenticate']
        assert header.startswith('Bearer realm="latchkey", error="insufficient_scope", error_description="'), header
        return re.search(r'scope="([^"]*)"$', header).group(1)

    assert challenge(['export'], 'GET', '/x') == 'read'
    assert challenge(['read'], 'POST', '/api/tasks/1') == 'ml'
    assert challenge(['read'], 'DELETE', '/x') == 'all'
    assert not any(h.startswith('X-Auth') for h in ask(gate, token(alice, scopes=['read'])['token'], 'POST').headers)


def test_what_the_proxy_does_not_say_is_not_guessed(gate, alice):
    read, export = (token(alice, scopes=[s])['token'] for s in ('read', 'export'))
    every = token(alice)['token']
    cases = [
        ({}, 403, 403),  # a bare question of nginx is a GET, whatever the original is
        ({'X-Original-URI': '/api/projects/7/export'}, 403, 403),
        ({'X-Original-Method': 'GET'}, 200, 403),
        ({'X-Original-Method': 'POST'}, 403, 403),
        ({'X-Forwarded-Method': 'GET'}, 200, 403),
    ]
    for headers, for_read, for_export in cases:
        answers = [ask(gate, t, dialect='none', **headers) for t in (every, read, export)]
        assert [a.status for a in answers] == [200, for_read, for_export], headers
    refused = ask(gate, export, dialect='none', **{'X-Forwarded-Method': 'GET'})
    assert 'does not say which request' in refused.json['detail']


@pytest.mark.parametrize('name', ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-Original-URL',
                                  'X-Rewrite-URL'])
def test_a_header_that_names_another_method_or_path_is_not_passed_on(gate, alice, name):
    read, every = token(alice, scopes=['read'])['token'], token(alice)['token']
    assert ask(gate, read, **{name: 'DELETE'}).status == 403
    assert ask(gate, every, **{name: 'DELETE'}).status == 200


def test_envoy_is_asked_by_the_request_itself(gate, alice):
    export = token(alice, scopes=['export'])['token']
    client = gate.client(Authorization='Bearer ' + export, X_Forwarded_For='192.0.2.1')
    assert client.get('/auth/api/projects/7/export').status == 200
    assert client.get('/auth/api/projects/7/export/9').status == 403
    assert client.post('/auth/api/projects/7/export').status == 403
    assert client.get('/auth').status == 403


def hostile_paths():
    for line in HOSTILE.read_text().splitlines():
        found = re.fullmatch(r'"(.*)",', line)
        if found:
            yield re.sub(r'\\(x[0-9a-f]{2}|.)', lambda m: {'t': '\t', 'n': '\n'}.get(m[1]) or
                         (chr(int(m[1][1:], 16)) if len(m[1]) == 3 else m[1]), found[1]).encode('latin-1')


def raw(gate, head):
    """Sends these bytes as a request; the status, 0 when the connection was closed instead."""
    host, port = gate.base_url.removeprefix('http://').split(':')
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(head + b'\r\nHost: x\r\nConnection: close\r\n\r\n')
        answer = b''
        while part := connection.recv(65536):
            answer += part
    return int(answer.split(b' ')[1]) if answer.startswith(b'HTTP/') else 0


def test_no_hostile_path_slips_through(gate, alice):
    """The table of the unit test, through the real thing, in three dialects."""
    paths = list(hostile_paths())
    assert len(paths) >= 120
    restricted = token(alice, scopes=['open', 'one', 'tasks', 'read'])['token'].encode()
    credential = b'\r\nX-Forwarded-For: 192.0.2.1\r\nAuthorization: Bearer ' + restricted
    assert raw(gate, b'GET /auth HTTP/1.1' + credential +
               b'\r\nX-Original-Method: GET\r\nX-Original-URI: /open/secret') == 200
    assert raw(gate, b'GET /auth/open/secret HTTP/1.1' + credential) == 200
    for path in paths:
        if b'?' in path or b'#' in path:  # as a request, these end the path: a test of their own
            continue
        questions = [b'GET /auth HTTP/1.1' + credential + b'\r\nX-Original-Method: GET\r\nX-Original-URI: ' + path,
                     b'GET /auth HTTP/1.1' + credential + b'\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Uri: ' + path,
                     b'GET /auth' + path + b' HTTP/1.1' + credential]
        if path != path.strip():  # white space around a header's value is none of it
            del questions[:2]
        for question in questions:
            assert raw(gate, question) in (400, 403, 404, 0), question


def test_a_path_under_the_public_url_counts_as_without_it(make_server, scopes_file):
    server = make_server('--trusted-proxies', '127.0.0.1', '--scopes-file', scopes_file,
                         '--public-url', 'https://example.com/base')
    made = server.cli_json('token', 'create', '--user', server.owner_email, '--name', 'all', '--kind', 'api_key')
    export = token(server.bearer(made['token']), scopes=['export'])['token']
    for path, status in [('/base/api/projects/7/export', 200), ('/api/projects/7/export', 200),
                         ('/base/base/api/projects/7/export', 403), ('/basement/api/projects/7/export', 403),
                         ('/base%2fapi/projects/7/export', 400), ('//base/api/projects/7/export', 403)]:
        assert ask(server, export, 'GET', path).status == status, path


# -- our own addresses ---------------------------------------------------------------------------


def test_what_each_scope_may_at_our_own_addresses(gate):
    who_has_all = gate.owner  # what he may not, he may not for lack of a scope
    organization = who_has_all.whoami().json['active_organization']
    settings = '/api/v1/organizations/%d/token-settings' % organization
    cases = [  # method, path, who may
        ('GET', '/api/current-user/whoami', 'all read tokens export'),
        ('GET', '/api/v1/session', 'all read tokens export'),
        ('GET', '/api/v1/scopes', 'all read tokens export'),
        ('POST', '/api/v1/leaks', 'all read tokens export'),
        ('GET', '/api/v1/tokens', 'all read tokens'),
        ('GET', '/api/token/', 'all read tokens'),
        ('POST', '/api/v1/tokens', 'all tokens'),
        ('DELETE', '/api/v1/tokens/none', 'all tokens'),
        ('GET', '/api/users/', 'all read'),
        ('GET', settings, 'all read'),
        ('PATCH', settings, 'all'),
        ('GET', '/api/jwt/settings', 'all read'),
        ('POST', '/api/jwt/settings', 'all'),
        ('GET', '/api/current-user/token', 'all'),
        ('POST', '/api/current-user/reset-token', 'all'),
        ('GET', '/api/v1/legacy-token', 'all'),
        ('GET', '/api/invite', 'all'),
        ('PATCH', '/api/users/%d' % who_has_all.id, 'all'),
        ('DELETE', '/api/v1/session', 'all'),
        ('GET', '/api/tasks', 'all read'),  # not ours: 404 for all
    ]
    for scope in ('all', 'read', 'tokens', 'export'):
        for kind in ('api_key', 'pat'):
            made = token(who_has_all, kind, scopes=[scope])
            client = gate.bearer(gate.access(made['token']) if kind == 'pat' else made['token'])
            for method, path, who in cases:
                answer = client.request(method, path, json={} if method in ('POST', 'PATCH') else None)
                refused = 'insufficient_scope' in answer.headers.get('WWW-Authenticate', '')
                expected = scope not in who.split() and path != '/api/tasks'
                assert refused == expected, (scope, kind, method, path, answer)
                if refused:
                    assert answer.status == 403
                    needed = re.search('scope="(.*)"', answer.headers['WWW-Authenticate']).group(1)
                    assert needed in who.split() and '"%s"' % needed in answer.detail, (path, answer)


def test_a_refusal_speaks_the_dialect_of_its_address(gate, alice):
    client = gate.bearer(token(alice, scopes=['read'])['token'])
    ours = client.post('/api/v1/tokens', json={'name': 'x'})
    assert ours.headers['Content-Type'] == 'application/problem+json'
    assert ours.json['type'] == '/problems/insufficient-scope' and ours.json['status'] == 403
    theirs = client.post('/api/token/')
    assert theirs.json['status_code'] == 403 and 'tokens' in theirs.json['detail'] and 'exc_info' in theirs.json


def test_a_named_set_gives_no_more_than_a_look_here(make_server, tmp_path):
    path = tmp_path / 'scopes.conf'
    path.write_text('wide = GET,POST,PUT,PATCH,DELETE /**\n')
    server = make_server('--scopes-file', path)
    bob = server.new_user()
    client = server.bearer(token(bob, scopes=['wide'])['token'])
    assert client.get('/api/users/').status == 200
    assert client.post('/api/v1/tokens', json={'name': 'x'}).status == 403
    assert client.post('/api/token/').status == 403
    assert client.get('/api/current-user/token').status == 403


def test_a_token_gives_no_more_than_it_has(gate, alice):
    made = token(alice, scopes=['read', 'tokens'])
    client = gate.bearer(made['token'])
    assert token(client)['scopes'] == ['read', 'tokens']  # as much as it has, when nothing is said
    assert token(client, scopes=['read'])['scopes'] == ['read']
    for more in (['all'], ['export'], ['read', 'export']):
        answer = client.post('/api/v1/tokens', json={'name': next(names), 'scopes': more})
        assert answer.status == 400 and 'scopes' in answer.json['errors'], (more, answer)
    wide = token(alice, 'pat')
    assert client.post('/api/v1/tokens/%s/rotate' % wide['id'], json={}).status == 403
    bare = gate.bearer(token(alice, scopes=['tokens'])['token']).post('/api/token/')
    assert bare.status == 201, bare  # Label Studio's way: as much as it has
    assert jwt.claims(gate.access(bare.json['token']))['scope'] == 'tokens'
    assert alice.revoke(bare.json['token']).status == 204


def test_the_scope_tokens_is_for_ones_own(gate, alice):
    """An administrator may end the tokens of members; not with this scope."""
    hers = token(alice, scopes=['tokens'])
    path = '/api/v1/tokens/' + hers['id']
    client = gate.bearer(token(gate.owner, scopes=['tokens', 'read'])['token'])
    for method, more in (('GET', ''), ('POST', '/rotate'), ('PATCH', ''), ('DELETE', '')):
        assert client.request(method, path + more, json={} if method != 'GET' else None).status == 404, method
    assert ask(gate, hers['token'], 'POST').status == 403  # it lives: its scope is what refuses
    everybodys = '/api/v1/organizations/1/tokens/' + hers['id']
    assert client.get(everybodys).status == 200 and client.delete(everybodys).status == 403
    assert gate.bearer(token(gate.owner)['token']).delete(everybodys).status == 204
    assert ask(gate, hers['token'], 'POST').status == 401


def test_an_answer_is_repeated_for_the_same_scopes_only(gate, alice):
    body, key = {'name': next(names), 'kind': 'api_key'}, {'Idempotency-Key': next(names).replace(' ', '-')}
    made = token(alice, 'pat')
    access = gate.access(made['token'])
    first = gate.bearer(access).post('/api/v1/tokens', json=body, headers=key)
    assert first.status == 201
    again = gate.bearer(access).post('/api/v1/tokens', json=body, headers=key)
    assert again.json['token'] == first.json['token']
    assert alice.patch('/api/v1/tokens/' + made['id'], json={'scopes': ['tokens']}).status == 200
    narrower = gate.bearer(access).post('/api/v1/tokens', json=body, headers=key)
    assert narrower.status == 422 and 'token' not in narrower.json, narrower


def test_the_claim_is_there_only_when_the_token_is_bound(gate, alice):
    assert 'scope' not in jwt.claims(gate.access(token(alice, 'pat')['token']))
    assert jwt.claims(gate.access(token(alice, 'pat', scopes=['read'])['token']))['scope'] == 'read'
    bound = token(alice, 'pat', allowed_ips=['127.0.0.1'])['token']
    assert jwt.claims(gate.access(bound))['scope'] == 'all'


def test_the_upstream_token_may_no_more_than_the_callers(gate, alice):
    for scopes, claim in ((['all'], None), (['export'], 'export'), (['read'], 'read'), (['all'], None)):
        made = token(alice, scopes=scopes)['token']
        answer = ask(gate, made, 'GET', '/api/projects/1/export')
        assert answer.status == 200
        upstream = answer.headers['Authorization'].removeprefix('Bearer ')
        assert jwt.claims(upstream).get('scope') == claim
        if claim:
            assert ask(gate, upstream, 'POST', '/x').status == 403


def test_narrowing_counts_with_the_next_request(gate, alice):
    made = token(alice, 'pat')
    access = gate.access(made['token'])
    assert ask(gate, access, 'POST').status == 200
    assert alice.patch('/api/v1/tokens/' + made['id'], json={'scopes': ['read']}).status == 200
    assert ask(gate, access, 'POST').status == 403
    assert ask(gate, access, 'GET').status == 200
    assert gate.bearer(access).post('/api/v1/tokens', json={'name': 'x'}).status == 403
    assert ask(gate, made['token'], 'POST').status == 403
    answer = alice.patch('/api/v1/tokens/' + made['id'], json={'scopes': ['all']})
    assert answer.status == 400 and 'scopes' in answer.json['errors']


def test_the_known_scopes_are_listed(gate, alice):
    items = alice.get('/api/v1/scopes').json['items']
    assert [item['name'] for item in items] == ['all', 'read', 'tokens', 'export', 'ml', 'one', 'open', 'tasks']
    assert items[3] == {'name': 'export', 'description': 'Take annotations out',
                        'patterns': [{'methods': ['GET'], 'path': '/api/projects/*/export/?'}]}
    assert items[0]['patterns'] == [] and items[0]['description']
    assert gate.client().get('/api/v1/scopes').status == 401


def test_an_unknown_scope_is_refused_with_the_known_ones(alice):
    answer = alice.post('/api/v1/tokens', json={'name': next(names), 'scopes': ['exports']})
    assert answer.status == 400
    assert 'export, ml, one' in ' '.join(answer.json['errors']['scopes'])


def test_the_command_line_makes_them_too(gate, scopes_file):
    def create(*words):
        return gate.cli('token', 'create', '--user', gate.owner_email, '--kind', 'api_key', '--name', next(names), *words)

    made = create('--scope', 'export', '--scope', 'read', '--allow-ip', '192.0.2.0/24', '--scopes-file', scopes_file,
                  '--json')
    assert made.returncode == 0, made
    credential = re.search(r'"token": ?"([^"]+)"', made.stdout).group(1)
    assert ask(gate, credential).headers['X-Auth-Scope'] == 'export read'
    assert ask(gate, credential, address='192.0.3.1').status == 403
    unknown = create('--scope', 'export')
    assert unknown.returncode == 1 and 'all, read, tokens' in unknown.stderr, unknown
    bad = create('--allow-ip', '10.1.2.3/8')
    assert bad.returncode == 1 and 'write 10.0.0.0/8' in bad.stderr, bad
    missing = create('--scopes-file', '/nonexistent')
    assert missing.returncode == 1 and '/nonexistent' in missing.stderr, missing


# -- the file ------------------------------------------------------------------------------------


def wait_for(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_sighup_reads_the_file_again_and_a_bad_one_changes_nothing(make_server, tmp_path):
    path = tmp_path / 'scopes.conf'
    path.write_text('a = GET /a\n')
    server = make_server('--trusted-proxies', '127.0.0.1', '--scopes-file', path)
    made = token(server.new_user(), scopes=['a'])['token']

    def passes(target):
        return ask(server, made, 'GET', target).status == 200

    def reload():
        os.kill(server.process.pid, signal.SIGHUP)

    assert passes('/a') and not passes('/b')
    path.write_text('a = GET /b\n')
    reload()
    wait_for(lambda: passes('/b'))
    assert not passes('/a')

    path.write_text('a = GET /c\nall = GET /c\n')
    reload()
    wait_for(lambda: 'the scopes stay as they were' in server.log)
    assert "line 2: 'all' is built in" in server.log
    assert passes('/b') and not passes('/c')

    path.write_text('b = GET /b\n')  # a scope that is known no more permits nothing
    reload()
    wait_for(lambda: not passes('/b'))


def test_a_bad_file_does_not_start(make_server, tmp_path):
    path = tmp_path / 'scopes.conf'
    path.write_text('a = GET /a\nb = FETCH /b\n')
    server = make_server('--scopes-file', path, start=False)
    with pytest.raises(AssertionError, match="line 2: 'FETCH' is no method"):
        server.start()


def test_the_example_for_label_studio_does_what_it_says(make_server):
    example = pathlib.Path(__file__).parent.parent.parent / 'deploy' / 'scopes.example.conf'
    server = make_server('--trusted-proxies', '127.0.0.1', '--scopes-file', example)
    bob = server.new_user()
    made = {name: token(bob, scopes=[name])['token'] for name in ('ml-backend', 'export', 'tasks', 'annotate')}
    cases = [
        ('GET', '/api/projects/1/', 'ml-backend export tasks'), ('GET', '/api/tasks/1', 'ml-backend tasks annotate'),
        ('POST', '/api/predictions/', 'ml-backend'), ('GET', '/data/upload/1/ab-x.png', 'ml-backend'),
        ('GET', '/api/projects/1/export', 'export'), ('POST', '/api/projects/1/exports/', 'export'),
        ('POST', '/api/projects/1/import', 'tasks'), ('DELETE', '/api/tasks/1/', 'tasks'),
        ('POST', '/api/tasks/1/annotations/', 'annotate'), ('DELETE', '/api/projects/1/', ''), ('POST', '/api/token/', ''),
        ('GET', '/api/users', ''),
    ]
    for method, path, who in cases:
        passed = {name for name, credential in made.items() if ask(server, credential, method, path).status == 200}
        assert passed == set(who.split()), (method, path)


# -- addresses -----------------------------------------------------------------------------------


def test_a_token_counts_from_its_addresses(gate, alice):
    made = token(alice, 'pat', allowed_ips=['192.0.2.0/24', '2001:db8::/32', '127.0.0.1'])
    assert made['allowed_ips'] == ['192.0.2.0/24', '2001:db8::/32', '127.0.0.1']
    access = gate.access(made['token'])
    for credential in (made['token'], access):
        for again in range(2):
            for address, status in [('192.0.2.9', 200), ('2001:db8::9', 200), ('::ffff:192.0.2.9', 200),
                                    ('192.0.3.9', 403), ('2001:db9::9', 403), ('what', 403),
                                    ('192.0.2.9, 192.0.3.9', 403), ('192.0.3.9, 192.0.2.9', 200)]:
                answer = ask(gate, credential, address=address, dialect='caddy')
                assert answer.status == status, (address, answer)
                if status == 403:
                    assert 'does not count from this address' in answer.json['detail']
    assert 'X-Latchkey-Decision' not in ask(gate, access, **{'X-Latchkey-Want': 'decision'}).headers
    free = token(alice)['token']
    assert 'X-Latchkey-Decision' in ask(gate, free, **{'X-Latchkey-Want': 'decision'}).headers


def test_a_proxy_that_does_not_say_whom_it_asks_for_is_not_the_client(gate, alice):
    made = token(alice, allowed_ips=['127.0.0.1'])['token']
    headers = {'Authorization': 'Bearer ' + made, 'X-Original-Method': 'GET', 'X-Original-URI': '/x'}
    assert gate.client().get('/auth', headers=headers).status == 403
    assert gate.client().get('/auth', headers={**headers, 'X-Forwarded-For': '127.0.0.1'}).status == 200


def test_addresses_count_at_our_own_addresses_and_at_the_exchange(gate, alice):
    made = token(alice, 'pat', allowed_ips=['192.0.2.7'])['token']
    body = {'refresh': made}

    def refresh(address):
        return gate.client().post('/api/token/refresh', json=body, headers={'X-Forwarded-For': address})

    for again in range(2):
        assert refresh('192.0.2.8').status == 403
        assert refresh('192.0.2.7').status == 200
    assert gate.client().post('/api/token/refresh', json=body).status == 403  # from 127.0.0.1
    access = refresh('192.0.2.7').json['access']
    for address, status in (('192.0.2.7', 200), ('192.0.2.8', 403)):
        for path in ('/api/current-user/whoami', '/api/v1/tokens'):
            answer = gate.bearer(access).get(path, headers={'X-Forwarded-For': address})
            assert answer.status == status, answer
    assert 'address' in gate.bearer(access).get('/api/v1/tokens').json['detail']


def test_who_is_not_a_proxy_of_ours_cannot_choose_an_address(server):
    bob = server.new_user()
    made = token(bob, allowed_ips=['192.0.2.7'])['token']
    here = token(bob, allowed_ips=['127.0.0.0/8'])['token']
    assert server.bearer(made).get('/auth', headers={'X-Forwarded-For': '192.0.2.7'}).status == 403
    assert server.bearer(here).get('/auth', headers={'X-Forwarded-For': '192.0.2.7'}).status == 200
    assert server.bearer(made).whoami().status == 403


def test_the_organizations_list_binds_tokens_and_not_sessions(make_server):
    server = make_server('--trusted-proxies', '127.0.0.1', '--legacy-tokens', 'on')
    bob = server.new_user()
    pat, key = token(bob, 'pat')['token'], token(bob)['token']
    credentials = [pat, key, server.access(pat), bob.legacy_key()]
    settings = '/api/v1/organizations/1/token-settings'
    assert server.owner.patch(settings, json={'allowed_ips': ['10.0.0.0/8']}).json['allowed_ips'] == ['10.0.0.0/8']
    for credential in credentials:
        assert ask(server, credential, address='10.1.2.3').status == 200
        assert ask(server, credential, address='192.0.2.1').status == 403
        assert server.bearer(credential).whoami().status == 403
    assert server.refresh(pat).status == 403
    assert bob.whoami().status == 200  # a session

    # with a token, nobody shuts himself out
    owner = server.bearer(token(server.owner)['token'])
    within = {'X-Forwarded-For': '10.0.0.1'}
    answer = owner.patch(settings, json={'allowed_ips': ['192.0.2.0/24']}, headers=within)
    assert answer.status == 400 and 'Your own address, 10.0.0.1' in answer.json['errors']['allowed_ips'][0]
    assert owner.patch(settings, json={'allowed_ips': ['10.0.0.1']}, headers=within).status == 200
    assert server.owner.patch(settings, json={'allowed_ips': []}).status == 200
    for credential in credentials:
        assert ask(server, credential, address='192.0.2.1').status == 200


@pytest.mark.parametrize('bad, says', [
    ('10.1.2.3/8', 'write 10.0.0.0/8 for the network, or 10.1.2.3 for the one address'), ('10.0.0.0/33', 'no network'),
    ('host.example', 'no network'), ('', 'no network'), ('10.0.0.1 ', 'no network'), ('::ffff:10.0.0.0/64', 'no network'),
    ('fe80::1%eth0', 'no network'), ('1' * 100, 'no network')])
def test_a_malformed_network_is_refused_with_the_remedy(alice, bad, says):
    answer = alice.post('/api/v1/tokens', json={'name': next(names), 'allowed_ips': ['192.0.2.1', bad]})
    assert answer.status == 400
    assert says in ' '.join(answer.json['errors']['allowed_ips'])


def test_at_most_fifty_networks_each_once(alice):
    many = ['10.0.%d.0/24' % n for n in range(50)]
    assert token(alice, allowed_ips=many + [])['allowed_ips'] == many
    answer = alice.post('/api/v1/tokens', json={'name': next(names), 'allowed_ips': many + ['10.1.0.0/16']})
    assert answer.status == 400 and '50' in answer.json['errors']['allowed_ips'][0]
    assert token(alice, allowed_ips=['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1/32'])['allowed_ips'] == ['10.0.0.1']


def test_addresses_are_only_narrowed(gate, alice):
    made = token(alice, allowed_ips=['192.0.2.0/24'])
    path = '/api/v1/tokens/' + made['id']
    for wider in ([], ['192.0.0.0/16'], ['192.0.2.0/24', '10.0.0.1']):
        answer = alice.patch(path, json={'allowed_ips': wider})
        assert answer.status == 400 and 'allowed_ips' in answer.json['errors'], wider
    assert ask(gate, made['token'], address='192.0.2.1').status == 200
    assert alice.patch(path, json={'allowed_ips': ['192.0.2.128/25']}).status == 200
    assert ask(gate, made['token'], address='192.0.2.1').status == 403
    assert ask(gate, made['token'], address='192.0.2.200').status == 200


def test_strict_writes_no_claim_for_everything(make_server):
    server = make_server('--strict')
    assert 'scope' not in jwt.claims(server.access(server.owner.create_pat()))
