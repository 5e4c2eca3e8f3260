"""What tokens did: last use, address, user agent, requests a day; what counts, and what survives."""
import re
import secrets
import shutil
import time

import pytest

from support.server import Server

WRITTEN_SECONDS = 60  # only an end to waiting: counts are written every three seconds


def make(person, kind='pat', **more):
    answer = person.post('/api/v1/tokens', json={'name': secrets.token_hex(6), 'kind': kind, **more})
    assert answer.status == 201, answer
    return answer.json['id'], answer.json['token']


def usage(person, identifier):
    answer = person.get('/api/v1/tokens/%s/usage' % identifier)
    assert answer.status == 200, answer
    return answer.json


def total(person, identifier):
    return usage(person, identifier)['total']


def metric(server, name):
    page = server.client().get('/metrics').text
    return float(re.search(r'^%s (\S+)$' % name, page, re.M).group(1))


def wait_until_written(server):
    end = time.monotonic() + WRITTEN_SECONDS
    while metric(server, 'latchkey_usage_pending') > 0:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope='module')
def gate(make_module_server):
    return make_module_server('--trusted-proxies', '127.0.0.1/32', '--legacy-tokens', 'on')


@pytest.fixture
def alice(gate):
    return gate.new_user('alice')


def test_a_token_that_was_never_used_says_so(alice):
    identifier, _ = make(alice)
    token = alice.get('/api/v1/tokens/' + identifier).json
    assert token['last_used_at'] is None and token['last_used_ip'] is None and token['last_used_user_agent'] is None
    seen = usage(alice, identifier)
    assert seen['total'] == 0 and seen['first_used_at'] is None and seen['last_used_at'] is None
    assert len(seen['days']) == 90 and not any(day['requests'] for day in seen['days'])
    dates = [day['date'] for day in seen['days']]
    assert dates == sorted(set(dates)) and dates[-1] == token['created_at'][:10]


def test_each_request_with_a_key_counts_and_is_seen_at_once(gate, alice):
    identifier, key = make(alice, 'api_key')
    program = gate.client(Authorization='Bearer ' + key, User_Agent='cron/7')
    for number in range(1, 6):
        assert program.whoami().status == 200
        assert total(alice, identifier) == number
    token = alice.get('/api/v1/tokens/' + identifier).json
    assert token['last_used_ip'] == '127.0.0.1' and token['last_used_user_agent'] == 'cron/7'
    assert token['last_used_at'] > token['created_at']
    assert usage(alice, identifier)['first_used_at'] < token['last_used_at']
    assert usage(alice, identifier)['days'][-1]['requests'] == 5
    wait_until_written(gate)
    assert total(alice, identifier) == 5 and alice.get('/api/v1/tokens/' + identifier).json == token


def test_exchange_and_access_token_count_for_the_pat(gate, alice):
    identifier, pat = make(alice)
    access = gate.access(pat)
    assert total(alice, identifier) == 1
    assert gate.whoami(access).status == 200
    assert total(alice, identifier) == 2
    assert gate.refresh(pat).status == 200  # known by now: the fast lane
    assert total(alice, identifier) == 3
    assert gate.bearer(pat).whoami().status == 200  # sent itself
    assert total(alice, identifier) == 4


def test_forward_auth_counts_what_it_lets_pass(gate, alice):
    identifier, key = make(alice, 'api_key')
    headers = {'Authorization': 'Bearer ' + key, 'X-Original-Method': 'GET', 'X-Original-URI': '/api/projects',
               'X-Forwarded-For': '203.0.113.9', 'User-Agent': 'label-studio-sdk'}
    assert gate.client().get('/auth', headers=headers).status == 200
    assert gate.client().get('/auth', headers=headers).status == 200
    assert gate.client().get('/auth?anonymous=pass', headers=headers).status == 200
    seen = usage(alice, identifier)
    assert (seen['total'], seen['last_used_ip'], seen['last_used_user_agent']) == (3, '203.0.113.9', 'label-studio-sdk')
    assert gate.client().get('/auth?anonymous=pass', headers={'X-Original-Method': 'GET', 'X-Original-URI': '/'}).status == 200
    alice.delete('/api/v1/tokens/' + identifier)
    assert gate.client().get('/auth', headers=headers).status == 401
    assert total(alice, identifier) == 3  # its history stays


def test_a_refused_scope_is_no_use_behind_the_proxy(gate, alice):
    identifier, key = make(alice, 'api_key', scopes=['read'])
    headers = {'Authorization': 'Bearer ' + key, 'X-Original-Method': 'POST', 'X-Original-URI': '/api/projects'}
    assert gate.client().get('/auth', headers=headers).status == 403
    assert total(alice, identifier) == 0
    assert gate.client().get('/auth', headers={**headers, 'X-Original-Method': 'GET'}).status == 200
    assert total(alice, identifier) == 1


def test_sessions_and_the_command_line_count_for_nothing(gate, alice):
    identifier, _ = make(alice)
    alice.whoami()
    assert gate.cli('token', 'show', identifier).returncode == 0
    assert total(alice, identifier) == 0


def test_lists_show_the_last_use_and_the_month_on_request(gate, alice):
    used, key = make(alice, 'api_key')
    unused, _ = make(alice)
    for _ in range(3):
        gate.client(Authorization='Bearer ' + key).whoami()
    for written in (False, True):
        listed = {item['id']: item for item in alice.get('/api/v1/tokens').json['items']}
        assert listed[used]['last_used_at'] and listed[unused]['last_used_at'] is None
        assert 'requests_30d' not in listed[used]
        listed = {item['id']: item for item in alice.get('/api/v1/tokens?include=usage').json['items']}
        assert listed[used]['requests_30d'] == [0] * 29 + [3]
        assert listed[unused]['requests_30d'] == [0] * 30
        if not written:
            wait_until_written(gate)
    assert alice.get('/api/v1/tokens/%s?include=usage' % used).json['requests_30d'][-1] == 3
    refused = alice.get('/api/v1/tokens?include=everything')
    assert refused.status == 400 and 'include' in refused.json['errors']


def test_the_command_line_shows_what_was_written(gate, alice):
    identifier, key = make(alice, 'api_key')
    gate.client(Authorization='Bearer ' + key, User_Agent='cron/8').whoami()
    wait_until_written(gate)
    shown = gate.cli('token', 'show', identifier)
    assert re.search(r'^last used +20', shown.stdout, re.M) and 'cron/8' in shown.stdout, shown
    assert gate.cli_json('token', 'show', identifier)['last_used_user_agent'] == 'cron/8'
    listed = gate.cli_json('token', 'list', '--user', alice.email)
    assert [item['last_used_ip'] for item in listed['items']] == ['127.0.0.1'], listed
    assert 'LAST USED' in gate.cli('token', 'list', '--user', alice.email).stdout


def test_another_persons_usage_is_out_of_reach(gate, alice):
    identifier, _ = make(alice)
    assert gate.new_user('bob').get('/api/v1/tokens/%s/usage' % identifier).status == 404
    assert gate.client().get('/api/v1/tokens/%s/usage' % identifier).status == 401
    assert gate.owner.get('/api/v1/tokens/%s/usage' % identifier).status == 200


def test_the_legacy_token_and_its_last_use(gate, alice):
    first = alice.get('/api/v1/legacy-token').json
    assert re.fullmatch('[0-9a-f]{40}', first['token']) and first['last_used_at'] is None
    assert set(first) == {'token', 'created_at', 'last_used_at', 'last_used_ip', 'last_used_user_agent'}
    gate.with_key(first['token']).whoami()
    assert alice.get('/api/v1/legacy-token').json['last_used_ip'] == '127.0.0.1'
    second = alice.post('/api/v1/legacy-token/reset')
    assert second.status == 200 and second.json['token'] != first['token'] and second.json['last_used_at'] is None
    assert gate.with_key(first['token']).whoami().status == 401
    assert gate.with_key(second.json['token']).whoami().status == 200
    gate.set_settings(legacy_api_tokens_enabled=False)
    try:
        assert alice.get('/api/v1/legacy-token').status == 403
        assert alice.post('/api/v1/legacy-token/reset').status == 403
    finally:
        gate.set_settings(legacy_api_tokens_enabled=True)


def test_what_clients_call_themselves_is_only_text(gate, alice):
    identifier, key = make(alice, 'api_key')
    for agent in (b'\xff\xfe\xfa', b'<script>alert(1)</script>', "M\u00fcller".encode(), b'a' * 3000, b"'; DROP TABLE usage; --"):
        client = gate.client(Authorization='Bearer ' + key)
        assert client.get('/api/current-user/whoami', headers={'User-Agent': agent}).status in (200, 431)
        assert total(alice, identifier) > 0
        assert len(usage(alice, identifier)['last_used_user_agent']) <= 200
    wait_until_written(gate)
    assert metric(gate, 'latchkey_usage_flush_failures_total') == 0


def test_counts_are_written_at_the_end(make_server):
    server = make_server()
    identifier, key = make(server.owner, 'api_key')
    for _ in range(5):
        server.client(Authorization='Bearer ' + key).whoami()
    assert server.stop() == 0
    server.restart()
    assert total(server.owner, identifier) == 5


def test_kill_9_loses_seconds_at_most(make_server):
    server = make_server()
    identifier, key = make(server.owner, 'api_key')
    program = server.client(Authorization='Bearer ' + key)
    written = 0
    for _ in range(3):
        for _ in range(40):
            assert program.whoami().status == 200
        wait_until_written(server)
        written += 40
        for _ in range(7):
            assert program.whoami().status == 200
        server.kill9()
        server._owner = None
        server.start()
        program = server.client(Authorization='Bearer ' + key)
        count = total(server.owner, identifier)
        assert written <= count <= written + 7
        written = count
        assert usage(server.owner, identifier)['days'][-1]['requests'] == count


def test_two_nodes_add_up(engine, make_database, latchkey, tmp_path_factory):
    if engine == 'sqlite':
        pytest.skip('an SQLite file belongs to one host')
    database = make_database()
    first = Server(latchkey, tmp_path_factory.mktemp('first'), database).start()
    folder = tmp_path_factory.mktemp('second')
    (folder / 'data').mkdir(mode=0o700)
    shutil.copy(first.data / 'master.key', folder / 'data')
    second = Server(latchkey, folder, database).start()
    try:
        keys = [make(first.owner, 'api_key') for _ in range(20)]
        programs = [(node.client(Authorization='Bearer ' + key), count)
                    for node, count in ((first, 3), (second, 4)) for _, key in keys]
        for program, count in programs:
            for _ in range(count):
                assert program.whoami().status == 200
        for node in (first, second):
            wait_until_written(node)
        for identifier, _ in keys:
            assert total(first.owner, identifier) == 7
            assert usage(second.owner, identifier)['days'][-1]['requests'] == 7
        assert metric(first, 'latchkey_usage_flush_failures_total') == 0
        assert metric(second, 'latchkey_usage_flush_failures_total') == 0
    finally:
        first.kill9()
        second.kill9()
