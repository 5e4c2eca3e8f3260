"""/api/v1/organizations and its members and invitations: roles, rights, races."""
import secrets

import pytest

from support.people import V1, at_once, org, organization_id, pages, promote


@pytest.fixture
def bob(server):
    return server.new_user('bob')


@pytest.fixture
def admin(server):
    return promote(server, server.new_user('admin'), 'administrator')


def member_path(server, client):
    return org(server.owner, '/members/%d' % client.id)


def second_owner(server):
    return promote(server, server.new_user('owner2'), 'owner')


ADMINISTRATORS = ['/members', '/members/1', '/invitations', '/service-accounts', '/service-accounts/1', '/tokens',
                  '/tokens/summary', '/tokens/abc', '/token-settings/impact']


@pytest.mark.parametrize('path', ADMINISTRATORS)
def test_a_member_is_kept_out_and_a_stranger_sees_nothing(server, bob, path):
    assert bob.get(org(bob, path)).status == 403
    assert bob.get('%s/organizations/%d%s' % (V1, organization_id(bob) + 1000, path)).status == 404
    assert server.owner.get('%s/organizations/%d%s' % (V1, organization_id(bob) + 1000, path)).status == 404
    assert server.client().get(org(bob, path)).status == 401


def test_my_organizations_and_their_counts(server, bob):
    items = bob.get(V1 + '/organizations').json['items']
    assert [item['role'] for item in items] == ['member'] and items[0]['id'] == organization_id(bob)
    before = bob.get(org(bob)).json
    assert set(before) == {'id', 'title', 'role', 'created_at', 'member_count', 'service_account_count'}
    server.new_user('carl')
    assert bob.get(org(bob)).json['member_count'] == before['member_count'] + 1


def test_an_administrator_renames_the_organization(server, admin, bob):
    title = server.owner.get(org(server.owner)).json['title']
    assert bob.patch(org(bob), json={'title': 'x'}).status == 403
    assert admin.patch(org(admin), json={'title': 'Ünited'}).json['title'] == 'Ünited'
    for bad in ('', '  ', 'x' * 1001, 'a\nb', 5):
        answer = admin.patch(org(admin), json={'title': bad})
        assert answer.status == 400 and list(answer.json['errors']) == ['title'], answer
    assert admin.patch(org(admin), json={'title': title}).status == 200


def test_members_are_listed_filtered_and_sorted(server, admin):
    mark = secrets.token_hex(4)
    people = [server.new_user('%s%d' % (mark, i)) for i in range(3)]
    path = org(admin, '/members')
    for sort in ('joined_at', '-joined_at', 'email', '-email', 'last_activity', '-last_activity'):
        whole = pages(admin, path, q=mark, sort=sort)
        key = sort.lstrip('-')
        values = [item[key] for item in whole]
        assert len(whole) == 3 and values == sorted(values, reverse=sort.startswith('-')), sort
        assert pages(admin, path, q=mark, sort=sort, limit=1) == whole, sort
    people[0].create_pat()
    item = admin.get(path + '?q=' + people[0].email).json
    assert item['total'] == 1 and item['items'][0]['live_tokens'] == 1
    assert item['items'][0]['role'] == 'member' and item['items'][0]['is_active'] is True
    assert admin.get(path + '?role=owner&q=' + mark).json['items'] == []
    assert admin.get(path + '?q=%25').json['items'] == [], 'a percent sign is no wildcard'
    assert admin.get(path + '?sort=shoe_size').status == 400


def test_deactivated_and_removed_members_are_found_by_state(server, admin, bob):
    path = org(admin, '/members')
    assert admin.patch(member_path(server, bob), json={'is_active': False}).json['is_active'] is False
    find = lambda state: [item['user_id'] for item in pages(admin, path, state=state, q=bob.email)]
    bob_id = pages(admin, path, state='all', q=bob.email)[0]['user_id']
    assert (find('active'), find('deactivated'), find('removed'), find('all')) == ([], [bob_id], [], [bob_id])
    assert admin.patch('%s/%d' % (path, bob_id), json={'is_active': True}).status == 200
    assert admin.delete('%s/%d' % (path, bob_id)).status == 204
    assert (find('active'), find('removed')) == ([], [bob_id])
    assert admin.delete('%s/%d' % (path, bob_id)).status == 404


def test_a_deactivated_member_is_out_at_once(server, admin, bob):
    access = server.access(bob.create_pat())
    assert server.whoami(access).status == 200
    assert admin.patch(member_path(server, bob), json={'is_active': False}).status == 200
    assert server.whoami(access).status == 401
    assert bob.get(V1 + '/session').status == 401


def test_role_and_state_change_together_or_not_at_all(server, bob):
    path = member_path(server, bob)
    answer = server.owner.patch(path, json={'role': 'emperor', 'is_active': False})
    assert answer.status == 400 and list(answer.json['errors']) == ['role']
    assert server.owner.get(path).json['is_active'] is True
    body = server.owner.patch(path, json={'role': 'administrator', 'is_active': False}).json
    assert (body['role'], body['is_active']) == ('administrator', False)


def test_an_administrator_manages_those_below_only(server, admin, bob):
    peer = promote(server, server.new_user('peer'), 'administrator')
    owner = member_path(server, server.owner)
    for path in (owner, member_path(server, peer)):
        assert admin.patch(path, json={'role': 'member'}).status == 403
        assert admin.patch(path, json={'is_active': False}).status == 403
        assert admin.delete(path).status == 403
    assert admin.patch(member_path(server, bob), json={'role': 'owner'}).status == 403
    assert admin.patch(member_path(server, bob), json={'role': 'administrator'}).status == 200
    assert admin.patch(member_path(server, admin), json={'role': 'owner'}).status == 403
    assert admin.patch(member_path(server, admin), json={'is_active': False}).status == 409


def test_the_last_owner_stays(server):
    path = member_path(server, server.owner)
    assert server.owner.patch(path, json={'role': 'member'}).status == 409
    assert server.owner.patch(path, json={'is_active': False}).status == 409
    assert server.owner.delete(path).status == 409
    # an owner who cannot act does not count
    other = second_owner(server)
    assert server.owner.patch(member_path(server, other), json={'is_active': False}).status == 200
    assert server.owner.patch(path, json={'role': 'member'}).status == 409


@pytest.mark.parametrize('method,body', [('PATCH', {'role': 'member'}), ('PATCH', {'is_active': False}),
                                         ('DELETE', None)])
def test_two_owners_who_race_to_put_each_other_down_leave_one(make_server, method, body):
    server = make_server()
    for _ in range(3):
        other = second_owner(server)
        one, two = member_path(server, server.owner), member_path(server, other)
        answers = at_once(lambda: server.owner.request(method, two, json=body),
                          lambda: other.request(method, one, json=body))
        good = [answer for answer in answers if answer.status in (200, 204)]
        assert len(good) == 1, answers
        owners = [m for m in (server.cli_json('org', 'members')['items']) if m.get('role') == 'owner']
        assert len(owners) >= 1
        if answers[1].status in (200, 204):  # the first one lost: the test is made
            return


def invite(client, **order):
    return client.post(org(client, '/invitations'), json=order)


def token_of(answer):
    assert answer.status == 201, answer
    return answer.json['url'].split('?token=')[1]


def sign_up(server, token, email=None, password='Memb3rPass!'):
    client = server.client()
    path = '/user/signup/?token=' + token
    form = {'email': email or 'new-%s@example.com' % secrets.token_hex(5), 'password': password,
            'csrfmiddlewaretoken': client.csrf_field(path)}
    return client, client.post(path, form=form)


def test_an_invitation_brings_one_person_in_with_its_role(server, admin):
    answer = invite(admin, role='administrator')
    assert answer.json['state'] == 'open' and answer.json['email'] is None
    assert answer.json['url'].startswith(server.base_url + '/user/signup/?token=inv_')
    client, entered = sign_up(server, token_of(answer))
    assert entered.status == 302
    assert client.get(V1 + '/session').json['organization']['role'] == 'administrator'
    _, second = sign_up(server, token_of(answer))
    assert second.status == 403
    item = [i for i in pages(admin, org(admin, '/invitations')) if i['id'] == answer.json['id']][0]
    assert item['state'] == 'used' and item['used_by'] == client.id and 'url' not in item
    assert item['created_by'] == admin.id
    assert admin.delete(org(admin, '/invitations/' + item['id'])).status == 409


def test_an_invitation_for_an_email_is_for_nobody_else(server, admin):
    email = 'Dora-%s@Example.com' % secrets.token_hex(4)
    token = token_of(invite(admin, email=email))
    assert email.lower() in server.client().get('/user/signup/?token=' + token).text
    _, other = sign_up(server, token)
    assert other.status == 200 and 'for another email address' in other.text
    client, answer = sign_up(server, token, email.upper())
    assert answer.status == 302 and client.whoami().json['email'] == email.lower()


def test_of_two_who_use_one_invitation_one_comes_in(server, admin):
    for _ in range(3):
        token = token_of(invite(admin))
        answers = at_once(lambda: sign_up(server, token)[1], lambda: sign_up(server, token)[1])
        assert sorted(answer.status for answer in answers) == [302, 403], answers


def test_a_revoked_and_an_expired_invitation_let_nobody_in(server, admin):
    answer = invite(admin, ttl_days=1)
    assert admin.delete(org(admin, '/invitations/' + answer.json['id'])).status == 204
    assert admin.delete(org(admin, '/invitations/' + answer.json['id'])).status == 204
    assert sign_up(server, token_of(answer))[1].status == 403
    assert admin.delete(org(admin, '/invitations/none')).status == 404


@pytest.mark.parametrize('order,field', [
    ({'email': 'not an address'}, 'email'), ({'role': 'king'}, 'role'), ({'ttl_days': 0}, 'ttl_days'),
    ({'ttl_days': 366}, 'ttl_days'), ({'ttl_days': 'week'}, 'ttl_days'), ({'color': 1}, 'color'),
    ({'email': 'x.1@service.invalid'}, 'email'), ({'role': 'owner'}, 'role'),
])
def test_a_bad_invitation_is_refused_by_field(server, admin, order, field):
    answer = invite(admin, **order)
    assert answer.status == 400 and list(answer.json['errors']) == [field], answer


def test_the_organizations_own_link_goes_on_working(server, admin):
    assert invite(server.owner, role='owner').status == 201
    assert server.new_user('eve').whoami().status == 200
