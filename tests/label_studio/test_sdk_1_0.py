"""The 1.0 line of label-studio-sdk, in its own environment: sdk1_calls.py does the calls, once for all tests."""
import json
import pathlib
import subprocess

import pytest

from support import jwt

CALLS = pathlib.Path(__file__).with_name('sdk1_calls.py')


@pytest.fixture(scope='module')
def ran(make_module_server, sdk1_python):
    server = make_module_server('--legacy-tokens', 'on')
    short = make_module_server('--access-token-ttl', '2')
    ann, short_ann = server.new_user('ann'), short.new_user('ann')
    ann.boot = ann.create_token('boot').json['token']
    words = [server.base_url, ann.boot, ann.legacy_key(), ann.create_token('key', kind='api_key').json['token'],
             server.owner.create_token('boot').json['token'],
             short.base_url, short_ann.create_pat()]
    done = subprocess.run([sdk1_python, str(CALLS), *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return ann, json.loads(done.stdout)


def test_whoami(ran):
    ann, answers = ran
    for name in ('whoami', 'whoami slash', 'whoami legacy', 'whoami api key'):
        assert answers[name] == ann.email, name
    assert answers['async'] == [ann.email] * 4
    assert ann.email in answers['users']
    assert answers['get_token'] == ann.legacy_key()


def test_create_and_list(ran):
    ann, answers = ran
    token, created_at, expires_at = answers['create']
    assert token.count('.') == 2 and created_at < expires_at
    assert sorted(answers['get']) == sorted([[jwt.truncated(token), created_at, expires_at],
                                             *[item for item in answers['get'] if item[0] == jwt.truncated(ann.boot)]])
    assert len(answers['get']) == 2
    assert answers['second create'].startswith('ApiError') and '409' in answers['second create']


def test_refresh_rotate_and_revoke(ran):
    ann, answers = ran
    assert jwt.claims(answers['refresh'])['user_id'] == str(ann.id)
    assert answers['rotate'].count('.') == 2 and answers['rotate'] != answers['create'][0]
    assert answers['rotate again'] == answers['rotate'], 'a retry gets the same successor'
    assert answers['blacklist'] is None
    assert answers['blacklist again'].startswith('NotFoundError')
    assert answers['refresh revoked'].startswith('UnauthorizedError')


def test_settings(ran):
    _, answers = ran
    assert answers['settings'] == [True, True, 73000]
    assert answers['settings changed'] == [True, True, 30]
    assert answers['settings restored'] == [True, True, 73000]


def test_an_access_token_that_ends_in_mid_run_is_refreshed(ran):
    _, answers = ran
    assert isinstance(answers['access tokens used'], int) and answers['access tokens used'] >= 2, answers


def test_the_old_client(ran):
    ann, answers = ran
    for name in ('old client, legacy token', 'old client, pat', 'old client, api key'):
        assert answers[name] == [{'status': 'UP'}, ann.email], name
