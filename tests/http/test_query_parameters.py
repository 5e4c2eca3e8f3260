"""Queries of /api/v1: what nobody reads is refused, and said; what is promised is read. Elsewhere, queries are let be."""
import re

import pytest

from support.openapi import Description
from support.people import V1, new_service_account, org

DESCRIPTION = Description()
OPERATIONS = {name: operation for name, operation in DESCRIPTION.operations.items() if operation.path.startswith(V1 + '/')}
# No credential is asked for, or a bad one is as good as none.
FOR_ANYBODY = {name for name, operation in OPERATIONS.items() if operation.security == [] or {} in operation.security}
READING = {name: operation.names('query') for name, operation in OPERATIONS.items() if operation.names('query')}


def address_of(operation, **known):
    """Its path; what stands in braces need not be there for a query to be refused."""
    return re.sub(r'{(\w+)}', lambda m: str(known.get(m.group(1), 1)), operation.path)


def complaints(answer):
    assert (answer.status, answer.headers['Content-Type']) == (400, 'application/problem+json'), answer
    assert (answer.json['type'], answer.json['status']) == ('/problems/invalid', 400)
    return answer.json['errors']


@pytest.mark.parametrize('name', OPERATIONS)
def test_an_unknown_parameter_is_refused_by_name(server, name):
    operation, allowed = OPERATIONS[name], READING.get(name, [])
    errors = complaints(server.owner.request(operation.method, address_of(operation) + '?zzz=1&limitt=5'))
    assert set(errors) == {'zzz', 'limitt'}
    if allowed:
        assert sorted(errors['zzz'][0].rpartition('Allowed: ')[2].rstrip('.').split(', ')) == sorted(allowed)
        assert ('did you mean "limit"?' in errors['limitt'][0]) == ('limit' in allowed)
    else:
        assert errors['zzz'] == errors['limitt'] == ['There is no such parameter; there are none here.']
    assert server.owner.get(V1 + '/session').status == 200, 'nothing was done'


@pytest.mark.parametrize('name', sorted(set(OPERATIONS) - FOR_ANYBODY))
def test_who_is_nobody_learns_nothing_of_it(server, name):
    operation = OPERATIONS[name]
    answer = server.client().request(operation.method, address_of(operation) + '?limitt=5')
    if name == 'signIn':  # a session may be there or not
        complaints(answer)
    else:
        assert answer.status == 401 and 'limitt' not in answer.text, answer


@pytest.fixture(scope='module')
def things(server):
    token = server.owner.create_token('asked about', kind='api_key').json['id']
    machine = new_service_account(server.owner, 'asked about')['id']
    webhook = server.owner.post(org(server.owner, '/webhooks'), json={'url': 'https://hooks.example.com/', 'events': ['token.expired']})
    return {'organization_id': org(server.owner).rpartition('/')[2], 'token_id': token,
            'service_account_id': machine, 'webhook_id': webhook.json['id']}


@pytest.mark.parametrize('name, parameter', [(name, parameter) for name in READING for parameter in READING[name]])
def test_each_described_parameter_is_read_once(server, things, name, parameter):
    operation = OPERATIONS[name]
    address = address_of(operation, **things) + '?' + parameter + '='
    assert list(complaints(server.owner.request(operation.method, address + 'x' * 500 + '%00'))) == [parameter]
    twice = complaints(server.owner.request(operation.method, address + '&' + parameter + '='))
    assert 'Must be given once.' in twice[parameter]


@pytest.mark.parametrize('query, name', [
    ('%zz=1', '%zz'), ('%ff=1', '%FF'), ('a%00b', 'a%00b'), ('=1', ''), ('x' * 200, 'x' * 100), ('l%69mit=5&limit=6', 'limit'),
    ('LIMIT=5', 'LIMIT'), ('limit[]=5', 'limit[]'), ('%C3%A9+%22%3C', 'é "<'), ('limit=%zz', 'limit'), ('q=%ff', 'q'),
])
def test_a_name_is_said_as_it_was_meant(server, query, name):
    errors = complaints(server.owner.get(V1 + '/tokens?' + query))
    assert list(errors) == [name], errors


def test_many_are_refused_without_being_counted(server):
    errors = complaints(server.owner.get(V1 + '/tokens?' + '&'.join('limi%d=' % n for n in range(300))))
    assert len(errors) == 16


@pytest.mark.parametrize('query', ['?', '?&', '?&&limit=5&', '?limit=5&state=all', '?l%69mit=5', '?q=a+b%20c'])
def test_what_is_good_is_let_pass(server, query):
    assert server.owner.get(V1 + '/tokens' + query).status == 200


def test_wrong_input_and_an_unknown_parameter_are_told_apart_from_what_is_not_there(server):
    stranger = server.owner.get(V1 + '/organizations/999999/members?rolle=owner')
    assert 'did you mean "role"?' in complaints(stranger)['rolle'][0]
    assert server.owner.get(V1 + '/nothing?limitt=5').status == 404
    assert server.owner.request('PUT', V1 + '/tokens?limitt=5').status == 405


@pytest.mark.parametrize('path', [
    '/api/token/', '/api/current-user/whoami', '/api/users/', '/api/openapi.json', '/api/openapi.yaml', '/healthz', '/readyz',
    '/docs/api', '/', '/.well-known/jwks.json', '/api/version/'])
def test_elsewhere_queries_are_let_be(server, path):
    assert server.owner.get(path + '?limitt=5&limitt=6').status == 200
