"""Invitations stand for as long as whoever made them might make them anew, and let those in who have an account."""
import re
import secrets

import pytest

from support.database import add_member
from support.people import V1, org, promote

PASSWORD = 'Memb3rPass!'


@pytest.fixture
def admin(server):
    return promote(server, server.new_user('admin'), 'administrator')


def invite(client, **order):
    answer = client.post(V1 + '/organizations/1/invitations', json=order)
    assert answer.status == 201, answer
    return answer.json['url'].partition('token=')[2], answer.json['id']


def state_of(server, invitation_id):
    items = server.owner.get(V1 + '/organizations/1/invitations?limit=200').json['items']
    return next(item['state'] for item in items if item['id'] == invitation_id)


def try_sign_up(server, link, email=None):
    client, path = server.client(), '/user/signup/?token=' + link
    form = {'email': email or 'new-%s@example.com' % secrets.token_hex(5), 'password': PASSWORD,
            'csrfmiddlewaretoken': client.csrf_field(path)}
    return client.post(path, form=form)


def sign_in_and_come_back(server, email, link):
    """As the link 'Sign in and join' of the sign-up page does it."""
    client = server.client()
    page = client.get('/user/signup/?token=' + link)
    way_in = re.search(r'<a href="([^"]+)">Sign in and join', page.text).group(1)
    form = {'email': email, 'password': PASSWORD, 'csrfmiddlewaretoken': client.csrf_field(way_in)}
    answer = client.post(way_in, form=form)
    assert answer.status == 302 and answer.headers['Location'].endswith('/user/signup/?token=' + link), answer
    return client


def join(client, link):
    path = '/user/signup/?token=' + link
    return client.post(path, form={'csrfmiddlewaretoken': client.csrf_field(path)})


TAKEN = {
    'demoted': lambda owner, path: owner.patch(path, json={'role': 'member'}),
    'removed': lambda owner, path: owner.delete(path),
    'deactivated': lambda owner, path: owner.patch(path, json={'is_active': False}),
}


@pytest.mark.parametrize('how', TAKEN)
def test_an_invitation_ends_with_its_makers_right_to_give_it(server, admin, how):
    link, invitation = invite(admin, role='administrator')
    path = org(server.owner, '/members/%d' % admin.id)
    assert state_of(server, invitation) == 'open'
    assert TAKEN[how](server.owner, path).status in (200, 204)
    assert state_of(server, invitation) == 'revoked'
    assert try_sign_up(server, link).status == 403
    if how == 'demoted':
        assert server.owner.patch(path, json={'role': 'administrator'}).status == 200
        assert try_sign_up(server, link).status == 302, 'he may again'


def test_an_invitation_above_its_makers_role_does_not_count(server):
    owner = promote(server, server.new_user('owner'), 'owner')
    link, _ = invite(owner, role='owner')
    lesser, _ = invite(owner, role='administrator')
    assert server.owner.patch(org(server.owner, '/members/%d' % owner.id), json={'role': 'administrator'}).status == 200
    assert try_sign_up(server, link).status == 403
    assert try_sign_up(server, lesser).status == 302


def test_an_invitation_of_a_deleted_account_is_revoked(server, admin):
    link, invitation = invite(admin)
    assert server.owner.delete('/api/users/%d' % admin.id).status == 204
    assert state_of(server, invitation) == 'revoked'
    assert try_sign_up(server, link).status == 403


def test_who_was_removed_comes_back_by_an_invitation(server):
    user = server.new_user('back')
    user_id, email = user.id, user.email
    path = org(server.owner, '/members/%d' % user_id)
    pat = user.create_pat()
    assert server.owner.delete(path).status == 204
    link, invitation = invite(server.owner, email=email, role='administrator')
    refused = try_sign_up(server, link, email)
    assert refused.status == 200 and 'already exists' in refused.text and 'Sign in and join' in refused.text
    assert state_of(server, invitation) == 'open'

    again = sign_in_and_come_back(server, email, link)
    page = again.get('/user/signup/?token=' + link)
    assert page.status == 200 and '>Join' in page.text and 'administrator' in page.text
    assert join(again, link).status == 302
    assert again.get(V1 + '/session').json['organization']['id'] == 1
    assert server.owner.get(path).json['role'] == 'administrator'
    assert state_of(server, invitation) == 'used'
    assert server.refresh(pat).status == 200, 'his tokens are his'
    events = server.owner.get(org(server.owner, '/audit-events?subject_user_id=%d&limit=5' % user_id)).json['items']
    assert {'member.added', 'invitation.used'} <= {event['event'] for event in events}
    assert again.get('/user/signup/?token=' + link).status == 302, 'a member already'


def test_an_invitation_for_another_is_not_taken(server):
    user = server.new_user('wrong')
    assert server.owner.delete(org(server.owner, '/members/%d' % user.id)).status == 204
    link, invitation = invite(server.owner, email='somebody-else@example.com')
    again = sign_in_and_come_back(server, user.email, link)
    assert join(again, link).status == 403
    assert state_of(server, invitation) == 'open'


def test_who_was_removed_does_not_come_back_by_the_link_that_he_kept(server):
    user = server.new_user('kept')
    link = server.owner.invitation()
    assert server.owner.delete(org(server.owner, '/members/%d' % user.id)).status == 204
    again = sign_in_and_come_back(server, user.email, link)
    assert join(again, link).status == 403
    assert again.get(V1 + '/organizations').json['items'] == []


def test_joining_a_second_organization_leaves_one_acting_in_the_first(server):
    second = server.cli_json('org', 'add', 'Second ' + secrets.token_hex(4))['id']
    host = server.new_user('host')
    add_member(server, host.id, second, 3)
    user = server.new_user('guest')
    link, _ = invite(server.owner)
    # an invitation to the first from within: he is a member, and nothing happens
    assert user.get('/user/signup/?token=' + link).status == 302
    done = server.cli('user', 'add', 'own-%d@example.com' % second, '--organization', str(second), '--role', 'owner',
                      '--no-password')
    assert done.returncode == 0, done.stderr
    key = server.cli_json('token', 'create', '--user', 'own-%d@example.com' % second, '--name', 'k', '--kind', 'api_key')
    made = server.with_key(key['token']).post(V1 + '/organizations/%d/invitations' % second, json={})
    assert made.status == 201, made
    assert join(user, made.json['url'].partition('token=')[2]).status == 302
    assert [item['id'] for item in user.get(V1 + '/organizations').json['items']] == [1, second]
    assert user.get(V1 + '/session').json['organization']['id'] == 1


def test_joining_needs_the_forms_token(server):
    user = server.new_user('csrf')
    assert server.owner.delete(org(server.owner, '/members/%d' % user.id)).status == 204
    link, invitation = invite(server.owner)
    again = sign_in_and_come_back(server, user.email, link)
    assert again.post('/user/signup/?token=' + link, form={'x': 'y'}, csrf=False).status == 403
    assert state_of(server, invitation) == 'open'


def test_only_a_good_invitation_lets_somebody_sign_in_who_belongs_nowhere(server):
    user = server.new_user('nowhere')
    assert server.owner.delete(org(server.owner, '/members/%d' % user.id)).status == 204
    for link in ('', 'inv_' + 'x' * 40, 'x'):
        client, path = server.client(), '/user/login/?next=/user/signup/%3Ftoken%3D' + link
        form = {'email': user.email, 'password': PASSWORD, 'csrfmiddlewaretoken': client.csrf_field(path)}
        assert client.post(path, form=form).status == 200
