"""Service accounts: accounts of programs, without password or session, with an owner."""
import pytest

from support.people import V1, new_service_account, org, pages, promote


@pytest.fixture
def admin(server):
    return promote(server, server.new_user('admin'), 'administrator')


def path_of(client, account, rest=''):
    return org(client, '/service-accounts/%d%s' % (account['id'], rest))


def new_key(server, account, name='key'):
    done = server.cli_json('token', 'create', '--user', account['email'], '--name', name, '--kind', 'api_key')
    return done['token']


def test_it_has_a_name_an_owner_and_an_address_that_nobody_reads(server, admin):
    account = new_service_account(admin, 'Nightly Export é', description='moves things')
    assert account['email'] == 'nightly-export.%d@service.invalid' % account['id']
    assert account['owner'] == {'id': admin.id, 'email': admin.email} and account['needs_owner'] is False
    assert (account['role'], account['is_active'], account['live_tokens']) == ('member', True, 0)
    assert admin.get(path_of(admin, account)).json == account
    assert account in pages(admin, org(admin, '/service-accounts'), limit=1)


@pytest.mark.parametrize('order,field', [
    ({}, 'name'), ({'name': ''}, 'name'), ({'name': 'x' * 101}, 'name'), ({'name': 'a\nb'}, 'name'),
    ({'name': 'x', 'description': 'x' * 501}, 'description'), ({'name': 'x', 'role': 'owner'}, 'role'),
    ({'name': 'x', 'owner_user_id': 999999}, 'owner_user_id'), ({'name': 'x', 'password': 'y'}, 'password'),
])
def test_bad_input_is_refused_by_field(server, order, field):
    answer = server.owner.post(org(server.owner, '/service-accounts'), json=order)
    assert answer.status == 400 and list(answer.json['errors']) == [field], answer


def test_one_is_found_by_a_part_of_its_name_or_address(server):
    path = org(server.owner, '/service-accounts')
    made = [new_service_account(server.owner, name) for name in ('Harvest one', 'harvest 2', 'harvest_3')]
    found = lambda q: [item['name'] for item in pages(server.owner, path, q=q, limit=1)]
    assert found('HARVEST') == [account['name'] for account in made]
    assert found('harvest_') == ['harvest_3'], 'an underscore is no wildcard'
    assert found(made[1]['email']) == ['harvest 2']
    assert found('no such machine') == []
    assert server.owner.get(path + '?q=harvest&limit=1').json['total'] == 3
    assert server.owner.get(path + '?q=' + 'x' * 201).json['errors'] == {'q': ['Must be a text of up to 200 bytes.']}


def test_a_name_is_taken_once(server):
    new_service_account(server.owner, 'twin')
    answer = server.owner.post(org(server.owner, '/service-accounts'), json={'name': 'twin'})
    assert answer.status == 409


def test_its_tokens_work_wherever_a_persons_do(server):
    account = new_service_account(server.owner, 'worker')
    client = server.with_key(new_key(server, account))
    assert client.whoami().json['email'] == account['email']
    assert client.whoami().json['first_name'] == 'worker'
    body = client.get(V1 + '/session').json
    assert body['user']['is_service_account'] is True and body['can'] == {'administer': False, 'own': False}
    answer = client.get('/auth')
    assert answer.status == 200 and answer.headers['X-Auth-Email'] == account['email']
    assert server.owner.get(path_of(server.owner, account)).json['live_tokens'] == 1


def test_nobody_signs_in_as_one(server):
    account = new_service_account(server.owner, 'no door')
    answer = server.client().post(V1 + '/session', json={'email': account['email'], 'password': ''})
    assert answer.status == 400
    answer = server.client().post(V1 + '/session', json={'email': account['email'], 'password': 'anything1'})
    assert answer.status == 401
    done = server.cli('user', 'set-password', account['email'], '--password-file', '-', input='Some-Pass-1\n')
    assert done.returncode == 1
    key = server.with_key(new_key(server, account))
    change = {'current_password': 'x', 'new_password': 'Some-Pass-1'}
    assert key.post(V1 + '/account/password', json=change).status == 403


def test_it_has_no_legacy_token(server):
    key = server.with_key(new_key(server, new_service_account(server.owner, 'modern')))
    assert key.get('/api/current-user/token').status == 403
    assert key.post('/api/current-user/reset-token/').status == 403


def test_it_is_no_person(server):
    before = server.owner.get(org(server.owner)).json
    account = new_service_account(server.owner, 'not a member')
    after = server.owner.get(org(server.owner)).json
    assert after['member_count'] == before['member_count']
    assert after['service_account_count'] == before['service_account_count'] + 1
    assert pages(server.owner, org(server.owner, '/members'), q='service.invalid') == []
    assert server.owner.get(org(server.owner, '/members/%d' % account['id'])).status == 404
    assert server.owner.delete(org(server.owner, '/members/%d' % account['id'])).status == 404
    listed = server.owner.get('/api/organizations/1/memberships?page_size=1000').json['results']
    assert account['id'] not in [item['user']['id'] for item in listed]
    shown = [user for user in server.owner.get('/api/users/').json if user['id'] == account['id']]
    assert [user['first_name'] for user in shown] == ['not a member'], 'found, and not as a deleted user'


def test_switching_it_off_ends_everything_at_once(server):
    account = new_service_account(server.owner, 'switch')
    key = server.with_key(new_key(server, account))
    assert key.whoami().status == 200
    assert server.owner.patch(path_of(server.owner, account), json={'is_active': False}).json['is_active'] is False
    assert key.whoami().status == 401
    assert server.owner.patch(path_of(server.owner, account), json={'is_active': True}).status == 200
    assert key.whoami().status == 200, 'its tokens come back with it'
    assert server.owner.delete(path_of(server.owner, account)).status == 204
    assert key.whoami().status == 401
    assert server.owner.patch(path_of(server.owner, account), json={'is_active': True}).status == 200
    assert key.whoami().status == 401, 'deleted: the tokens were revoked for good'
    assert server.owner.get(path_of(server.owner, account)).json['live_tokens'] == 0


def test_it_outlives_its_owner_and_says_so(server, admin):
    account = new_service_account(admin, 'orphan')
    key = server.with_key(new_key(server, account))
    assert server.owner.patch(org(server.owner, '/members/%d' % admin.id), json={'is_active': False}).status == 200
    shown = server.owner.get(path_of(server.owner, account)).json
    assert shown['needs_owner'] is True and shown['owner']['email'] == admin.email
    assert key.whoami().status == 200
    changed = server.owner.patch(path_of(server.owner, account), json={'owner_user_id': server.owner.id}).json
    assert changed['needs_owner'] is False and changed['owner']['id'] == server.owner.id
    assert server.owner.patch(path_of(server.owner, account), json={'owner_user_id': None}).json['owner'] is None


def test_a_deleted_owner_is_forgotten(server):
    leaver = promote(server, server.new_user('leaver'), 'administrator')
    account = new_service_account(leaver, 'left behind')
    assert server.owner.delete('/api/users/%d' % leaver.id).status == 204
    shown = server.owner.get(path_of(server.owner, account)).json
    assert shown['owner'] is None and shown['needs_owner'] is True


def test_it_is_changed_as_a_whole_or_not_at_all(server):
    account = new_service_account(server.owner, 'before')
    new_service_account(server.owner, 'taken')
    path = path_of(server.owner, account)
    assert server.owner.patch(path, json={'description': 'changed', 'name': 'taken'}).status == 409
    assert server.owner.get(path).json == account
    body = server.owner.patch(path, json={'name': 'after', 'role': 'administrator'}).json
    assert (body['name'], body['role'], body['email']) == ('after', 'administrator', account['email'])


def test_administrators_own_tokens_of_it_are_seen_with_those_of_all(server):
    account = new_service_account(server.owner, 'seen')
    new_key(server, account, 'first')
    items = server.owner.get(path_of(server.owner, account, '/tokens')).json['items']
    assert [item['name'] for item in items] == ['first']
    assert items[0]['user'] == {'id': account['id'], 'email': account['email'], 'name': 'seen',
                                'is_service_account': True, 'role': 'member'}
    token = org(server.owner, '/tokens/' + items[0]['id'])
    assert server.owner.get(token).json['user']['name'] == 'seen'
    assert server.owner.delete(token).status == 204
    assert server.owner.get(token).json['state'] == 'revoked'


def test_an_administrator_makes_its_tokens(server, admin):
    account = new_service_account(admin, 'made for')
    path = path_of(admin, account, '/tokens')
    answer = admin.post(path, json={'name': 'cron', 'kind': 'api_key', 'ttl_days': 30, 'scopes': ['read']})
    assert answer.status == 201, answer
    made = answer.json
    assert (made['user_id'], made['created_by'], made['scopes']) == (account['id'], admin.id, ['read'])
    assert server.with_key(made['token']).whoami().json['id'] == account['id']
    assert admin.post(path, json={'name': 'cron'}).status == 409
    rotated = admin.post(V1 + '/tokens/%s/rotate' % made['id'], json={'grace_seconds': 0})
    assert rotated.status == 201 and rotated.json['user_id'] == account['id'], rotated
    assert server.with_key(rotated.json['token']).whoami().status == 200
    member = server.new_user('member')
    assert member.post(path, json={'name': 'mine'}).status == 403
    assert admin.patch(path_of(admin, account), json={'is_active': False}).status == 200
    assert admin.post(path, json={'name': 'late'}).status == 409


def test_an_owners_machine_is_above_an_administrator(server, admin):
    above = new_service_account(server.owner, 'above', role='administrator')
    answer = admin.patch(path_of(admin, above), json={'description': 'equal'})
    assert answer.status == 200, 'administrators manage those not above themselves'
    assert admin.post(org(admin, '/service-accounts'), json={'name': 'x', 'role': 'owner'}).status == 400


def test_asking_again_with_the_same_key_makes_one(server):
    asked = {'json': {'name': 'once'}, 'headers': {'Idempotency-Key': 'one-and-the-same'}}
    first = server.owner.post(org(server.owner, '/service-accounts'), **asked)
    again = server.owner.post(org(server.owner, '/service-accounts'), **asked)
    assert first.status == again.status == 201 and first.json == again.json


def test_the_command_line_adds_shows_and_switches_it_off(server):
    added = server.cli('service-account', 'add', 'from cli', '--description', 'words', '--owner', server.owner_email)
    assert added.returncode == 0 and added.stdout.startswith('added service account '), added
    shown = server.cli_json('service-account', 'show', 'from cli')
    assert (shown['name'], shown['description']) == ('from cli', 'words')
    assert shown['owner']['email'] == server.owner_email and shown['role'] == 'member'
    assert server.cli_json('service-account', 'show', str(shown['id'])) == shown
    token = server.cli_json('token', 'create', '--user', 'from cli', '--name', 'cron', '--kind', 'api_key')['token']
    key = server.with_key(token)
    assert key.whoami().status == 200
    assert server.cli('service-account', 'deactivate', 'from cli').returncode == 0
    assert key.whoami().status == 401
    assert server.cli_json('service-account', 'activate', 'from cli')['is_active'] is True
    assert key.whoami().status == 200
    assert 'from cli' in server.cli('service-account', 'list').stdout
    assert shown['id'] in [item['id'] for item in server.cli_json('service-account', 'list')['items']]


@pytest.mark.parametrize('words,said', [
    (('add', 'doublet'), 'there is a service account'),
    (('add', 'x', '--owner', 'nobody@example.com'), 'there is no user'),
    (('add', 'y' * 101), '1 to 100 characters'),
    (('show', 'nothing like it'), "'latchkey service-account list' shows them"),
    (('show', 'owner@example.com'), 'is no service account'),
])
def test_the_command_line_says_what_is_wrong(server, words, said):
    server.cli('service-account', 'add', 'doublet')
    done = server.cli('service-account', *words)
    assert done.returncode == 1 and said in done.stderr, done


def test_a_name_that_two_organizations_have_is_told_apart(make_server):
    server = make_server()
    other = str(server.cli_json('org', 'add', 'Other')['id'])
    first = server.cli_json('service-account', 'add', 'robot', '--organization', '1')
    second = server.cli_json('service-account', 'add', 'robot', '--organization', other)
    for organization, account in (('1', first), (other, second)):
        shown = server.cli_json('service-account', 'show', 'robot', '--organization', organization)
        assert shown['id'] == account['id']
    vague = server.cli('token', 'create', '--user', 'robot')
    assert vague.returncode == 1 and vague.stdout == '' and 'say which' in vague.stderr, vague
    assert server.cli_json('token', 'create', '--user', second['email'])['user_id'] == second['id']
