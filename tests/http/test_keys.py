"""Signing keys: published before they sign, counting until what they signed has ended."""
import shutil
import time

import pytest

from support import jwt
from support.oauth import exchange
from support.server import Server


@pytest.fixture
def server(make_server):
    return make_server()


def jwks(server):
    answer = server.client().get('/.well-known/jwks.json')
    assert answer.status == 200 and 'max-age=300' in answer.headers['Cache-Control']
    return {key['kid']: key for key in answer.json['keys']}


def key(server, *words):
    return server.cli_json('key', *words)


def states(server):
    return {(item['algorithm'], item['state']) for item in key(server, 'list')['items']}


def test_secret_keys_are_never_published(server):
    assert jwks(server) == {}
    assert states(server) == {('HS256', 'current')}


@pytest.mark.parametrize('algorithm', ['EdDSA', 'ES256', 'RS256'])
def test_a_key_is_published_before_it_signs(server, algorithm):
    pat = server.owner.create_pat()
    made = key(server, 'add', '--algorithm', algorithm)
    published = jwks(server)[made['kid']]
    assert published['alg'] == algorithm and published['use'] == 'sig'
    assert 'd' not in published and 'k' not in published
    assert jwt.header(server.access(pat))['alg'] == 'HS256', 'not yet'

    early = server.cli('key', 'rotate')
    assert early.returncode == 1 and '--now' in early.stderr
    rotated = key(server, 'rotate', '--now')
    assert rotated['current']['kid'] == made['kid'] and rotated['next']['kid'] in jwks(server)
    access = server.access(pat)
    assert jwt.header(access) == {'alg': algorithm, 'kid': made['kid'], 'typ': 'JWT'}
    assert server.whoami(access).status == 200
    assert jwt.header(server.owner.create_token('after').json['token'])['alg'] == 'HS256', 'PATs stay with HS256'


def test_a_rotation_breaks_no_token(server):
    pat = server.owner.create_pat()
    seen = []
    for words in (('add', '--algorithm', 'EdDSA', '--current'), ('rotate', '--now'), ('rotate', '--now'),
                  ('rotate', '--algorithm', 'HS256'), ('rotate', '--algorithm', 'ES256', '--now')):
        seen.append(server.access(pat))
        key(server, *words)
    for access in seen:
        assert server.whoami(access).status == 200
    assert server.refresh(pat).status == 200
    newer = server.owner.create_token('newer').json['token']
    assert jwt.header(newer)['kid'] != jwt.header(pat)['kid'] and server.refresh(newer).status == 200


def test_a_key_that_signed_living_tokens_is_not_retired_unless_forced(server):
    pat = server.owner.create_pat()
    access = server.access(pat)
    old = jwt.header(pat)['kid']
    assert 'rotate --algorithm HS256' in server.cli('key', 'retire', old).stderr, 'it signs'
    key(server, 'rotate', '--algorithm', 'HS256')
    refused = server.cli('key', 'retire', old)
    assert refused.returncode == 1 and '1 personal access token' in refused.stderr
    assert server.refresh(pat).status == 200 and server.whoami(access).status == 200
    forced = key(server, 'retire', old, '--force')
    assert forced['state'] == 'retired' and forced['ended_pats'] == 1
    assert server.refresh(pat).status == 401, 'with the next request'
    assert server.whoami(access).status == 401
    assert server.cli('key', 'retire', old).returncode == 1, 'there is none any more'


def test_a_public_key_that_is_retired_goes_on_verifying_and_hs256_signs_again(server):
    pat = server.owner.create_pat()
    made = key(server, 'add', '--current')
    access = server.access(pat)
    assert jwt.header(access)['kid'] == made['kid']
    assert key(server, 'retire', made['kid'])['state'] == 'retiring'
    assert server.whoami(access).status == 200 and made['kid'] in jwks(server)
    assert jwt.header(server.access(pat))['alg'] == 'HS256'
    assert server.cli('key', 'retire', made['kid']).returncode == 1, 'its last tokens may live'
    assert key(server, 'retire', made['kid'], '--force')['state'] == 'retired'
    assert server.whoami(access).status == 401 and jwks(server) == {}


def test_a_next_key_is_withdrawn(server):
    made = key(server, 'add', '--algorithm', 'RS256')
    second = server.cli('key', 'add')
    assert second.returncode == 1 and 'key retire' in second.stderr, 'one next key at a time'
    assert key(server, 'retire', made['kid'])['state'] == 'retired'
    assert jwks(server) == {}


def test_keys_stay_over_a_restart(server):
    pat = server.owner.create_pat()
    made = key(server, 'add', '--current')
    access = server.access(pat)
    server.restart()
    assert server.whoami(access).status == 200 and made['kid'] in jwks(server)


def test_exchanged_tokens_are_signed_with_the_public_key_too(server):
    api_key = server.owner.create_token('k', kind='api_key').json['token']
    made = key(server, 'add', '--current')
    assert jwt.header(exchange(server, api_key).json['access_token'])['kid'] == made['kid']


def test_with_a_secret_key_of_label_studio_its_upstream_tokens_stay_its_own(make_server, tmp_path):
    secret = tmp_path / 'secret'
    secret.write_text('label-studios-own')
    server = make_server('--secret-key-file', str(secret))
    pat = server.owner.create_pat()
    key(server, 'add', '--current')
    key(server, 'rotate', '--algorithm', 'HS256')
    answer = server.bearer(server.access(pat)).get('/auth')
    upstream = answer.headers['Authorization'].removeprefix('Bearer ')
    assert jwt.is_signed_with(upstream, 'label-studios-own'), 'signed with SECRET_KEY, whatever signs for clients'
    assert 'kid' not in jwt.header(upstream)


def test_the_audit_log_tells_of_keys(server):
    made = key(server, 'add', '--current')
    done = server.cli('audit', '--json')
    assert done.returncode == 0, done
    assert 'key.added' in done.stdout and made['kid'] in done.stdout


def test_other_hosts_learn_of_a_key_too(engine, make_database, latchkey, tmp_path_factory):
    if engine == 'sqlite':
        pytest.skip('an SQLite file belongs to one host')
    database = make_database()
    first = Server(latchkey, tmp_path_factory.mktemp('first'), database).start()
    folder = tmp_path_factory.mktemp('second')
    (folder / 'data').mkdir(mode=0o700)
    shutil.copy(first.data / 'master.key', folder / 'data')
    second = Server(latchkey, folder, database).start()
    try:
        pat = first.owner.create_pat()
        made = first.cli_json('key', 'add')
        begun = time.monotonic()
        while made['kid'] not in jwks(second):
            assert time.monotonic() - begun < 3
        first.cli_json('key', 'rotate', '--now')
        access = first.access(pat)
        assert jwt.header(access)['kid'] == made['kid']
        assert second.whoami(access).status == 200, 'known before it signed'
    finally:
        first.kill9()
        second.kill9()
