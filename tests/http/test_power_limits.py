"""What a credential must not come by: another person's token, a link that lets in somebody new, a longer life."""
import pytest

from support.people import V1, at_once, new_service_account, promote


@pytest.fixture
def admin(server):
    return promote(server, server.new_user('admin'), 'administrator')


def new_token(client, **order):
    answer = client.post(V1 + '/tokens', json={'kind': 'api_key', **order})
    assert answer.status == 201, answer
    return answer.json


def rotate(client, token_id):
    return client.post(V1 + '/tokens/%s/rotate' % token_id, json={'grace_seconds': 600})


def test_nobody_gets_into_anothers_account_by_rotating_its_token(server, admin):
    member, equal = server.new_user('member'), promote(server, server.new_user('equal'), 'administrator')
    for person in member, equal:
        token = new_token(person, name='own')
        for client in admin, server.owner:
            answer = rotate(client, token['id'])
            assert answer.status == 403 and 'token' not in answer.json, answer
        assert rotate(person, token['id']).status == 201
        assert rotate(admin, token['id']).status == 403, 'nor the answer again, within the grace'
    account = new_service_account(server.owner, role='administrator')
    machine = new_token(server.owner, name='for the machine')
    made = admin.post('%s/organizations/%d/service-accounts/%d/tokens' % (V1, 1, account['id']),
                      json={'name': 'cron', 'kind': 'api_key'})
    assert made.status == 201 and rotate(admin, made.json['id']).status == 201
    assert rotate(server.with_key(made.json['token']), machine['id']).status == 404


def test_a_token_that_only_reads_sees_no_invitation(server):
    path = '/api/organizations/1'
    assert server.owner.get(path).json['token']
    reader = server.with_key(new_token(server.owner, name='reader', scopes=['read'])['token'])
    answer = reader.get(path)
    assert answer.status == 200 and answer.json['token'] == '', answer
    assert set(answer.json) == set(server.owner.get(path).json)
    bound = server.with_key(new_token(server.owner, name='bound', allowed_ips=['127.0.0.0/8'])['token'])
    assert bound.get(path).json['token'] == '', 'whoever it lets in would be bound to none'


def test_a_restricted_token_gets_no_longer_life_from_a_rotation_that_was_made_already(server):
    user = server.new_user('short')
    short = new_token(user, name='short', scopes=['tokens'], ttl_days=1)
    long = new_token(user, name='long', scopes=['tokens'], ttl_days=300)
    successor = rotate(user, long['id'])
    assert successor.status == 201, successor
    answer = rotate(server.with_key(short['token']), long['id'])
    assert answer.status == 403 and 'token' not in answer.json, answer
    assert rotate(server.with_key(long['token']), long['id']).json['token'] == successor.json['token']


def test_no_change_undoes_one_that_is_made_at_the_same_time(server):
    user = server.new_user('both')
    other = server.sign_in(user.email, 'Memb3rPass!')
    for i in range(20):
        token = new_token(user, name='first %d' % i)
        path = V1 + '/tokens/' + token['id']
        at_once(lambda: user.patch(path, json={'scopes': ['read']}), lambda: other.patch(path, json={'name': 'n %d' % i}))
        after = user.get(path).json
        assert (after['scopes'], after['name']) == (['read'], 'n %d' % i)
        user.delete(path)


def test_no_cache_keeps_a_secret(server):
    client, user = server.client(), server.new_user('private')
    pat = user.post('/api/token/')
    answers = [pat, user.get('/api/current-user/token'), user.post('/api/current-user/reset-token/'),
               server.owner.get('/api/invite'), user.get('/api/token/'),
               client.post('/api/token/refresh', json={'refresh': pat.json['token']}),
               client.post('/api/token/refresh', json={'refresh': 'x'})]
    for answer in answers:
        assert answer.headers['Cache-Control'] == 'no-store', answer


def test_a_token_that_is_bound_to_networks_does_not_hand_out_the_legacy_token(make_server):
    server = make_server()
    server.set_settings(legacy_api_tokens_enabled=True)
    user = server.new_user('bound')
    pat = user.post(V1 + '/tokens', json={'name': 'pat', 'allowed_ips': ['127.0.0.0/8']}).json['token']
    key = new_token(user, name='key', allowed_ips=['127.0.0.0/8'])['token']
    legacy = user.get(V1 + '/legacy-token').json['token']
    for client in server.with_key(key), server.bearer(server.access(pat)):
        assert client.whoami().status == 200
        for call in (client.get(V1 + '/legacy-token'), client.get('/api/current-user/token'),
                     client.post(V1 + '/legacy-token/reset'), client.post('/api/current-user/reset-token/')):
            assert call.status == 403 and legacy not in str(call.json), call
    assert user.get(V1 + '/legacy-token').json['token'] == legacy


def test_whoever_was_removed_is_out_of_reach(server, admin):
    """He may be in another organization by now, where this administrator has nothing to say."""
    gone = server.new_user('gone')
    token = new_token(gone, name='own')
    path = V1 + '/tokens/' + token['id']
    assert admin.get(path + '/usage').status == 200
    assert server.owner.delete(V1 + '/organizations/1/members/%d' % gone.id).status == 204
    for client in admin, server.owner:
        for answer in (client.get(path + '/usage'), client.delete(path), rotate(client, token['id'])):
            assert answer.status == 404, answer
