"""
Whoever administers is asked again inside the transaction. A request is let in by what is known of its caller, often
from memory; here his role is taken from him behind the daemon's back, so that each request below is let in, as one
that began just before the demotion would be.
"""
import secrets

import pytest

from support.database import add_member, run_sql
from support.people import V1, new_service_account, org, promote

GONE = [
    'UPDATE members SET role = 1 WHERE user_id = %d',
    'UPDATE members SET removed_at = 1 WHERE user_id = %d',
    'UPDATE users SET is_active = 0 WHERE id = %d',
]


def new_key(client, name='key'):
    answer = client.post(V1 + '/tokens', json={'name': name, 'kind': 'api_key'})
    assert answer.status == 201, answer
    return answer.json


class Scene:
    """An administrator, and what he may lay hands on."""

    def __init__(self, server):
        admin, member = promote(server, server.new_user('admin'), 'administrator'), server.new_user('member')
        self.admin_id, self.member_id = admin.id, member.id
        self.client = server.with_key(new_key(admin)['token'])
        self.member_token, self.other_token = (new_key(member, name)['id'] for name in ('one', 'other'))
        self.account = self.path('/service-accounts/%d' % new_service_account(server.owner)['id'])
        made = admin.post(self.account + '/tokens', json={'name': 'first', 'kind': 'api_key'})
        self.account_token = made.json['id']
        self.invitation = admin.post(self.path('/invitations'), json={}).json['id']
        self.webhook = admin.post(self.path('/webhooks'), json={'url': 'https://example.com/hook'}).json['id']

    @staticmethod
    def path(rest=''):
        return V1 + '/organizations/1' + rest


# in an order in which each finds what it needs
WRITES = {
    'rename': lambda s, c: c.patch(s.path(), json={'title': 'taken'}),
    'rename as Label Studio': lambda s, c: c.patch('/api/organizations/1', json={'title': 'taken'}),
    'change settings': lambda s, c: c.patch(s.path('/token-settings'), json={'max_tokens_per_user': 4321}),
    'change settings as Label Studio': lambda s, c: c.post('/api/jwt/settings', json={'api_token_ttl_days': 4321}),
    'change an account': lambda s, c: c.patch('/api/users/%d' % s.member_id, json={'first_name': 'Taken'}),
    'change a role': lambda s, c: c.patch(s.path('/members/%d' % s.member_id), json={'role': 'member'}),
    'invite': lambda s, c: c.post(s.path('/invitations'), json={'role': 'administrator'}),
    'end an invitation': lambda s, c: c.delete(s.path('/invitations/' + s.invitation)),
    'a new link': lambda s, c: c.post('/api/invite/reset-token'),
    'a webhook': lambda s, c: c.post(s.path('/webhooks'), json={'url': 'https://example.com/other'}),
    'change a webhook': lambda s, c: c.patch(s.path('/webhooks/' + s.webhook), json={'description': 'taken'}),
    'a new secret': lambda s, c: c.post(s.path('/webhooks/%s/rotate-secret' % s.webhook)),
    'test a webhook': lambda s, c: c.post(s.path('/webhooks/%s/test' % s.webhook)),
    'remove a webhook': lambda s, c: c.delete(s.path('/webhooks/' + s.webhook)),
    'a service account': lambda s, c: c.post(s.path('/service-accounts'), json={'name': secrets.token_hex(6)}),
    'change a service account': lambda s, c: c.patch(s.account, json={'description': 'taken'}),
    'a token for it': lambda s, c: c.post(s.account + '/tokens', json={'name': secrets.token_hex(6), 'kind': 'api_key'}),
    'rotate its token': lambda s, c: c.post(V1 + '/tokens/%s/rotate' % s.account_token, json={}),
    'end a service account': lambda s, c: c.delete(s.account),
    'end a token': lambda s, c: c.delete(s.path('/tokens/' + s.member_token)),
    'end many tokens': lambda s, c: c.post(s.path('/tokens/revoke'), json={'ids': [s.other_token]}),
    'end all of a user': lambda s, c: c.post(s.path('/tokens/revoke'), json={'user_id': s.member_id}),
    'deactivate': lambda s, c: c.patch(s.path('/members/%d' % s.member_id), json={'is_active': False}),
    'remove': lambda s, c: c.delete(s.path('/members/%d' % s.member_id)),
}


@pytest.mark.parametrize('taken', GONE, ids=['demoted', 'removed', 'deactivated'])
def test_a_right_that_is_lost_while_the_request_runs_is_lost(server, taken):
    scene = Scene(server)
    went_through = {}
    for what, write in WRITES.items():
        run_sql(server, 'UPDATE members SET role = 2, removed_at = NULL WHERE user_id = %d' % scene.admin_id,
                'UPDATE users SET is_active = 1 WHERE id = %d' % scene.admin_id)
        server.owner.patch(scene.path(), json={'title': secrets.token_hex(4)})  # whoever was known is asked for again
        assert scene.client.get(V1 + '/session').json['can']['administer'] is True
        run_sql(server, taken % scene.admin_id)
        answer = write(scene, scene.client)
        if answer.status < 400:
            went_through[what] = answer
    assert not went_through


def test_whoever_still_has_the_right_may(server):
    scene = Scene(server)
    refused = {what: answer for what, answer in ((what, write(scene, scene.client)) for what, write in WRITES.items())
               if answer.status not in (200, 201, 202, 204)}
    assert not refused


def test_an_owner_who_was_made_an_administrator_has_what_administrators_have(server):
    owner = promote(server, server.new_user('owner'), 'owner')
    other = promote(server, server.new_user('other'), 'administrator')
    assert owner.get(V1 + '/session').status == 200
    run_sql(server, 'UPDATE members SET role = 2 WHERE user_id = %d' % owner.id)
    assert owner.patch(org(server.owner, '/members/%d' % other.id), json={'role': 'owner'}).status == 403


def test_ones_own_tokens_need_no_such_right(server):
    user = server.new_user('own')
    assert user.get(V1 + '/session').status == 200
    run_sql(server, 'UPDATE members SET removed_at = 1 WHERE user_id = %d' % user.id)
    token = new_key(user, 'own')
    assert user.delete(V1 + '/tokens/' + token['id']).status == 204


def test_no_token_is_made_for_an_account_that_was_ended_meanwhile(server):
    account = new_service_account(server.owner)
    path = org(server.owner, '/service-accounts/%d' % account['id'])
    own = server.with_key(server.owner.post(path + '/tokens', json={'name': 'own', 'kind': 'api_key'}).json['token'])
    assert own.get(V1 + '/session').status == 200
    run_sql(server, 'UPDATE users SET is_active = 0 WHERE id = %d' % account['id'])
    answer = own.post(V1 + '/tokens', json={'name': 'for later', 'kind': 'api_key'})
    assert answer.status == 401 and 'token' not in answer.json, answer
    answer = server.owner.post(path + '/tokens', json={'name': 'late', 'kind': 'api_key'})
    assert answer.status == 409 and 'token' not in answer.json, answer


@pytest.fixture
def elsewhere(server):
    """Somebody who is a member of a second organization too, and that one's number."""
    done = server.cli_json('org', 'add', 'Second ' + secrets.token_hex(4))
    user = server.new_user('both')
    add_member(server, user.id, done['id'], 1)
    return user, done['id']


def test_nobody_ends_somebody_in_an_organization_that_is_not_his(server, elsewhere):
    user, second = elsewhere
    path = org(server.owner, '/members/%d' % user.id)
    answer = server.owner.patch(path, json={'is_active': False})
    assert answer.status == 403 and 'remove' in answer.json['detail'], answer
    assert answer.json['type'] == '/problems/elsewhere'
    assert user.whoami().status == 200
    assert server.owner.delete('/api/users/%d' % user.id).status == 403
    assert server.owner.patch('/api/users/%d' % user.id, json={'first_name': 'Mine'}).status == 403
    assert server.owner.patch(path, json={'role': 'administrator', 'is_active': True}).status == 200, 'nothing of the account'
    assert server.owner.delete(path).status == 204, 'from this organization he can be taken'
    done = server.cli('user', 'deactivate', user.email)
    assert done.returncode == 0, done.stderr


def test_whoever_administers_all_of_them_may(server, elsewhere):
    user, second = elsewhere
    user_id = user.id
    path = org(server.owner, '/members/%d' % user_id)
    admin = promote(server, server.new_user('admin'), 'administrator')
    add_member(server, admin.id, second, 1)
    assert admin.patch(path, json={'is_active': False}).status == 403, 'a plain member there'
    run_sql(server, 'UPDATE members SET role = 2 WHERE user_id = %d AND organization_id = %d' % (admin.id, second))
    assert admin.patch(path, json={'is_active': False}).status == 200
    run_sql(server, 'UPDATE members SET role = 2 WHERE user_id = %d AND organization_id = %d' % (user_id, second))
    assert admin.patch(path, json={'is_active': True}).status == 403, 'beside him there'


def test_a_guests_tokens_are_reached_from_where_he_acts_alone(server, elsewhere):
    guest, second = elsewhere
    mine = new_key(guest)
    email = 'host-%d@example.com' % second
    done = server.cli('user', 'add', email, '--organization', str(second), '--role', 'owner', '--no-password')
    assert done.returncode == 0, done.stderr
    host = server.with_key(server.cli_json('token', 'create', '--user', email, '--name', 'k', '--kind', 'api_key')['token'])
    path = '%s/organizations/%d' % (V1, second)
    assert host.get(path + '/members/%d' % guest.id).status == 200, 'he is a member there'
    assert host.delete(path + '/tokens/' + mine['id']).status == 403
    answer = host.post(path + '/tokens/revoke', json={'user_id': guest.id})
    assert answer.status == 404 or answer.json['revoked'] == 0, answer
    assert server.with_key(mine['token']).whoami().status == 200
    removed = new_key(server.new_user('removed'))
    person = org(server.owner, '/members/%d' % server.with_key(removed['token']).id)
    assert server.owner.get(org(server.owner, '/tokens/' + removed['id'])).status == 200
    assert server.owner.delete(person).status == 204
    assert server.owner.get(org(server.owner, '/tokens/' + removed['id'])).status == 404
    assert server.owner.delete(org(server.owner, '/tokens/' + mine['id'])).status == 204


def test_who_was_removed_is_nobodys_to_change_or_delete(server):
    user, admin = server.new_user('gone'), promote(server, server.new_user('admin'), 'administrator')
    path, user_id = org(server.owner, '/members/%d' % user.id), user.id
    assert admin.get('/api/users/%d' % user_id).status == 200
    assert server.owner.delete(path).status == 204
    for client in (admin, server.owner):
        assert client.get('/api/users/%d' % user_id).json['email'] == 'Deleted', 'that he was there is all to see'
        assert client.patch('/api/users/%d' % user_id, json={'first_name': 'Mine'}).status == 404
        assert client.delete('/api/users/%d' % user_id).status == (403 if client is admin else 404)
    assert user.get('/api/users/%d' % user_id).status == 200, 'himself'
