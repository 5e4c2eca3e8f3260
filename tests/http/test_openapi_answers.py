"""
Every operation of docs/openapi.yaml on a server with something in it: the answers, good and bad, have exactly the
members that are promised.
"""
import secrets

import pytest

from support.openapi import Caller, METHODS

PASSWORD = 'Memb3rPass!'
# What no test can make answer well, each with its reason.
NEVER_GOOD = {
    'lsCreateOrganization': 'Label Studio refuses it, always',
}

# Anybody may ask; without a credential they are refused for another reason.
LOOKED_AT_LATER = ('lsBlacklist', 'introspectToken')


class World:
    """One organization with a bit of everything, and whoever walks through it."""

    def __init__(self, server):
        self.server, self.call = server, Caller(server.base_url)
        self.owner, self.member = server.owner, server.new_user('walker')
        self.nobody = server.client()
        session = self.call(self.owner, 'showSession').json
        self.org = {'organization_id': session['organization']['id']}
        self.owner_id = session['user']['id']

    def good(self, client, name, *words, **more):
        answer = self.call(client, name, *words, **more)
        assert answer.status < 300, '%s: %s' % (name, answer)
        return answer.json


@pytest.fixture(scope='module')
def world(server):
    server.set_settings(legacy_api_tokens_enabled=True)
    world = World(server)
    for walk in (tokens, account, organization, people, machines, webhooks, standards, label_studio, operations):
        walk(world)
    return world


def tokens(w):
    made = w.good(w.owner, 'createToken', json={'name': 'walked', 'ttl_days': 3, 'scopes': ['read'], 'allowed_ips': ['127.0.0.0/8']})
    key = w.good(w.owner, 'createToken', json={'name': 'a key', 'kind': 'api_key'})
    for token in (made, key):
        one = {'token_id': token['id']}
        w.good(w.owner, 'showToken', one)
        w.good(w.owner, 'showToken', one, query={'include': 'usage'})
        w.good(w.owner, 'changeToken', one, json={'name': 'renamed ' + token['kind']})
        w.server.with_key(token['token']).get('/api/current-user/whoami')
        w.good(w.owner, 'showTokenUsage', one)
        successor = w.good(w.owner, 'rotateToken', one, json={'grace_seconds': 60})
        w.good(w.owner, 'showToken', one)
        w.good(w.owner, 'revokeToken', {'token_id': successor['id']})
        w.good(w.owner, 'showToken', {'token_id': successor['id']})
    gone = w.good(w.owner, 'createToken', json={'name': 'leaked', 'kind': 'api_key'})
    w.good(w.nobody, 'reportLeaks', json=[gone['token'], 'nonsense', gone['token']])
    for query in ({}, {'state': 'ended'}, {'state': 'all', 'include': 'usage', 'sort': 'last_used_at', 'limit': 2, 'kind': 'pat', 'q': 'e'}):
        w.good(w.owner, 'listTokens', query=query)
    w.good(w.owner, 'showLegacyToken')
    w.good(w.owner, 'resetLegacyToken')
    w.good(w.owner, 'listScopes')


def account(w):
    email = 'entering-%s@example.com' % secrets.token_hex(4)
    w.server.client().sign_up(w.owner.invitation(), email, PASSWORD)
    w.good(w.server.client(), 'signIn', json={'email': email, 'password': PASSWORD})
    someone, elsewhere = (w.server.sign_in(email, PASSWORD) for _ in range(2))
    w.good(someone, 'showSession')
    w.good(someone, 'showAccount')
    w.good(someone, 'changeAccount', json={'first_name': 'Ada', 'last_name': '', 'phone': '1'})
    others = [item['id'] for item in w.good(someone, 'listSessions')['items'] if not item['is_current']]
    w.good(someone, 'endSession', {'session_id': others[0]})
    w.good(someone, 'endOtherSessions')
    w.good(someone, 'changePassword', json={'current_password': PASSWORD, 'new_password': 'An0therPass!'})
    w.good(someone, 'signOut')
    del elsewhere
    with_pat = w.server.with_key(w.good(w.member, 'createToken', json={'name': 'asks'})['token'])
    w.good(with_pat, 'showSession')


def organization(w):
    w.good(w.owner, 'listOrganizations')
    w.good(w.owner, 'showOrganization', w.org)
    w.good(w.owner, 'changeOrganization', w.org, json={'title': 'Walked through'})
    w.good(w.owner, 'showTokenSettings', w.org)
    w.good(w.owner, 'changeTokenSettings', w.org, json={'max_tokens_per_user': 50, 'allowed_ips': ['127.0.0.0/8', '::1']})
    w.good(w.owner, 'changeTokenSettings', w.org, json={'max_tokens_per_user': 0, 'allowed_ips': []})
    w.good(w.owner, 'showTokenSettingsImpact', w.org)
    w.good(w.owner, 'summarizeOrganizationTokens', w.org)
    mine = w.good(w.member, 'createToken', json={'name': 'of a member'})
    for query in ({}, {'state': 'all', 'include': 'usage', 'never_used': 'true', 'limit': 3}, {'unused_days': 30, 'q': 'walker'},
                  {'expires_in_days': 30, 'kind': 'pat', 'sort': '-expires_at'}):
        w.good(w.owner, 'listOrganizationTokens', w.org, query=query)
    one = {**w.org, 'token_id': mine['id']}
    w.good(w.owner, 'showOrganizationToken', one)
    w.good(w.owner, 'revokeOrganizationToken', one)
    w.good(w.owner, 'showOrganizationToken', one)
    another = w.good(w.member, 'createToken', json={'name': 'one of many'})
    w.good(w.owner, 'revokeOrganizationTokens', w.org, json={'ids': [another['id']]})
    w.good(w.owner, 'listAuditEvents', w.org)
    w.good(w.owner, 'listAuditEvents', w.org, query={'event': 'token.created', 'order': 'asc', 'after': 0, 'limit': 200})
    for form in ('ndjson', 'csv'):
        w.good(w.owner, 'listAuditEvents', w.org, query={'format': form, 'since': '2026-01-01T00:00:00Z'})


def people(w):
    w.good(w.owner, 'createInvitation', w.org)
    invited = w.good(w.owner, 'createInvitation', w.org, json={'email': 'new@example.com', 'role': 'administrator', 'ttl_days': 2})
    w.good(w.owner, 'listInvitations', w.org)
    w.good(w.owner, 'revokeInvitation', {**w.org, 'invitation_id': invited['id']})
    w.good(w.owner, 'listInvitations', w.org)
    someone = w.server.new_user('brief')
    one = {**w.org, 'user_id': someone.id}
    for query in ({}, {'state': 'all', 'role': 'member', 'q': 'brief', 'sort': '-joined_at', 'limit': 1}):
        w.good(w.owner, 'listMembers', w.org, query=query)
    w.good(w.owner, 'showMember', one)
    w.good(w.owner, 'changeMember', one, json={'role': 'administrator'})
    w.good(w.owner, 'changeMember', one, json={'is_active': False})
    w.good(w.owner, 'changeMember', one, json={'is_active': True, 'role': 'member'})
    w.good(w.owner, 'removeMember', one)


def machines(w):
    made = w.good(w.owner, 'createServiceAccount', w.org, json={'name': 'nightly', 'description': 'exports', 'role': 'member'})
    one = {**w.org, 'service_account_id': made['id']}
    w.good(w.owner, 'listServiceAccounts', w.org)
    w.good(w.owner, 'listServiceAccounts', w.org, query={'q': 'night', 'limit': 1})
    w.good(w.owner, 'showServiceAccount', one)
    w.good(w.owner, 'changeServiceAccount', one, json={'description': 'more', 'owner_user_id': w.owner_id, 'is_active': True})
    token = w.good(w.owner, 'createServiceAccountToken', one, json={'name': 'its key', 'kind': 'api_key', 'ttl_days': 30})
    w.good(w.server.with_key(token['token']), 'showSession')
    w.good(w.owner, 'listServiceAccountTokens', one, query={'include': 'usage', 'state': 'all'})
    w.good(w.owner, 'deactivateServiceAccount', one)
    w.good(w.owner, 'showServiceAccount', one)


def webhooks(w):
    made = w.good(w.owner, 'createWebhook', w.org, json={'url': 'https://hooks.example.com/in', 'events': ['token.created'], 'description': 'chat'})
    one = {**w.org, 'webhook_id': made['id']}
    w.good(w.owner, 'testWebhook', one)
    w.good(w.owner, 'listWebhooks', w.org)
    w.good(w.owner, 'showWebhook', one)
    w.good(w.owner, 'changeWebhook', one, json={'events': ['*'], 'is_enabled': False})
    w.good(w.owner, 'listWebhookDeliveries', one)
    w.good(w.owner, 'rotateWebhookSecret', one)
    w.good(w.owner, 'removeWebhook', one)


def standards(w):
    w.good(w.nobody, 'showServerMetadata')
    w.good(w.nobody, 'showKeys')
    pat = w.good(w.member, 'createToken', json={'name': 'standards'})['token']
    access = w.good(w.nobody, 'exchangeToken', form={'grant_type': 'refresh_token', 'refresh_token': pat})['access_token']
    w.good(w.nobody, 'exchangeToken', form={
        'grant_type': 'urn:ietf:params:oauth:grant-type:token-exchange', 'subject_token': pat, 'scope': 'read',
        'subject_token_type': 'urn:ietf:params:oauth:token-type:refresh_token'})
    w.good(w.server.bearer(access), 'introspectToken', form={'token': pat})
    w.good(w.server.bearer(access), 'introspectToken', form={'token': access})
    w.good(w.server.bearer(access), 'introspectToken', form={'token': 'nonsense'})
    for answer in ('approveDeviceGrant', 'denyDeviceGrant'):
        device = w.good(w.nobody, 'authorizeDevice', form={'client_id': 'walker', 'scope': 'read'})
        code = {'user_code': device['user_code']}
        waiting = {'grant_type': 'urn:ietf:params:oauth:grant-type:device_code', 'device_code': device['device_code']}
        w.call(w.nobody, 'exchangeToken', form=waiting)
        w.good(w.member, 'showDeviceGrant', code)
        w.good(w.member, answer, code)
        w.call(w.nobody, 'exchangeToken', form=waiting)
    w.good(w.nobody, 'revokeByToken', form={'token': pat, 'token_type_hint': 'refresh_token'})
    w.good(w.nobody, 'revokeByToken', form={'token': 'nonsense'})


def label_studio(w):
    pat = w.good(w.member, 'lsCreateToken')['token']
    w.call(w.member, 'lsCreateToken')
    w.good(w.member, 'lsListTokens')
    access = w.good(w.nobody, 'lsRefresh', json={'refresh': pat})['access']
    w.good(w.server.bearer(access), 'lsWhoami')
    pat = w.good(w.server.bearer(access), 'lsRotate', json={'refresh': pat})['refresh']
    w.good(w.member, 'lsBlacklist', json={'refresh': pat})
    w.good(w.owner, 'lsShowSettings')
    w.good(w.owner, 'lsChangeSettings', json={'api_tokens_enabled': True, 'legacy_api_tokens_enabled': True})
    w.good(w.member, 'lsShowLegacyToken')
    w.good(w.member, 'lsResetLegacyToken')
    w.good(w.owner, 'lsListUsers')
    made = w.good(w.owner, 'lsCreateUser', json={'username': 'made', 'email': 'made-%s@example.com' % secrets.token_hex(4)})
    one, team = {'id': made['id']}, {'id': w.org['organization_id']}
    w.good(w.owner, 'lsShowUser', one)
    w.good(w.owner, 'lsChangeUser', one, json={'first_name': 'Grace'})
    w.good(w.owner, 'lsListOrganizations')
    w.good(w.owner, 'lsShowOrganization', team)
    w.good(w.owner, 'lsChangeOrganization', team, json={'title': 'Walked'})
    w.good(w.owner, 'lsReplaceOrganization', team, json={'title': 'Walked again'})
    w.good(w.owner, 'lsListMemberships', team)
    member = {**team, 'user': w.server.new_user('leaver').id}
    w.good(w.owner, 'lsShowMembership', member)
    w.good(w.owner, 'lsRemoveMembership', member)
    w.good(w.owner, 'lsDeleteUser', one)
    w.good(w.owner, 'lsShowInvitation')
    w.good(w.owner, 'lsResetInvitation')
    w.good(w.nobody, 'lsVersion')
    w.good(w.nobody, 'lsHealth')


def operations(w):
    key = w.server.with_key(w.good(w.member, 'createToken', json={'name': 'for a proxy', 'kind': 'api_key', 'ttl_days': 2})['token'])
    w.good(key, 'forwardAuth')
    w.good(w.nobody, 'forwardAuth', query={'anonymous': 'pass'})
    w.call(w.nobody, 'forwardAuth')
    for name in ('showHealth', 'showReadiness', 'showMetrics', 'showVersion', 'showOpenapi', 'showOpenapiYaml'):
        w.good(w.nobody, name)


def somewhere(operation):
    """Values for a path that lead to nothing."""
    return {p['name']: 987654321 if p['schema'].get('type') == 'integer' else 'nowhere' for p in operation.parameters if p['in'] == 'path'}


def test_every_operation_answers_well_and_as_promised(world):
    assert not world.call.wrong, '\n'.join(world.call.wrong)
    good = {name for name, status in world.call.seen if status < 400}
    assert set(world.call.description.operations) - good == set(NEVER_GOOD)


def test_refusals_are_as_promised(world):
    call = Caller(world.server.base_url)
    for operation in call.description.operations.values():
        where = somewhere(operation)
        nobody = call(world.server.client(), operation.name, where)
        if operation.security and operation.name not in LOOKED_AT_LATER:
            assert nobody.status == 401, (operation, nobody)
        call(world.server.client(Authorization='Bearer nonsense'), operation.name, where)
        call(world.server.client(Accept='image/png'), operation.name, where)
        for client in (world.owner, world.member):
            if operation.name != 'signOut':
                if where:
                    assert call(client, operation.name, where).status in (400, 403, 404), operation
                if 'organization_id' in where:
                    call(client, operation.name, {**where, **world.org})
    assert not call.wrong, '\n'.join(call.wrong)


UNREADABLE = {
    'application/json': (b'', b'{', b'"text"', b'[{}]', b'{"a": 1, "a": 2}', b'\xff', b'[' * 100, b'{"name": "' + b'x' * 70000 + b'"}'),
    'application/x-www-form-urlencoded': (b'token', b'grant_type=a&grant_type=b', b'%zz=1', b'a=' + b'x' * 70000),
}


def test_bodies_that_cannot_be_read_are_refused_as_promised(world):
    call = Caller(world.server.base_url)
    for operation in call.description.operations.values():
        for media in operation.body_types():
            where = {**somewhere(operation), **world.org}
            for body in UNREADABLE[media]:
                call(world.owner, operation.name, where, body=body, headers={'Content-Type': media})
            call(world.owner, operation.name, where, body=b'<a/>', headers={'Content-Type': 'application/xml'})
    assert not call.wrong, '\n'.join(call.wrong)


def test_an_unknown_member_of_a_body_is_refused_by_name(world):
    call = Caller(world.server.base_url)
    for operation in call.description.operations.values():
        if operation.body_types() != ['application/json'] or 'Label Studio' in operation.what['tags'] or operation.name == 'reportLeaks':
            continue
        answer = call(world.owner, operation.name, {**somewhere(operation), **world.org}, body=b'{"no_such_member": 1}',
                      headers={'Content-Type': 'application/json'})
        assert answer.status == 404 or 'no_such_member' in answer.json['errors'], (operation, answer)
    assert not call.wrong, '\n'.join(call.wrong)


def test_other_methods_are_refused_as_promised(world):
    call = Caller(world.server.base_url)
    known = {}
    for operation in call.description.operations.values():
        known.setdefault(operation.path, {})[operation.method] = operation
    for path, by_method in known.items():
        some = next(iter(by_method.values()))
        if path == '/auth':  # every method is answered alike
            continue
        address = path
        for name, value in somewhere(some).items():
            address = address.replace('{%s}' % name, str(value))
        for method in (m.upper() for m in METHODS if m not in ('head', 'options')):
            if method not in by_method:
                answer = world.owner.request(method, address)
                assert answer.status == 405, (method, path, answer)
                assert set(by_method) <= set(answer.headers['Allow'].split(', ')), (method, path, answer.headers['Allow'])
                call.judge(some, answer, {}, None, None)
    assert not call.wrong, '\n'.join(call.wrong)
