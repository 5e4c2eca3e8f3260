"""POST /oauth/token, /oauth/introspect and /oauth/revoke, and the metadata."""
import pytest

from support import jwt
from support.oauth import (ACCESS_TOKEN, REFRESH_TOKEN, error, exchange, grant, introspect, refresh,
                           revoke)


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture
def pat(ann):
    return ann.create_pat()


@pytest.fixture
def key(ann):
    return ann.create_token('key', kind='api_key').json['token']


# -- refresh_token -----------------------------------------------------------------------------


def test_a_pat_is_a_refresh_token(server, ann, pat):
    answer = refresh(server, pat)
    assert answer.status == 200 and answer.headers['Cache-Control'] == 'no-store'
    assert answer.json['token_type'] == 'Bearer' and answer.json['scope'] == 'all'
    assert 0 < answer.json['expires_in'] <= 300
    assert server.whoami(answer.json['access_token']).json['email'] == ann.email


def test_a_refresh_narrows_the_scope_and_never_widens_it(server, pat):
    narrow = refresh(server, pat, scope='read').json
    assert narrow['scope'] == 'read' and jwt.claims(narrow['access_token'])['scope'] == 'read'
    assert error(exchange(server, narrow['access_token'], scope='all')) == (400, 'invalid_scope')
    assert error(exchange(server, narrow['access_token'], scope='read tokens')) == (400, 'invalid_scope')


def test_what_was_narrowed_dies_with_its_pat(server, ann, pat):
    access = refresh(server, pat, scope='read').json['access_token']
    again = exchange(server, access, expires_in='60').json['access_token']
    assert server.whoami(access).status == 200 and server.whoami(again).status == 200
    ann.revoke(pat)
    assert server.whoami(access).status == 401 and server.whoami(again).status == 401
    assert error(refresh(server, pat)) == (400, 'invalid_grant')


def test_a_token_that_may_only_read_writes_nothing(server, pat):
    access = refresh(server, pat, scope='read').json['access_token']
    reader = server.bearer(access)
    assert reader.get('/api/v1/tokens').status in (200, 403)
    assert reader.post('/api/v1/tokens', json={'name': 'more'}).status == 403


def test_a_pat_shown_after_its_successor_took_over_ends_the_family(server, ann):
    old = ann.create_token('rotating').json
    successor = ann.post('/api/v1/tokens/%s/rotate' % old['id'], json={'grace_seconds': 0}).json['token']
    assert refresh(server, successor).status == 200
    assert error(refresh(server, old['token'])) == (400, 'invalid_grant')
    assert error(refresh(server, successor)) == (400, 'invalid_grant'), 'one of the two who show them has stolen it'


# -- token exchange ----------------------------------------------------------------------------


@pytest.mark.parametrize('kind', ['pat', 'api_key', 'access'])
def test_each_kind_of_token_is_exchanged_for_an_access_token(server, ann, pat, key, kind):
    token = {'pat': pat, 'api_key': key, 'access': server.access(pat)}[kind]
    answer = exchange(server, token, expires_in='30', scope='read')
    assert answer.status == 200, answer
    assert answer.json['issued_token_type'] == ACCESS_TOKEN
    assert answer.json['expires_in'] <= 30 and answer.json['scope'] == 'read'
    assert server.whoami(answer.json['access_token']).json['email'] == ann.email


def test_an_exchanged_token_never_outlives_what_it_came_from(server, pat):
    short = exchange(server, pat, expires_in='20').json['access_token']
    again = exchange(server, short, expires_in='200').json['access_token']
    assert jwt.claims(again)['exp'] <= jwt.claims(short)['exp']


def test_what_came_from_an_api_key_dies_with_it(server, ann, key):
    access = exchange(server, key).json['access_token']
    assert server.whoami(access).status == 200
    assert revoke(server, key).status == 200
    assert server.whoami(access).status == 401


def test_what_came_from_an_api_key_hangs_on_the_switch_of_api_keys(server, ann, key):
    access = exchange(server, key).json['access_token']
    server.set_settings(api_tokens_enabled=False)
    try:
        assert server.whoami(access).status == 200, 'the switch of another kind'
    finally:
        server.set_settings(api_tokens_enabled=True)
    organization = server.owner.get('/api/current-user/whoami').json['active_organization']
    path = '/api/v1/organizations/%d/token-settings' % organization
    assert server.owner.patch(path, json={'api_keys_enabled': False}).status == 200
    try:
        assert server.whoami(access).status == 401
    finally:
        server.owner.patch(path, json={'api_keys_enabled': True})


def test_a_legacy_token_is_exchanged_for_nothing(server, ann):
    assert error(exchange(server, ann.legacy_key())) == (400, 'invalid_grant')


@pytest.mark.parametrize('more,wanted', [
    ({'requested_token_type': REFRESH_TOKEN}, 'invalid_request'),
    ({'subject_token_type': 'urn:ietf:params:oauth:token-type:saml2'}, 'invalid_request'),
    ({'actor_token': 'x', 'actor_token_type': ACCESS_TOKEN}, 'invalid_request'),
    ({'audience': 'https://elsewhere.example'}, 'invalid_target'),
    ({'resource': 'https://elsewhere.example/'}, 'invalid_target'),
    ({'scope': 'no"pe'}, 'invalid_scope'),
    ({'expires_in': '0'}, 'invalid_request'),
    ({'expires_in': 'soon'}, 'invalid_request'),
    ({'subject_token': ''}, 'invalid_request'),
    ({'subject_token': 'x.y.z'}, 'invalid_grant'),
])
def test_an_exchange_that_cannot_be_met_says_why(server, pat, more, wanted):
    form = {'subject_token': pat, 'subject_token_type': ACCESS_TOKEN, **more}
    assert error(grant(server, 'urn:ietf:params:oauth:grant-type:token-exchange', **form)) == (400, wanted)


# -- the form ----------------------------------------------------------------------------------


def test_the_form_is_read_strictly(server, pat):
    def send(body, kind='application/x-www-form-urlencoded'):
        return server.client().post('/oauth/token', body=body, headers={'Content-Type': kind})

    assert error(send('')) == (400, 'invalid_request')
    assert error(send('grant_type=refresh_token&grant_type=refresh_token')) == (400, 'invalid_request')
    assert error(send('grant_type=refresh_token&refresh_token=%zz')) == (400, 'invalid_request')
    assert error(send('grant_type=password&username=a&password=b')) == (400, 'unsupported_grant_type')
    assert error(send('{"grant_type":"refresh_token"}', 'application/json')) == (415, 'invalid_request')
    assert error(send('grant_type=refresh_token&refresh_token=' + 'a' * 70000)) == (413, 'invalid_request')
    assert error(server.client().get('/oauth/token')) == (405, 'invalid_request')
    assert send('grant_type=refresh_token&refresh_token=%s' % pat, 'application/x-www-form-urlencoded; '
                'charset=utf-8').status == 200


def test_another_origin_may_call_with_tokens(server):
    answer = server.client().post('/oauth/token', form={}, headers={'Origin': 'https://app.example'})
    assert answer.headers['Access-Control-Allow-Origin'] == '*'
    assert 'Access-Control-Allow-Credentials' not in answer.headers


# -- introspection -----------------------------------------------------------------------------


def test_the_holder_learns_of_each_of_his_tokens(server, ann, pat, key):
    caller = server.access(pat)
    for token, kind in ((pat, 'pat'), (key, 'api_key'), (caller, 'access')):
        told = introspect(server, caller, token).json
        assert told['active'] is True and told['token_kind'] == kind, told
        assert told['username'] == ann.email and told['sub'] == str(ann.id) and told['scope'] == 'all'
        assert told['iss'] == server.base_url and told['token_type'] == 'Bearer'
    told = introspect(server, key, caller).json
    claims = jwt.claims(caller)
    assert (told['exp'], told['iat'], told['jti']) == (claims['exp'], claims['iat'], claims['jti'])


def test_an_administrator_learns_of_members_and_a_member_of_nobody_else(server, pat):
    owner_pat = server.owner.create_token('introspects').json['token']
    assert introspect(server, owner_pat, pat).json['active'] is True
    assert introspect(server, pat, owner_pat).json == {'active': False}
    restricted = refresh(server, owner_pat, scope='read').json['access_token']
    assert introspect(server, restricted, pat).json == {'active': False}, 'administration needs all'


def test_what_ended_is_inactive_with_the_next_question(server, ann, pat, key):
    access = server.access(pat)
    assert introspect(server, key, access).json['active'] is True
    ann.revoke(pat)
    for token in (pat, access, 'nonsense', 'a.b.c'):
        assert introspect(server, key, token).json == {'active': False}


def test_the_caller_shows_a_token_in_any_of_the_usual_ways(server, ann, pat, key):
    def ask(headers=None, **form):
        return server.client().post('/oauth/introspect', form={'token': pat, **form}, headers=headers)

    import base64
    basic = base64.b64encode(b'proxy:' + key.encode()).decode()
    for answer in (ask({'Authorization': 'Basic ' + basic}), ask({'Authorization': 'Token ' + key}),
                   ask({'X-API-Key': key}), ask(client_id='proxy', client_secret=key)):
        assert answer.status == 200 and answer.json['active'] is True, answer
    assert error(ask()) == (401, 'invalid_client')
    assert 'WWW-Authenticate' in ask().headers
    assert error(ask({'Authorization': 'Bearer x'})) == (401, 'invalid_client')
    session = ann.post('/oauth/introspect', form={'token': pat})
    assert session.status == 401, 'a cookie is no credential here'


def test_a_pat_that_may_not_be_sent_is_a_refresh_token_only(server, ann, pat, key):
    organization = ann.whoami().json['active_organization']
    path = '/api/v1/organizations/%d/token-settings' % organization
    assert server.owner.patch(path, json={'direct_pat_enabled': False}).status == 200
    try:
        assert introspect(server, key, pat).json == {'active': False}
        assert introspect(server, key, pat, token_type_hint='refresh_token').json['active'] is True
    finally:
        server.owner.patch(path, json={'direct_pat_enabled': True})


def test_a_bound_token_is_active_for_its_own_addresses_only(server, ann, key):
    made = ann.create_token('bound', allowed_ips=['192.0.2.0/24'])
    assert made.status == 201, made
    token = made.json['token']
    assert introspect(server, key, token).json == {'active': False}, 'nobody said from where it came'
    assert introspect(server, key, token, address='198.51.100.7').json == {'active': False}
    assert introspect(server, key, token, address='192.0.2.7').json['active'] is True
    assert error(exchange(server, token)) == (400, 'invalid_grant')


# -- revocation --------------------------------------------------------------------------------


def test_whoever_holds_the_whole_token_ends_it(server, ann, pat, key):
    access = server.access(pat)
    assert revoke(server, pat).status == 200
    assert server.whoami(access).status == 401 and server.refresh(pat).status == 401
    assert revoke(server, key, token_type_hint='refresh_token').status == 200
    assert server.with_key(key).whoami().status == 401
    assert revoke(server, key).status == 200, 'again: it is revoked'


def test_a_part_of_a_token_ends_nothing(server, pat):
    assert revoke(server, pat.rsplit('.', 1)[0] + '.').status == 200
    assert revoke(server, pat.rsplit('.', 1)[0] + '.' + 'A' * 43).status == 200
    assert server.refresh(pat).status == 200


def test_an_unknown_token_is_as_good_as_revoked(server):
    for token in ('x', 'lk_' + '0' * 46, 'a.b.c', 'f' * 40):
        assert revoke(server, token).status == 200
    assert error(server.client().post('/oauth/revoke', form={})) == (400, 'invalid_request')


def test_an_access_token_cannot_be_ended_by_itself(server, pat):
    access = server.access(pat)
    assert error(revoke(server, access)) == (400, 'unsupported_token_type')
    assert server.whoami(access).status == 200


def test_a_revoked_legacy_token_is_replaced(server, ann):
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        key = ann.legacy_key()
        assert server.with_key(key).whoami().status == 200
        assert revoke(server, key).status == 200
        assert server.with_key(key).whoami().status == 401
        assert ann.legacy_key() != key
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


# -- metadata ----------------------------------------------------------------------------------


def test_the_metadata_names_addresses_that_answer(server):
    told = server.client().get('/.well-known/oauth-authorization-server')
    assert told.status == 200 and told.json['issuer'] == server.base_url
    for name, address in told.json.items():
        if name.endswith('_endpoint'):
            path = address.removeprefix(server.base_url)
            assert server.client().post(path, form={}).status in (400, 401), name
    assert server.client().get(told.json['jwks_uri'].removeprefix(server.base_url)).status == 200
    assert 'read' in told.json['scopes_supported']


def test_below_a_path_each_place_of_the_metadata_answers(make_server):
    server = make_server('--public-url', 'https://host.example/base')
    client = server.client()
    for path in ('/base/.well-known/oauth-authorization-server', '/.well-known/oauth-authorization-server/base',
                 '/.well-known/oauth-authorization-server'):
        told = client.get(path)
        assert told.status == 200, path
        assert told.json['issuer'] == 'https://host.example/base'
        assert told.json['token_endpoint'] == 'https://host.example/base/oauth/token'
    assert client.get('/.well-known/oauth-authorization-server/other').status == 404
    assert client.get('/base/.well-known/jwks.json').json == {'keys': []}
    pat = server.cli('token', 'create', '--user', server.owner_email, '--name', 'x').stdout.strip()
    assert client.post('/base/oauth/token', form={'grant_type': 'refresh_token', 'refresh_token': pat}).status == 200
