"""Scopes and addresses behind each proxy: what is let pass, and that no spelling of a path gets more."""
import pytest

from proxies import KINDS
from stack import told

FILE = '''open = GET /open/**
one  = GET /one/*
'''


@pytest.fixture(scope='module', params=sorted(KINDS))
def stack(request, make_stack, tmp_path_factory):
    path = tmp_path_factory.mktemp('scopes') / 'scopes.conf'
    path.write_text(FILE)
    return make_stack(request.param, options=['--scopes-file', str(path)])


def token(stack, name, kind='api_key', **more):
    answer = stack.server.owner.create_token(name, kind=kind, **more)
    assert answer.status == 201, answer
    return answer.json


def ask(stack, credential, method='GET', path='/hello', **headers):
    return stack.client(Authorization='Bearer ' + credential, **headers).request(method, path)


def test_scopes_bound_what_reaches_the_api(stack):
    read, open_ = (token(stack, scope, scopes=[scope])['token'] for scope in ('read', 'open'))
    assert told(ask(stack, read))['x-auth-scope'] == ['read']
    for method in ('POST', 'PUT', 'PATCH', 'DELETE'):
        assert ask(stack, read, method).status == 403
    assert told(ask(stack, open_, path='/open/door?x=/../y'))['x-auth-scope'] == ['open']
    assert ask(stack, open_, path='/hello').status == 403
    assert ask(stack, open_, 'POST', '/open/door').status == 403


@pytest.mark.parametrize('path', [
    '/open/../hello', '/open/%2e%2e/hello', '/open/..%2fhello', '/open/%2e%2e%2fhello', '/open//hello', '//open/hello',
    '/open/..;/hello', '/open/x;y', '/open/%252e%252e/hello', '/open/%5c..%5chello', '/open/..\\hello', '/open/x%00',
    '/open/%c0%ae%c0%ae/hello', '/open/x%0d%0a', '/open/%u002e', '/open/.', '/open/x.', '/open/x%20', '/open/%ef%bc%8f',
    '/one/a%2fb', '/one/a/../../hello', '/one/..', '/%6fpen/x', '/open/%2F..%2Fhello', '/OPEN/x', '/open', '/open%2Fx',
    '/one/a/b', '/hello/open/x', '/open/x%3f', '/open/x%23', '/.%2fopen/x', '/x/../open/y'])
def test_no_spelling_of_a_path_gets_more(stack, path):
    """As bytes, for clients tidy up what they send."""
    made = getattr(stack, 'hostile', None)
    if not made:
        made = stack.hostile = token(stack, 'hostile', scopes=['open', 'one'])['token']
    status = stack.raw(('GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n'
                        % (path, made)).encode('latin-1'))
    assert status in (400, 403, 404), path


def test_a_method_that_is_claimed_is_not_believed(stack):
    read = token(stack, 'claims', scopes=['read'])['token']
    for name in ('X-Original-Method', 'X-Forwarded-Method', 'X-HTTP-Method-Override'):
        assert ask(stack, read, 'DELETE', **{name: 'GET'}).status in (400, 403), name


def test_addresses_are_the_clients(stack):
    here, there = (token(stack, ips, allowed_ips=[ips])['token'] for ips in ('127.0.0.0/8', '192.0.2.0/24'))
    for again in range(2):
        assert ask(stack, here).status == 200
        assert ask(stack, there).status == 403
    for name in ('X-Forwarded-For', 'X-Real-IP', 'Forwarded'):
        assert ask(stack, there, **{name: '192.0.2.1'}).status in (400, 403), name


def test_narrowing_counts_with_the_next_request(stack):
    made = token(stack, 'narrowed', 'pat')
    access = stack.server.access(made['token'])
    assert [ask(stack, access, method).status for method in ('POST', 'POST', 'GET')] == [200, 200, 200]
    changed = stack.server.owner.patch('/api/v1/tokens/' + made['id'], json={'scopes': ['read']})
    assert changed.status == 200, changed
    assert [ask(stack, access, method).status for method in ('POST', 'POST', 'GET')] == [403, 403, 200]
