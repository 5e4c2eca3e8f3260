"""`latchkey token …` and `org settings`, beside a running daemon: what they do holds with its next request."""
import datetime
import time

import pytest


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def make(server, user, name, *words):
    return server.cli_json('token', 'create', '--user', user.email, '--name', name, *words)


def counts(server, token):
    return server.with_key(token).whoami().status == 200


def test_a_token_is_made_with_its_guards(server, ann):
    made = make(server, ann, 'reports', '--kind', 'api_key', '--scope', 'read', '--allow-ip', '127.0.0.0/8',
                '--allow-ip', '::1', '--ttl-days', '5')
    assert made['scopes'] == ['read'] and set(made['allowed_ips']) == {'127.0.0.0/8', '::1'}
    assert counts(server, made['token'])
    assert server.with_key(made['token']).post('/api/v1/tokens', json={'name': 'x'}).status == 403
    shown = server.cli('token', 'show', made['id']).stdout
    assert 'read' in shown and '127.0.0.0/8' in shown and made['token'] not in shown
    assert made['created_by'] is None, 'by the operator'


@pytest.mark.parametrize('words, complaint', [
    (['--scope', 'nope'], 'There is no scope "nope"'), (['--allow-ip', '10.0.0.0/99'], '--allow-ip'),
    (['--expires-at', '2001-01-01T00:00:00Z'], 'future'), (['--name', ''], 'name'),
])
def test_what_is_wrong_is_said_in_a_line(server, ann, words, complaint):
    done = server.cli('token', 'create', '--user', ann.email, *words)
    assert done.returncode == 1 and complaint in done.stderr and done.stdout == ''
    assert server.cli('token', 'create', '--user', ann.email, '--expires-at', 'soon').returncode == 2


def test_lists_have_states_kinds_and_orders(server, ann):
    first = make(server, ann, 'b', '--ttl-days', '9')
    second = make(server, ann, 'a', '--kind', 'api_key', '--ttl-days', '5')
    gone = make(server, ann, 'c')
    assert server.cli('token', 'revoke', gone['id']).returncode == 0
    listed = lambda *words: [item['name'] for item in
                             server.cli_json('token', 'list', '--user', ann.email, *words)['items']]
    assert listed() == ['b', 'a']
    assert listed('--sort', 'name') == listed('--sort', 'expires_at') == ['a', 'b']
    assert listed('--state', 'ended') == ['c'] and listed('--all') == ['b', 'a', 'c']
    assert listed('--kind', 'pat') == ['b']
    text = server.cli('token', 'list', '--user', ann.email, '--state', 'all').stdout
    assert 'revoked' in text and 'active' in text and first['id'] in text and second['token'] not in text


def test_rotating_gives_a_grace(server, ann):
    old = make(server, ann, 'r', '--kind', 'api_key')
    new = server.cli_json('token', 'rotate', old['id'], '--grace', '1h')
    assert counts(server, old['token']) and counts(server, new['token'])
    assert server.cli_json('token', 'rotate', old['id'])['token'] == new['token'], 'asked again'
    assert server.cli_json('token', 'show', old['id'])['state'] == 'in_grace'
    assert 'replaced by' in server.cli('token', 'show', old['id']).stdout
    last = server.cli_json('token', 'rotate', new['id'], '--grace', '0')
    assert counts(server, last['token'])


def test_many_are_revoked_by_what_they_have_in_common(server, ann):
    pat, key = make(server, ann, 'p'), make(server, ann, 'k', '--kind', 'api_key')
    access = server.access(pat['token'])
    done = server.cli('token', 'revoke', '--user', ann.email, '--kind', 'api_key', '--dry-run')
    assert done.stdout == 'would revoke 1 token\n' and counts(server, key['token'])
    assert server.cli_json('token', 'revoke', '--user', ann.email, '--kind', 'api_key')['revoked'] == 1
    assert not counts(server, key['token']) and server.whoami(access).status == 200
    assert server.cli_json('token', 'revoke', '--user', ann.email, '--unused-days', '1')['revoked'] == 0
    assert server.cli_json('token', 'revoke', '--user', ann.email, '--all', '--organization', '1')['revoked'] >= 1
    assert server.whoami(access).status == 401
    assert ann.get('/api/v1/tokens/' + pat['id']).json['revoked_reason'] == 'operator'


def test_several_ids_are_revoked_and_a_wrong_one_is_named(server, ann):
    made = [make(server, ann, 'n%d' % n, '--kind', 'api_key') for n in range(3)]
    done = server.cli('token', 'revoke', made[0]['id'], 'nobodys', made[1]['id'])
    assert done.returncode == 1 and 'nobodys' in done.stderr
    assert [counts(server, token['token']) for token in made] == [False, False, True]


@pytest.mark.parametrize('words', [[], ['--all'], ['--user', 'x@example.com'], ['someid', '--kind', 'pat'], ['--organization', '1']])
def test_an_unclear_revocation_is_used_wrongly(server, words):
    assert server.cli('token', 'revoke', *words).returncode == 2


def test_settings_bound_tokens(server, ann):
    make(server, ann, 'long')
    try:
        done = server.cli('org', 'settings', '--api-token-ttl-days', '20', '--require-expiry', 'on',
                          '--allow-ip', '127.0.0.0/8', '--allow-ip', '::1/128')
        assert done.returncode == 0 and 'end earlier now' in done.stdout and 'require-expiry          on' in done.stdout
        end = ann.get('/api/v1/tokens').json['items'][0]['expires_at']
        assert datetime.datetime.fromisoformat(end.replace('Z', '+00:00')).timestamp() < time.time() + 20 * 86400 + 5
        endless = server.cli('token', 'create', '--user', ann.email, '--name', 'no end')
        assert endless.returncode == 1 and '--expires-at, --ttl-days: This organization wants an end' in endless.stderr
        shown = server.cli_json('org', 'settings')
        assert shown['require_expiry'] is True and '127.0.0.0/8' in shown['allowed_ips']
        assert server.cli('org', 'settings', '--allow-ip', '10.0.0.0/99').returncode == 1
    finally:
        back = server.cli_json('org', 'settings', '--api-token-ttl-days', '73000', '--require-expiry', 'off',
                               '--allow-ip', 'any')
    assert back['allowed_ips'] == [] and 'shortened_tokens' not in back


def test_everybodys_tokens_with_filters(server, ann):
    bob = server.new_user('bob')
    soon, later = make(server, ann, 'soon', '--ttl-days', '5'), make(server, bob, 'later', '--ttl-days', '50')
    used = make(server, bob, 'used', '--kind', 'api_key', '--ttl-days', '60')
    assert counts(server, used['token'])

    def listed(*words):
        mine = {soon['id']: 'soon', later['id']: 'later', used['id']: 'used'}
        items = server.cli_json('token', 'list', *words)['items']
        return [mine[item['id']] for item in items if item['id'] in mine]

    assert listed() == ['soon', 'later', 'used'] and listed('--sort', '-created_at') == ['used', 'later', 'soon']
    assert listed('--sort', 'name') == ['later', 'soon', 'used'] and listed('--kind', 'api_key') == ['used']
    assert listed('--expires-in-days', '14') == ['soon'] and listed('--unused-days', '1') == []
    assert listed('--user', bob.email, '--expires-in-days', '55') == ['later']
    end = time.monotonic() + 60
    while listed('--never-used') != ['soon', 'later'] and time.monotonic() < end:
        time.sleep(0.2)  # counts are written every few seconds
    assert listed('--never-used') == ['soon', 'later']
    [item] = [item for item in server.cli_json('token', 'list')['items'] if item['id'] == used['id']]
    assert item['user']['email'] == bob.email and item['last_used_ip'] == '127.0.0.1'
    table = server.cli('token', 'list').stdout
    assert ann.email in table and bob.email in table and used['token'] not in table
    assert server.cli('token', 'list', '--organization', '999').returncode == 1
    assert server.cli('token', 'list', '--unused-days', '0').returncode == 2


def test_a_token_is_made_narrower(server, ann):
    made = make(server, ann, 'wide', '--kind', 'api_key', '--ttl-days', '50')
    assert server.cli('token', 'change', made['id']).returncode == 2
    changed = server.cli_json('token', 'change', made['id'], '--name', 'narrow', '--scope', 'read')
    assert changed['name'] == 'narrow' and changed['scopes'] == ['read']
    assert counts(server, made['token'])
    assert server.with_key(made['token']).post('/api/v1/tokens', json={'name': 'x'}).status == 403
    wider = server.cli('token', 'change', made['id'], '--scope', 'all')
    assert wider.returncode == 1 and 'Can only be narrowed' in wider.stderr
    assert server.cli('token', 'change', made['id'], '--expires-at', '2099-01-01T00:00:00Z').returncode == 1
    assert server.cli('token', 'change', made['id'], '--expires-at', 'soon').returncode == 2
    make(server, ann, 'taken')
    taken = server.cli('token', 'change', made['id'], '--name', 'taken')
    assert taken.returncode == 1 and 'another --name' in taken.stderr
    assert server.cli('token', 'change', made['id'], '--allow-ip', '192.0.2.0/24').returncode == 0
    assert not counts(server, made['token']), 'it counts from there only, at once'
    server.cli('token', 'revoke', made['id'])
    assert 'revoked before' in server.cli('token', 'change', made['id'], '--name', 'x').stderr
    assert server.cli('token', 'change', 'nope', '--name', 'x').returncode == 1
