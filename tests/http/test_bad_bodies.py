"""
Each member of each body of /api/v1, wrong in every way that docs/openapi.yaml forbids: refused as problem details that
name this member alone, and nothing of the rest of the body is done.
"""
import json
import secrets
import urllib.parse

import pytest

from support.bad_bodies import BadBodies, operations_that_read, operations_with_bodies, wrong_parameters
from support.people import new_service_account, org

PASSWORD = 'Memb3rPass!'
QUIET = ['token.expired']  # what does not happen here: a delivery would change what is shown
# Of no schema that an object has; it has a test of its own.
NO_OBJECT = {'reportLeaks'}
OPERATIONS = sorted(set(operations_with_bodies()) - NO_OBJECT)


class Place:
    """Where an operation is tried: the caller, its path, a good body, and what shows that nothing was changed."""

    def __init__(self, client, path, good, shows):
        self.client, self.path, self.good, self.shows = client, path, good, shows


class Stage:
    def __init__(self, server):
        self.server, self.owner = server, server.owner
        self.organization = org(self.owner)
        self.member = server.new_user('bad-bodies')

    def token(self):
        answer = self.owner.create_token('of the stage ' + secrets.token_hex(4), ttl_days=20)
        assert answer.status == 201, answer
        return answer.json

    def new_token_body(self):
        return {'name': 'never made', 'kind': 'api_key', 'ttl_days': 5, 'scopes': ['read'], 'allowed_ips': ['192.0.2.0/24']}

    def place(self, name):
        return getattr(self, name)()

    def createToken(self):
        return Place(self.owner, '/api/v1/tokens', self.new_token_body(), ['/api/v1/tokens?state=all&limit=200&sort=-created_at'])

    def changeToken(self):
        path = '/api/v1/tokens/' + self.token()['id']
        good = {'name': 'never so named', 'expires_at': '2026-12-01T00:00:00Z', 'scopes': ['read'], 'allowed_ips': ['192.0.2.0/24']}
        return Place(self.owner, path, good, [path])

    def rotateToken(self):
        path = '/api/v1/tokens/' + self.token()['id']
        return Place(self.owner, path + '/rotate', {'grace_seconds': 5}, [path])

    def signIn(self):
        return Place(self.server.client(), '/api/v1/session', {'email': self.member.email, 'password': PASSWORD}, [])

    def changeAccount(self):
        good = {'first_name': 'Never', 'last_name': 'So', 'phone': '123'}
        return Place(self.member, '/api/v1/account', good, ['/api/v1/account'])

    def changePassword(self):
        good = {'current_password': PASSWORD, 'new_password': 'N3verThisOne!'}
        return Place(self.server.new_user('changes'), '/api/v1/account/password', good, ['/api/v1/account'])

    def changeOrganization(self):
        return Place(self.owner, self.organization, {'title': 'Never so called'}, [self.organization])

    def changeTokenSettings(self):
        path = self.organization + '/token-settings'
        good = {'api_tokens_enabled': False, 'legacy_api_tokens_enabled': True, 'api_keys_enabled': False,
                'direct_pat_enabled': False, 'api_token_ttl_days': 7, 'max_tokens_per_user': 3, 'require_expiry': True,
                'allowed_ips': ['127.0.0.0/8']}
        return Place(self.owner, path, good, [path, '/api/v1/tokens?state=all&limit=200'])

    def changeMember(self):
        path = self.organization + '/members/%d' % self.server.new_user('changed').id
        return Place(self.owner, path, {'role': 'administrator', 'is_active': False}, [path])

    def createInvitation(self):
        path = self.organization + '/invitations'
        return Place(self.owner, path, {'email': 'never@example.com', 'role': 'administrator', 'ttl_days': 3}, [path])

    def revokeOrganizationTokens(self):
        token = self.token()
        path = self.organization + '/tokens'
        good = {'ids': [token['id']], 'user_id': self.owner.id, 'kind': 'pat', 'unused_days': 1}
        return Place(self.owner, path + '/revoke', good, [path + '?state=all&limit=200'])

    def createServiceAccount(self):
        path = self.organization + '/service-accounts'
        good = {'name': 'never ' + secrets.token_hex(4), 'description': 'made', 'owner_user_id': self.owner.id, 'role': 'administrator'}
        return Place(self.owner, path, good, [path])

    def changeServiceAccount(self):
        account = new_service_account(self.owner)
        path = self.organization + '/service-accounts/%d' % account['id']
        good = {'name': 'never ' + secrets.token_hex(4), 'description': 'changed', 'owner_user_id': self.owner.id, 'role': 'administrator', 'is_active': False}
        return Place(self.owner, path, good, [path])

    def createServiceAccountToken(self):
        path = self.organization + '/service-accounts/%d/tokens' % new_service_account(self.owner)['id']
        return Place(self.owner, path, self.new_token_body(), [path + '?state=all'])

    def createWebhook(self):
        path = self.organization + '/webhooks'
        good = {'url': 'https://hooks.example.com/never', 'events': QUIET, 'description': 'never made'}
        return Place(self.owner, path, good, [path])

    def changeWebhook(self):
        answer = self.owner.post(self.organization + '/webhooks', json={'url': 'https://hooks.example.com/' + secrets.token_hex(4), 'events': QUIET})
        assert answer.status == 201, answer
        path = self.organization + '/webhooks/' + answer.json['id']
        good = {'url': 'https://hooks.example.com/never', 'events': ['token.created'], 'description': 'never so', 'is_enabled': False}
        return Place(self.owner, path, good, [path])

    # -- what is there -------------------------------------------------------------------------

    def last_event(self):
        return self.owner.get(self.organization + '/audit-events?limit=1').json['items'][0]['number']

    def seen(self, place):
        """Without what merely looking changes."""
        shown = [place.client.get(path).text if place.client is self.owner else place.client.get(path).json for path in place.shows]
        return json.dumps(shown), self.last_event()


@pytest.fixture(scope='module')
def stage(server):
    return Stage(server)


@pytest.fixture(scope='module')
def operations():
    return operations_with_bodies()


def send(place, method, body):
    body = body if isinstance(body, bytes) else body.encode()
    return place.client.request(method, place.path, body=body, headers={'Content-Type': 'application/json'})


def fault_of(answer, status):
    """What is wrong with a refusal, in words; empty: nothing."""
    if answer.status != status:
        return '%d instead of %d: %s' % (answer.status, status, answer.text[:200])
    if answer.headers['Content-Type'] != 'application/problem+json':
        return answer.headers['Content-Type']
    if answer.json['status'] != status or not answer.json['title'] or not answer.json['detail']:
        return 'no whole problem: %s' % answer.text
    return ''


@pytest.mark.parametrize('name', OPERATIONS)
def test_a_wrong_member_is_named_and_nothing_is_done(stage, operations, name):
    place, operation = stage.place(name), operations[name]
    faults = []
    before = stage.seen(place)
    for member, why, body in BadBodies(operation, place.good).with_a_wrong_member():
        answer = send(place, operation.method, body)
        fault = fault_of(answer, 400)
        if not fault and list(answer.json.get('errors', {})) != [member]:
            fault = 'it does not name it, or others too: %s' % answer.text[:300]
        if not fault and not all(answer.json['errors'][member]):
            fault = 'without words'
        if not fault and stage.seen(place) != before:
            fault = 'something was changed'
        if fault:
            faults.append('%s, %s (%s): %s' % (member, why, body[:120], fault))
            before = stage.seen(place)
    assert not faults, '%s\n%s' % (operation, '\n'.join(faults))


@pytest.mark.parametrize('name', OPERATIONS)
def test_a_body_that_is_wrong_as_a_whole_changes_nothing(stage, operations, name):
    place, operation = stage.place(name), operations[name]
    faults = []
    before = stage.seen(place)
    for why, body, status in BadBodies(operation, place.good).unreadable():
        answer = send(place, operation.method, body)
        fault = fault_of(answer, status) or ('something was changed' if stage.seen(place) != before else '')
        if fault:
            faults.append('%s (%s): %s' % (why, body[:120], fault))
            before = stage.seen(place)
    assert not faults, '%s\n%s' % (operation, '\n'.join(faults))


@pytest.mark.parametrize('name', OPERATIONS)
def test_the_good_body_is_good(stage, operations, name):
    """Else the others prove nothing: with none of its members wrong it is taken, and changes something."""
    place, operation = stage.place(name), operations[name]
    before, before_settings = stage.seen(place), stage.owner.get(stage.organization + '/token-settings').json
    answer = send(place, operation.method, json.dumps(place.good))
    assert answer.status < 300, answer
    assert stage.seen(place) != before
    if name == 'changeTokenSettings':
        assert send(place, operation.method, json.dumps(before_settings)).status == 200


# -- a list of texts for a body --------------------------------------------------------------------


@pytest.mark.parametrize('body, status, named', [
    ('[]', 400, ''), ('{}', 400, ''), ('null', 400, ''), ('"GOOD"', 400, ''), ('["GOOD", 7]', 400, '1'), ('["GOOD", null]', 400, '1'),
    ('["GOOD", ["GOOD"]]', 400, '1'), ('["GOOD", 1e999]', 400, '1'), ('["GOOD", %s]' % ', '.join(['"x"'] * 100), 400, ''),
    ('["GOOD"', 400, None), ('["GOOD"] 1', 400, None), ('["GOOD", %s]' % ('[' * 100 + ']' * 100), 400, None),
    ('["GOOD", "%s"]' % ('x' * 131072), 413, None),
])
def test_a_wrong_report_of_leaks_ends_no_token(stage, body, status, named):
    token = stage.owner.create_token('reported ' + secrets.token_hex(4), kind='api_key').json
    answer = stage.server.client().post('/api/v1/leaks', body=body.replace('GOOD', token['token']), headers={'Content-Type': 'application/json'})
    assert not fault_of(answer, status), fault_of(answer, status)
    assert named is None or list(answer.json['errors']) == [named], answer
    assert stage.server.with_key(token['token']).whoami().status == 200


# -- queries ---------------------------------------------------------------------------------------


def test_a_wrong_parameter_of_a_query_is_named(stage):
    faults = []
    token, account = stage.token(), new_service_account(stage.owner)
    webhook = stage.owner.post(stage.organization + '/webhooks', json={'url': 'https://hooks.example.com/' + secrets.token_hex(4), 'events': QUIET}).json
    places = {'organization_id': stage.organization.rsplit('/', 1)[1], 'token_id': token['id'], 'service_account_id': account['id'],
              'webhook_id': webhook['id'], 'user_id': stage.owner.id}
    for operation in operations_that_read().values():
        for name, text in wrong_parameters(operation):
            path = operation.path.format(**places) + '?' + urllib.parse.urlencode({name: text})
            answer = stage.owner.get(path)
            fault = fault_of(answer, 400)
            if not fault and list(answer.json.get('errors', {})) != [name]:
                fault = 'it does not name it, or others too: %s' % answer.text[:300]
            if fault:
                faults.append('%s: %s' % (path[:200], fault))
    assert not faults, '\n'.join(faults)
