"""What comes from a token has no more than it: addresses, ends, invitations; also where Label Studio issued it."""
import datetime
import hashlib
import time

import pytest

from support import jwt
from support.oauth import refresh
from support.people import V1, new_service_account, org

SECRET_KEY = 'a secret key of label studio, for this test'
DAY = 86400


@pytest.fixture(scope='module')
def server(make_module_server, tmp_path_factory):
    key = tmp_path_factory.mktemp('key') / 'secret-key'
    key.write_text(SECRET_KEY)
    key.chmod(0o600)
    return make_module_server('--secret-key-file', str(key), '--trusted-proxies', '127.0.0.1')


@pytest.fixture
def bound(server):
    """An owner's key that counts from 127.0.0.0/8 only."""
    answer = server.owner.post(V1 + '/tokens', json={'name': 'bound %s' % time.monotonic_ns(), 'kind': 'api_key',
                                                     'allowed_ips': ['127.0.0.0/8'], 'ttl_days': 30})
    assert answer.status == 201, answer
    client = server.with_key(answer.json['token'])
    client.made = answer.json
    return client


def issued_by_label_studio(client, days_ago=0, **more):
    now = int(time.time())
    return jwt.sign(SECRET_KEY, user_id=str(client.id), iat=now - days_ago * DAY, exp=now + 365 * DAY, **more)


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


@pytest.fixture
def account_tokens(server):
    return org(server.owner, '/service-accounts/%d/tokens' % new_service_account(server.owner)['id'])


@pytest.mark.parametrize('wider', [['0.0.0.0/0'], ['127.0.0.0/8', '10.0.0.1'], ['::/0']])
def test_addresses_only_become_fewer(server, bound, account_tokens, wider):
    for path in (V1 + '/tokens', account_tokens):
        answer = bound.post(path, json={'name': 'wider', 'kind': 'api_key', 'allowed_ips': wider})
        assert answer.status == 400 and list(answer.json['errors']) == ['allowed_ips'], answer
        made = bound.post(path, json={'name': 'same %d' % time.monotonic_ns(), 'kind': 'api_key'})
        assert made.json['allowed_ips'] == ['127.0.0.0/8'], made
        assert seconds(made.json['expires_at']) <= seconds(bound.made['expires_at'])
        narrower = bound.post(path, json={'name': 'less %d' % time.monotonic_ns(), 'kind': 'pat', 'allowed_ips': ['127.0.0.1']})
        assert narrower.json['allowed_ips'] == ['127.0.0.1'], narrower


def test_a_bound_token_invites_nobody_who_would_not_be_bound(server, bound):
    assert bound.get('/api/current-user/whoami').status == 200
    assert bound.get('/api/organizations/1').json['token'] == ''
    assert bound.get('/api/invite').status == 403
    assert bound.post('/api/invite/reset-token').status == 403
    answer = bound.post(org(server.owner, '/invitations'), json={'role': 'owner'})
    assert answer.status == 403 and 'url' not in answer.json, answer
    assert server.owner.get('/api/invite').status == 200
    assert bound.get(org(server.owner, '/invitations')).status == 200, 'they hold no link'


@pytest.mark.parametrize('path', ['/api/current-user/token', '/api/current-user/reset-token/', '/api/invite'])
def test_what_may_be_asked_is_told_to_a_bound_token(server, bound, path):
    plain, told = server.owner.request('OPTIONS', path), bound.request('OPTIONS', path)
    assert plain.status == told.status == 200 and told.json == plain.json
    asked = bound.request('OPTIONS', path, headers={'Origin': 'https://example.com', 'Access-Control-Request-Method': 'GET'})
    assert asked.status == 200 and asked.text == ''


def test_a_token_of_label_studios_lends_no_longer_life_than_is_known(server):
    user = server.new_user('unknown')
    pat = issued_by_label_studio(user)
    access = refresh(server, pat, scope='tokens').json['access_token']
    client = server.bearer(access)
    assert client.post(V1 + '/tokens', json={'name': 'long', 'kind': 'api_key', 'ttl_days': 1}).status == 400
    made = client.post(V1 + '/tokens', json={'name': 'short', 'kind': 'api_key'})
    assert made.status == 201 and made.json['scopes'] == ['tokens'], made
    assert seconds(made.json['expires_at']) <= jwt.claims(access)['exp'] + 10
    items = server.owner.get(org(server.owner, '/audit-events?event=token.created&subject_id=' + made.json['id'])).json['items']
    parent = hashlib.sha256(jwt.claims(pat)['jti'].encode()).hexdigest()[:16]
    assert items[0]['credential'] == 'access' and items[0]['credential_id'].startswith(parent)
    assert items[0]['actor']['id'] == user.id


@pytest.fixture
def limit(server):
    """Lowers the longest life to 30 days, for the test."""
    def lower():
        assert server.owner.patch(org(server.owner, '/token-settings'), json={'api_token_ttl_days': 30}).status == 200

    yield lower
    server.owner.patch(org(server.owner, '/token-settings'), json={'api_token_ttl_days': 73000})


def test_a_lowered_limit_reaches_what_label_studio_issued(server, limit):
    user = server.new_user('issued')
    old, young = (issued_by_label_studio(user, days) for days in (40, 10))
    seen, never_seen = (issued_by_label_studio(user, 40) for _ in range(2))
    direct = server.with_key(seen)
    assert server.refresh(old).status == server.refresh(young).status == 200
    access = server.access(old)
    assert direct.whoami().status == 200
    limit()
    for pat in (old, seen, never_seen):
        assert server.refresh(pat).status == 401
    assert direct.whoami().status == 401
    assert server.with_key(never_seen).whoami().status == 401
    assert server.refresh(young).status == 200 and server.with_key(young).whoami().status == 200
    assert refresh(server, never_seen).status == 400
    assert access


def test_the_limit_holds_for_what_becomes_of_such_a_token(server, limit):
    user = server.new_user('recorded')
    limit()
    pat = issued_by_label_studio(user, 10)
    successor = server.bearer(server.access(pat)).rotate(pat)
    assert successor.status == 200, successor
    claims = jwt.claims(successor.json['refresh'])
    assert claims['exp'] - claims['iat'] <= 30 * DAY
    late = issued_by_label_studio(user, 40)
    fresh = server.bearer(server.access(issued_by_label_studio(user)))
    assert fresh.rotate(late).status == 400, 'no life from what has ended'


@pytest.mark.parametrize('scopes,path,status', [
    (['read'], '/api/organizations/1', 403), (['read'], '/api/organizations/1/', 403),
    (['read'], '/api/organizations', 200), (['read'], '/api/organizations/1/memberships', 200),
    (['all'], '/api/organizations/1', 200),
])
def test_a_token_that_reads_does_not_see_label_studios_link(server, scopes, path, status):
    made = server.owner.post(V1 + '/tokens', json={'name': 'r %d' % time.monotonic_ns(), 'kind': 'api_key', 'scopes': scopes})
    answer = server.client().get('/auth', headers={'Authorization': 'Bearer ' + made.json['token'], 'X-Original-Method': 'GET',
                                                   'X-Original-URI': path, 'X-Forwarded-For': '192.0.2.1'})
    assert answer.status == status, answer
