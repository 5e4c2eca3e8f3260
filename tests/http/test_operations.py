"""Health, version and metrics."""
import re
import sqlite3
import subprocess
import time

import pytest

from support import postgres
from support.client import Client
from support.server import free_port, run


def test_health_and_readiness(server):
    assert server.client().get('/healthz').text == 'ok\n'
    assert server.client().get('/readyz').text == 'ready\n'
    assert server.client().get('/api/v1/version').json['name'] == 'latchkey'


def value(text, name, **labels):
    for line in text.splitlines():
        if line.startswith(name) and all('%s="%s"' % pair in line for pair in labels.items()):
            return float(line.rpartition(' ')[2])
    return 0.0


def metrics(server, **more):
    return server.client().get('/metrics', **more)


def test_requests_are_counted_by_route_and_status(server):
    """When the answer was sent, which its client may know before the next one asks: hence some patience."""
    def refused():
        return value(metrics(server).text, 'latchkey_requests_total', route='/api/token/?', status='401')

    before = refused()
    for _ in range(3):
        assert server.client().get('/api/token/').status == 401
    until = time.monotonic() + 10
    while refused() < before + 3 and time.monotonic() < until:
        time.sleep(0.02)
    assert refused() == before + 3


def test_a_hit_in_memory_is_counted(server):
    bearer = server.bearer(server.access(server.new_user().create_pat()))
    bearer.whoami()
    before = value(metrics(server).text, 'latchkey_cache_hits_total', cache='decisions')
    bearer.whoami()
    assert value(metrics(server).text, 'latchkey_cache_hits_total', cache='decisions') > before


def test_metrics_are_well_formed_and_name_nobody(server):
    pat = server.new_user('visible').create_pat()
    server.refresh(pat)
    answer = metrics(server)
    assert answer.headers['Content-Type'].startswith('text/plain; version=0.0.4')
    for line in answer.text.splitlines():
        assert line.startswith('# ') or re.fullmatch(r'[a-z_]+(\{[^}]*\}|\{.*\}) [0-9.e+-]+|[a-z_]+ [0-9.e+-]+', line), line
    assert 'visible' not in answer.text and pat not in answer.text


def test_metrics_are_for_this_machine_only(server):
    assert metrics(server, headers={'X-Forwarded-For': '203.0.113.7'}).status == 403


def test_metrics_can_have_an_address_of_their_own(make_server):
    own = '127.0.0.1:%d' % free_port()
    server = make_server('--metrics-listen', own)
    there = Client('http://' + own)
    figures = there.get('/metrics', headers={'X-Forwarded-For': '203.0.113.7'})  # whoever asks there
    assert figures.status == 200 and 'latchkey_requests_total' in figures.text
    assert 'http://%s/metrics' % own in server.log
    for path in ('/healthz', '/api/token/', '/auth', '/user/login/', '/'):
        assert there.get(path).status == 404, path
    assert server.client().get('/metrics').status == 404
    assert server.client().get('/readyz').status == 200


def test_an_address_for_metrics_that_is_none_is_named(latchkey, tmp_path):
    for address in ('nonsense', '127.0.0.1:99999', '::1:9000'):
        refused = run(latchkey, 'serve', '--data', tmp_path / 'data', '--metrics-listen', address)
        assert refused.returncode == 2 and '--metrics-listen' in refused.stderr, refused


@pytest.mark.parametrize('options, status', [(['--max-feed-lag', '1'], 503), ([], 200)])
def test_a_node_that_hears_nothing_says_so_after_the_lag(engine, make_server, options, status):
    if engine == 'sqlite':
        pytest.skip('an SQLite file belongs to one host')
    server = make_server(*options)
    deaf = subprocess.Popen(['psql', '-X', '-q', server.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True)
    deaf.stdin.write("BEGIN; LOCK TABLE changes IN ACCESS EXCLUSIVE MODE;\n\\echo locked\n")
    deaf.stdin.flush()
    try:
        assert deaf.stdout.readline().strip() == 'locked'
        time.sleep(2)
        assert server.client().get('/readyz').status == status
    finally:
        deaf.communicate('ROLLBACK;\n', timeout=20)
    end = time.monotonic() + 10
    while server.client().get('/readyz').status != 200:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize('switch, count', [('on', 3), ('off', 0)])
def test_legacy_tokens_count_where_they_are_on(make_server, switch, count):
    server = make_server('--legacy-tokens', 'on')
    for user in (server.owner, server.new_user('ann'), server.new_user('bob')):
        assert user.legacy_key()
    server.options = ['--legacy-tokens', switch]
    server.restart()
    assert value(metrics(server).text, 'latchkey_live_tokens{kind="legacy"}') == count


def test_there_are_figures_when_the_database_fails(make_server):
    server = make_server()
    assert value(metrics(server).text, 'latchkey_database_errors_total') == 0
    assert 'latchkey_live_tokens{kind="pat"} 0' in metrics(server).text
    server.restart()
    away = 'ALTER TABLE tokens RENAME TO away'
    if server.database:
        postgres.psql(server.database, '-c', away)
    else:
        with sqlite3.connect(server.data / 'latchkey.db') as database:
            database.execute(away)
        database.close()
    answer = metrics(server)
    assert answer.status == 200 and 'latchkey_live_tokens' not in answer.text
    assert value(metrics(server).text, 'latchkey_database_errors_total') >= 1
