"""
Two processes on one database that race: the daemon and the command line, and where the engine allows it two daemons.
They never leave two default tokens, more tokens than allowed, one beyond its limit, or a revoked one that works.
"""
import concurrent.futures
import datetime
import shutil
import time

import pytest

from support.server import Server

TURNS = 4


@pytest.fixture(scope='module')
def other(engine, server, latchkey, tmp_path_factory):
    """The second daemon; of an SQLite file there is only one."""
    if engine == 'sqlite':
        yield server
        return
    folder = tmp_path_factory.mktemp('second')
    (folder / 'data').mkdir(mode=0o700)
    shutil.copy(server.data / 'master.key', folder / 'data')  # the hosts share the key
    node = Server(latchkey, folder, server.database).start()
    yield node
    node.kill9()


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture
def limits(server):
    path = '/api/v1/organizations/1/token-settings'
    before = server.owner.get(path).json

    def change(**changes):
        answer = server.owner.patch(path, json=changes)
        assert answer.status == 200, answer

    yield change
    change(api_token_ttl_days=before['api_token_ttl_days'], max_tokens_per_user=before['max_tokens_per_user'])


def at_once(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def elsewhere(person, other):
    """The same person, signed in at the second daemon."""
    return other.sign_in(person.email, person.password)


def living(person):
    return person.get('/api/v1/tokens?limit=200').json['items']


def until_refused(*callers):
    """Another process hears of it soon; how soon is measured elsewhere."""
    end = time.monotonic() + 10
    while {caller.whoami().status for caller in callers} != {401}:
        assert time.monotonic() < end, 'it works on'
        time.sleep(0.02)


def test_one_default_token(server, other, ann):
    there = elsewhere(ann, other)
    for _ in range(TURNS):
        answers = at_once(*[lambda who=who: who.post('/api/token/') for who in (ann, there) * 3])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 5
        assert len(living(ann)) == 1
        assert ann.delete('/api/v1/tokens/' + living(ann)[0]['id']).status == 204


def test_one_token_of_a_name(server, other, ann):
    there = elsewhere(ann, other)
    for turn in range(TURNS):
        name = 'name %d' % turn
        command = lambda: server.cli('token', 'create', '--user', ann.email, '--name', name).returncode == 0
        request = lambda who: who.create_token(name).status == 201
        won = at_once(command, lambda: request(ann), lambda: request(there), command)
        assert won.count(True) == 1
        assert [item['name'] for item in living(ann)].count(name) == 1


def test_no_more_than_allowed(server, other, ann, limits):
    there = elsewhere(ann, other)
    limits(max_tokens_per_user=3)
    command = lambda n: server.cli('token', 'create', '--user', ann.email, '--name', 'c%d' % n).returncode == 0
    request = lambda who, n: who.create_token('r%d' % n, kind='api_key').status == 201
    for _ in range(TURNS):
        won = at_once(*[lambda n=n: request((ann, there)[n % 2], n) for n in range(16)], *[lambda n=n: command(n) for n in range(3)])
        assert won.count(True) == 3 and len(living(ann)) == 3
        for item in living(ann):
            assert ann.delete('/api/v1/tokens/' + item['id']).status == 204


@pytest.mark.parametrize('lowered_by', ['command', 'request'])
def test_none_beyond_a_lowered_limit(server, other, ann, limits, lowered_by):
    there = elsewhere(ann, other)
    limits(api_token_ttl_days=1000)
    made = [lambda n=n: (ann, there)[n % 2].create_token('r%d' % n, kind='api_key').status for n in range(12)]
    commands = [lambda n=n: server.cli('token', 'create', '--user', ann.email, '--name', 'c%d' % n).returncode for n in range(3)]

    def lower():
        time.sleep(0.01)
        if lowered_by == 'request':
            limits(api_token_ttl_days=7)
        else:
            assert server.cli('org', 'settings', '--api-token-ttl-days', '7').returncode == 0

    done = at_once(*made, *commands, lower)
    assert set(done[:12]) == {201} and set(done[12:15]) == {0}
    latest = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7, seconds=5)
    items = living(ann)
    assert len(items) == 15
    for item in items:
        assert datetime.datetime.fromisoformat(item['expires_at'].replace('Z', '+00:00')) <= latest, item


@pytest.mark.parametrize('kind', ['pat', 'api_key'])
def test_what_was_revoked_does_not_work(server, other, ann, kind):
    there = elsewhere(ann, other)
    for turn in range(TURNS):
        made = ann.create_token('r%d' % turn, kind=kind).json
        path = '/api/v1/tokens/' + made['id']
        callers = [node.with_key(node.access(made['token']) if kind == 'pat' else made['token']) for node in (server, other)]
        assert {caller.whoami().status for caller in callers} == {200}
        by_command = turn % 2 == 0
        revoke = ((lambda: server.cli('token', 'revoke', made['id']).returncode == 0) if by_command
                  else (lambda: ann.delete(path).status == 204))
        revoked, rotation = at_once(revoke, lambda: there.post(path + '/rotate', json={}))
        assert revoked
        until_refused(*callers)
        shown = ann.get(path).json
        assert shown['state'] == 'revoked' and rotation.status in (201, 409)
        successors = [item for item in living(ann) if item['rotated_from'] == made['id']]
        assert len(successors) == (rotation.status == 201)
        if rotation.status == 201:
            works = other.with_key(rotation.json['token']).whoami() if kind == 'api_key' else other.refresh(rotation.json['token'])
            assert works.status == 200
            assert ann.delete('/api/v1/tokens/' + successors[0]['id']).status == 204
    assert server.cli('audit', 'verify').returncode == 0


def test_a_half_done_change_never_shows(server, other, ann, limits):
    """Whoever looks meanwhile, at either daemon or by command, sees all of it or nothing."""
    there = elsewhere(ann, other)
    here, elsewhere_owner = server.sign_in(server.owner_email, server.owner_password), other.sign_in(server.owner_email, server.owner_password)
    path = '/api/v1/organizations/1/token-settings'
    made = ann.create_token('rotated', kind='api_key').json
    limits(max_tokens_per_user=500, api_token_ttl_days=500)
    done, faults = [], []

    def change():
        token = made
        for turn in range(30):
            token = ann.post('/api/v1/tokens/%s/rotate' % token['id'], json={'grace_seconds': 0}).json
            both = 100 + turn
            assert server.owner.patch(path, json={'max_tokens_per_user': both, 'api_token_ttl_days': both}).status == 200
        done.append(True)

    def look(tokens_of, settings_of):
        while not done:
            items = tokens_of.get('/api/v1/tokens').json['items']
            shown = settings_of.get(path).json
            if len(items) != 1:
                faults.append('%d tokens' % len(items))
            if shown['max_tokens_per_user'] != shown['api_token_ttl_days']:
                faults.append(shown)

    def look_by_command():
        while not done:
            shown = server.cli_json('org', 'settings')
            if shown['max_tokens_per_user'] != shown['api_token_ttl_days']:
                faults.append(shown)
            if len(server.cli_json('token', 'list', '--user', ann.email)['items']) != 1:
                faults.append('tokens, by command')

    at_once(change, lambda: look(server.sign_in(ann.email, ann.password), here), lambda: look(there, elsewhere_owner), look_by_command)
    assert not faults, faults[:5]
