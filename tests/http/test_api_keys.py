"""API keys: made once, sent directly, everywhere that a credential counts."""
import pathlib
import re
import time

import pytest

KEY_OFF = ('Authentication token no longer valid: API keys have been disabled for this organization')


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def make_key(client, name='ci', **more):
    answer = client.create_token(name, kind='api_key', **more)
    assert answer.status == 201, answer
    return answer.json


def settings_path(client):
    return '/api/v1/organizations/%d/token-settings' % client.whoami().json['active_organization']


def test_a_key_is_shown_once_and_listed_by_its_hint(ann):
    made = make_key(ann)
    key = made.pop('token')
    assert re.fullmatch('lk_[0-9A-Za-z]{46}', key)
    assert made['kind'] == 'api_key' and made['hint'] == key[:8]
    assert re.fullmatch('[0-9a-f]{32}', made['id'])

    shown, listed = ann.get('/api/v1/tokens/' + made['id']), ann.get('/api/v1/tokens')
    assert shown.json == made, 'the same, without the secret'
    assert listed.json['items'] == [made]
    assert key[8:] not in shown.text + listed.text


def test_the_check_that_is_documented_for_scanners_knows_it(ann):
    page = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'secret-scanning.md'
    names = {}
    exec(re.search('```python\n(.*?)```', page.read_text(), re.S).group(1), names)
    for number in range(5):
        key = make_key(ann, 'key %d' % number)['token']
        assert names['is_latchkey_api_key'](key)
        assert not names['is_latchkey_api_key'](key[:10] + ('x' if key[10] != 'x' else 'y') + key[11:])


def test_a_pat_has_no_hint(ann):
    assert ann.create_token('laptop').json['hint'] is None


@pytest.mark.parametrize('headers', [
    lambda key: {'Authorization': 'Token ' + key},
    lambda key: {'Authorization': 'Bearer ' + key},
    lambda key: {'X-API-Key': key},
    lambda key: {'X-API-Key': key, 'Authorization': 'Bearer garbage'},
    lambda key: {'Authorization': 'token   %s ' % key},
], ids=['Token', 'Bearer', 'X-API-Key', 'X-API-Key first', 'blanks'])
def test_it_counts_under_every_scheme(server, ann, headers):
    key = make_key(ann)['token']
    for _ in range(2):  # from the store, then from memory
        assert server.client().get('/api/current-user/whoami', headers=headers(key)).json['email'] == ann.email


def test_it_does_what_its_owner_may_with_label_studios_paths_and_ours(server, ann):
    caller = server.with_key(make_key(ann)['token'])
    pat = caller.create_pat()
    assert len(caller.list_pats()) == 1, "Label Studio's list has PATs only"
    rotated = caller.rotate(pat)
    assert rotated.status == 200
    assert server.bearer(make_key(ann, 'other')['token']).rotate(rotated.json['refresh']).status == 200
    assert caller.get('/api/users/').status == 200
    assert caller.settings().status == 200
    assert caller.settings(api_tokens_enabled=False).status == 403, 'a member may not'
    assert {item['kind'] for item in caller.get('/api/v1/tokens').json['items']} == {'pat', 'api_key'}


def test_it_is_not_exchanged(server, ann):
    key = make_key(ann)['token']
    assert server.refresh(key).status == 401
    assert server.client().post('/api/token/rotate/', json={'refresh': key}).status == 401


@pytest.mark.parametrize('change', [
    lambda key: key[:-1], lambda key: key + '0', lambda key: key[:-1] + ('0' if key[-1] != '0' else '1'),
    lambda key: key.swapcase(), lambda key: key[3:], lambda key: 'lk_', lambda key: key[:8],
    lambda key: 'lk_' + 40 * '0' + '2kaqcA',  # a right checksum, and nobody's
])
def test_what_only_looks_like_a_key_is_refused(server, ann, change):
    key = change(make_key(ann)['token'])
    for _ in range(2):
        answer = server.with_key(key).whoami()
        assert (answer.status, answer.detail) == (401, 'Invalid token.')
        assert server.bearer(key).whoami().status == 401


def test_revoking_ends_it_with_the_next_request(server, ann):
    made = make_key(ann)
    caller = server.with_key(made['token'])
    assert caller.whoami().status == 200
    assert ann.delete('/api/v1/tokens/' + made['id']).status == 204
    for _ in range(2):
        assert caller.whoami().detail == 'Invalid token.'
    assert ann.get('/api/v1/tokens').json['items'] == []


def test_it_may_end_itself(server, ann):
    made = make_key(ann)
    caller = server.with_key(made['token'])
    assert caller.delete('/api/v1/tokens/' + made['id']).status == 204
    assert caller.whoami().status == 401


def test_rotating_makes_a_new_key(server, ann):
    made = make_key(ann, ttl_days=7)
    answer = ann.post('/api/v1/tokens/%s/rotate' % made['id'], json={'grace_seconds': 0})
    assert answer.status == 201, answer
    new = answer.json
    assert new['kind'] == 'api_key' and new['name'] == 'ci' and new['id'] != made['id']
    assert server.with_key(new['token']).whoami().json['email'] == ann.email
    assert ann.post('/api/v1/tokens/%s/rotate' % made['id']).status == 409
    assert server.with_key(made['token']).whoami().status == 401


def test_names_are_shared_with_pats(ann):
    assert ann.create_token('laptop').status == 201
    assert ann.create_token('laptop', kind='api_key').status == 409
    made = make_key(ann)
    renamed = ann.patch('/api/v1/tokens/' + made['id'], json={'name': 'nightly'})
    assert (renamed.status, renamed.json['name'], renamed.json['hint']) == (200, 'nightly', made['hint'])
    assert ann.patch('/api/v1/tokens/' + made['id'], json={'name': 'laptop'}).status == 409


def test_one_that_ends_soon_is_announced_to_the_proxy(server, ann):
    def told(**more):
        key = make_key(ann, 'ends %s' % more, **more)['token']
        answer = server.client().get('/auth', headers={'Authorization': 'Token ' + key})
        assert answer.status == 200 and answer.headers['X-Auth-Token-Kind'] == 'api_key'
        return answer.headers.get('X-Auth-Token-Expires-In')

    assert 86390 <= int(told(ttl_days=1)) <= 86400
    assert told(ttl_days=30) is None


def test_it_ends_when_it_said(server, ann):
    end = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 3))
    caller = server.with_key(make_key(ann, expires_at=end)['token'])
    assert caller.whoami().status == 200
    time.sleep(3.1)
    assert caller.whoami().status == 401


def test_it_never_appears_in_the_log(make_server):
    server = make_server('--log-level', 'debug')
    ann = server.new_user('ann')
    key = make_key(ann)['token']
    assert server.with_key(key).whoami().status == 200
    assert server.bearer(key[:-1]).whoami().status == 401
    server.stop()
    assert key[8:-1] not in server.log


def test_it_survives_a_restart(make_server):
    server = make_server()
    ann = server.new_user('ann')
    key = make_key(ann)['token']
    server.restart()
    assert server.with_key(key).whoami().json['email'] == ann.email


def test_strict_has_none(make_server):
    server = make_server()
    ann = server.new_user('ann')
    key = make_key(ann)['token']
    server.options.append('--strict')
    server.restart()
    for caller in (server.with_key(key), server.bearer(key), server.client(X_API_Key=key)):
        assert caller.whoami().status == 401
    ann = server.sign_in(ann.email, ann.password)
    refused = ann.create_token('another', kind='api_key')
    assert refused.status == 403 and '--strict' in refused.detail
    assert ann.post('/api/token/').status == 201, "it does not stand in the way of Label Studio's one"


# -- the organization's switch -------------------------------------------------------------------


@pytest.fixture
def keys_back_on(server):
    yield
    server.owner.patch(settings_path(server.owner), json={'api_keys_enabled': True, 'api_tokens_enabled': True})


@pytest.mark.usefixtures('keys_back_on')
def test_switched_off_none_counts_and_none_is_made(server, ann):
    path = settings_path(server.owner)
    made = make_key(ann)
    caller = server.with_key(made['token'])
    for _ in range(2):
        assert caller.whoami().status == 200
        assert server.owner.patch(path, json={'api_keys_enabled': False}).status == 200
        assert (caller.whoami().status, caller.whoami().detail) == (401, KEY_OFF)
        for refused in (ann.create_token('x', kind='api_key'), ann.post('/api/v1/tokens/%s/rotate' % made['id'])):
            assert refused.status == 403 and 'switched off' in refused.detail, refused
        assert ann.create_token('pats go on %d' % time.monotonic_ns()).status == 201
        assert made['id'] in [item['id'] for item in ann.get('/api/v1/tokens').json['items']]
        assert server.owner.patch(path, json={'api_keys_enabled': True}).status == 200
    assert server.owner.patch(path, json={'api_tokens_enabled': False}).status == 200
    assert caller.whoami().status == 200, 'PATs are another kind'


DEFAULTS = {'api_tokens_enabled': True, 'legacy_api_tokens_enabled': False, 'api_keys_enabled': True,
            'direct_pat_enabled': True, 'api_token_ttl_days': 73000, 'max_tokens_per_user': 0,
            'require_expiry': False, 'allowed_ips': []}


def test_settings_are_read_by_members_and_written_by_administrators(server, ann):
    path = settings_path(server.owner)
    assert ann.get(path).json == DEFAULTS
    assert ann.patch(path, json={'api_keys_enabled': False}).status == 403
    assert server.client().get(path).status == 401
    changed = {'legacy_api_tokens_enabled': True, 'direct_pat_enabled': False, 'api_token_ttl_days': 30,
               'max_tokens_per_user': 9}
    try:
        answer = server.owner.patch(path, json=changed)
        assert answer.status == 200 and answer.json.pop('shortened_tokens', 1) > 0
        assert answer.json == {**DEFAULTS, **changed}
        assert ann.get(path + '/').json == answer.json
        assert server.owner.patch(path, json={}).json == answer.json, 'nothing named, nothing changed'
    finally:
        assert server.owner.patch(path, json=DEFAULTS).json == DEFAULTS


@pytest.mark.parametrize('number', ['2', '0', '-1', 'x', '99999999999999999999', '1x'])
def test_another_organization_is_not_there(server, ann, number):
    path = '/api/v1/organizations/%s/token-settings' % number
    for caller in (ann, server.owner):
        assert caller.get(path).status == 404
        assert caller.patch(path, json={'api_keys_enabled': False}).status == 404


@pytest.mark.parametrize('field, value', [
    ('api_keys_enabled', 'yes'), ('api_keys_enabled', 1), ('api_keys_enabled', None),
    ('direct_pat_enabled', []), ('api_tokens_enabled', 0), ('legacy_api_tokens_enabled', {}),
    ('api_token_ttl_days', 0), ('api_token_ttl_days', 73001), ('api_token_ttl_days', '30'),
    ('api_token_ttl_days', 1.5), ('api_token_ttl_days', True), ('api_token_ttl_days', None),
    ('max_tokens_per_user', -1), ('max_tokens_per_user', 100001), ('max_tokens_per_user', None),
    ('colour', 'red'), ('organization_id', 1),
])
def test_a_wrong_setting_is_named_and_nothing_is_stored(server, field, value):
    path = settings_path(server.owner)
    answer = server.owner.patch(path, json={'direct_pat_enabled': False, field: value})
    assert answer.status == 400, answer
    assert answer.headers['Content-Type'] == 'application/problem+json'
    assert list(answer.json['errors']) == [field]
    assert server.owner.get(path).json == DEFAULTS


def test_label_studios_settings_keep_their_own_fields(server):
    assert set(server.owner.settings().json) == {'api_tokens_enabled', 'legacy_api_tokens_enabled',
                                                 'api_token_ttl_days'}


# -- the command line ------------------------------------------------------------------------------


def test_the_command_line_makes_lists_and_rotates_keys(server, ann):
    made = server.cli_json('token', 'create', '--user', ann.email, '--kind', 'api_key')
    assert made['kind'] == 'api_key' and made['name'] == 'API key' and made['hint'] == made['token'][:8]
    assert server.with_key(made['token']).whoami().json['email'] == ann.email

    listed = server.cli('token', 'list', '--user', ann.email)
    line = next(line for line in listed.stdout.splitlines() if made['id'] in line)
    assert 'api_key' in line and made['hint'] in line and made['token'] not in listed.stdout
    assert 'api_key' in server.cli('token', 'show', made['id']).stdout

    new = server.cli_json('token', 'rotate', made['id'], '--grace', '0')
    assert server.with_key(new['token']).whoami().status == 200
    assert server.cli('token', 'revoke', new['id']).returncode == 0
    assert server.with_key(new['token']).whoami().status == 401


def test_the_command_line_prints_a_key_alone(server, ann):
    done = server.cli('token', 'create', '--user', ann.email, '--kind', 'api_key', '--name', 'alone')
    assert done.returncode == 0
    assert re.fullmatch(r'lk_[0-9A-Za-z]{46}\n', done.stdout)
    assert server.cli('token', 'create', '--user', ann.email, '--kind', 'password').returncode == 2


@pytest.mark.usefixtures('keys_back_on')
def test_the_command_line_switches_the_kind(server, ann):
    key = make_key(ann)['token']
    changed = server.cli_json('org', 'settings', '--api-keys', 'off')
    assert changed == {**DEFAULTS, 'api_keys_enabled': False}
    assert server.with_key(key).whoami().status == 401
    assert server.cli('token', 'create', '--user', ann.email, '--kind', 'api_key', '--name', 'x').returncode == 1
    assert 'api-keys                on' in server.cli('org', 'settings', '--api-keys', 'on').stdout
    assert server.with_key(key).whoami().status == 200
