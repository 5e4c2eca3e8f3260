"""
GET /auth, asked again and again: from the third time on the answer is one that was kept ready. It says what a
new one would, and a caller never gets another's.
"""
import itertools
import secrets
import time

import pytest

from support import jwt, people, sample

ENOUGH = 4  # times: from the store, from memory and kept, ready, ready
VARIES = {'Date', 'Connection', 'Keep-Alive'}


@pytest.fixture(scope='module')
def gate(make_module_server):
    return make_module_server('--trusted-proxies', '127.0.0.1', '--legacy-tokens', 'on')


@pytest.fixture
def alice(gate):
    return gate.new_user('alice')


def make(person, kind='api_key', **more):
    answer = person.create_token(secrets.token_hex(6), kind=kind, **more)
    assert answer.status == 201, answer
    return answer.json


def ask(gate, headers, method='GET', path='/auth', **more):
    if isinstance(headers, str):
        headers = {'Authorization': 'Bearer ' + headers}
    return gate.client().request(method, path, headers={**headers, **more})


def said(answer):
    return {name: value for name, value in answer.headers.items() if name not in VARIES}


def make_ready(gate, headers, **more):
    """Asks until the answer is there ready; gives it."""
    answers = [ask(gate, headers, **more) for _ in range(ENOUGH)]
    assert {answer.status for answer in answers} == {200}, answers
    return answers[-1]


def credentials(gate, person):
    pat = make(person, 'pat')['token']
    return {
        'access': {'Authorization': 'Bearer ' + gate.access(pat)},
        'pat': {'Authorization': 'Bearer ' + pat},
        'legacy': {'Authorization': 'Token ' + person.get('/api/current-user/token').json['token']},
        'api_key': {'X-API-Key': make(person)['token']},
        'session': {'Cookie': 'sessionid=' + person.http.cookies['sessionid']},
    }


def test_it_says_what_the_first_one_said(gate, alice):
    for kind, headers in credentials(gate, alice).items():
        first = ask(gate, headers)
        assert first.headers['X-Auth-Token-Kind'] == kind and first.headers['X-Auth-Email'] == alice.email
        for _ in range(ENOUGH):
            again = ask(gate, headers)
            assert (again.status, again.text) == (200, '')
            assert said(again) == said(first), kind


def test_two_callers_never_get_each_others(gate):
    callers = []
    for name in ('bob', 'carol'):
        person = gate.new_user(name)
        callers += [(person, kind, headers) for kind, headers in credentials(gate, person).items()]
        callers.append((person, 'pat', {'Authorization': 'Bearer ' + make(person, 'pat')['token']}))
    first = [ask(gate, headers) for _, _, headers in callers]
    for _ in range(ENOUGH):
        for (person, kind, headers), told in zip(callers, first):
            answer = ask(gate, headers)
            assert answer.headers['X-Auth-User-Id'] == str(person.id)
            assert answer.headers['X-Auth-Email'] == person.email
            assert answer.headers['X-Auth-Token-Kind'] == kind
            assert answer.headers.get('X-Auth-Token-Id') == told.headers.get('X-Auth-Token-Id')
            claims = jwt.claims(answer.headers['Authorization'].removeprefix('Bearer '))
            assert claims['user_id'] == str(person.id)
    told_apart = [answer.headers['X-Auth-Token-Id'] for answer in first if 'X-Auth-Token-Id' in answer.headers]
    assert len(set(told_apart)) == len(told_apart) >= 8


def test_a_revoked_token_stops_at_once(gate, alice):
    made = make(alice, 'pat')
    access = gate.access(made['token'])
    make_ready(gate, made['token'])
    make_ready(gate, access)
    assert alice.revoke(made['token']).status == 204
    assert [ask(gate, made['token']).status, ask(gate, access).status] == [401, 401]


def test_a_token_revoked_by_another_process_stops_at_once(gate, alice):
    made = make(alice)
    make_ready(gate, made['token'])
    assert gate.cli('token', 'revoke', made['id']).returncode == 0
    assert ask(gate, made['token']).status == 401


def test_a_deactivated_user_stops_at_once_and_comes_back(gate, alice):
    key = make(alice)['token']
    make_ready(gate, key)
    assert gate.cli('user', 'deactivate', alice.email).returncode == 0
    assert ask(gate, key).status == 401
    assert gate.cli('user', 'activate', alice.email).returncode == 0
    assert make_ready(gate, key).headers['X-Auth-Email'] == alice.email


def test_a_kind_that_is_switched_off_stops_at_once(gate, alice):
    pat = make(alice, 'pat')['token']
    make_ready(gate, pat)
    gate.set_settings(api_tokens_enabled=False)
    refused = ask(gate, pat).status
    gate.set_settings(api_tokens_enabled=True)
    assert (refused, ask(gate, pat).status) == (401, 200)


def test_an_ended_session_stops_at_once(gate, alice):
    headers = {'Cookie': 'sessionid=' + alice.http.cookies['sessionid']}
    make_ready(gate, headers)
    alice.sign_out()
    assert ask(gate, headers).status == 401


def test_a_changed_role_shows_at_once(gate, alice):
    for headers in credentials(gate, alice).values():
        assert make_ready(gate, headers).headers['X-Auth-Role'] == 'member'
        for role in ('administrator', 'member'):
            people.promote(gate, alice, role)
            assert {ask(gate, headers).headers['X-Auth-Role'] for _ in range(ENOUGH)} == {role}


def test_a_changed_email_shows_at_once(make_server, tmp_path):
    server = sample.imported(make_server, tmp_path, options=['--legacy-tokens', 'on'])
    owner = server.owner
    key = make(owner)['token']
    assert make_ready(server, key).headers['X-Auth-Email'] == 'admin@example.com'
    changed = sample.copy(tmp_path, "UPDATE htx_user SET email = 'boss@example.com' WHERE email = 'admin@example.com'")
    done = sample.import_into(server, changed)
    assert done.returncode == 0, done
    assert {ask(server, key).headers['X-Auth-Email'] for _ in range(ENOUGH)} == {'boss@example.com'}


def test_narrowed_scopes_show_at_once(gate, alice):
    made = make(alice)
    assert make_ready(gate, made['token']).headers['X-Auth-Scope'] == 'all'
    answer = alice.patch('/api/v1/tokens/' + made['id'], json={'scopes': ['read', 'tokens']})
    assert answer.status == 200, answer
    original = {'X-Original-Method': 'GET', 'X-Original-URI': '/x'}
    for _ in range(ENOUGH):
        assert set(ask(gate, made['token'], **original).headers['X-Auth-Scope'].split()) == {'read', 'tokens'}


def test_scopes_are_looked_at_on_each_request(gate, alice):
    key = make(alice, scopes=['read'])['token']
    reading, writing = ({'X-Original-Method': method, 'X-Original-URI': '/x'} for method in ('GET', 'POST'))
    for _ in range(3):
        assert make_ready(gate, key, **reading).headers['X-Auth-Scope'] == 'read'
        refused = ask(gate, key, **writing)
        assert refused.status == 403 and 'insufficient_scope' in refused.headers['WWW-Authenticate']
        assert 'Authorization' not in refused.headers


def test_addresses_are_looked_at_on_each_request(gate, alice):
    key = make(alice, allowed_ips=['192.0.2.7'])['token']
    for _ in range(3):
        make_ready(gate, key, **{'X-Forwarded-For': '192.0.2.7'})
        assert ask(gate, key, **{'X-Forwarded-For': '192.0.2.8'}).status == 403


def test_a_refusal_is_the_same_for_all_and_never_a_good_answer(gate, alice):
    good, dead = make(alice)['token'], make(alice)
    make_ready(gate, dead['token'])
    assert gate.cli('token', 'revoke', dead['id']).returncode == 0
    nginx = {'X-Original-Method': 'GET', 'X-Original-URI': '/x'}
    bad = ['garbage', 'a.b.c', dead['token'], 'lk_' + 46 * '0']
    for _ in range(ENOUGH):
        answers = [ask(gate, text) for text in bad]
        assert {answer.status for answer in answers} == {401}
        assert len({answer.headers['WWW-Authenticate'] for answer in answers}) == 1
        assert {answer.json['error'] for answer in answers} == {'invalid_token'}
        for text in bad:
            answer = ask(gate, text, **nginx)
            assert (answer.status, answer.text) == (401, '')
            assert 'invalid_token' in answer.headers['WWW-Authenticate']
        nobody = ask(gate, {})
        assert (nobody.status, nobody.headers['WWW-Authenticate']) == (401, 'Bearer realm="latchkey"')
        answer = ask(gate, good)
        assert answer.status == 200 and 'WWW-Authenticate' not in answer.headers
        assert ask(gate, good, **nginx).status == 200
        assert not any(name.startswith('X-Auth') for name in nobody.headers)


def test_the_seconds_that_are_left_go_down(gate, alice):
    key = make(alice, ttl_days=6)['token']
    before = int(make_ready(gate, key).headers['X-Auth-Token-Expires-In'])
    asked = time.monotonic()
    while time.monotonic() < asked + 1.1:
        time.sleep(0.05)
    left = [int(ask(gate, key).headers['X-Auth-Token-Expires-In']) for _ in range(ENOUGH)]
    assert max(left) < before


def test_the_warning_comes_when_it_is_time(gate, alice):
    """Asked all the while, a token that has just more than seven days left says when it has less."""
    soon = int(time.time()) + 4
    ends = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(soon + 7 * 86400))
    key, asked = make(alice, expires_at=ends)['token'], 0
    while asked <= soon:
        asked = time.time()
        warns = 'X-Auth-Token-Expires-In' in ask(gate, key).headers
        assert not warns or time.time() > soon
        time.sleep(0.02)
    assert warns


def test_the_upstream_token_is_never_about_to_end(make_server):
    """It is given out until a minute before its end: here for two seconds or three."""
    server = make_server('--access-token-ttl', '63')
    key = make(server.owner)['token']
    ends, asked = set(), 0
    while asked < min(ends, default=time.time()) - 60 or len(ends) < 2:
        asked = time.time()
        answer = ask(server, key)
        ends.add(jwt.claims(answer.headers['Authorization'].removeprefix('Bearer '))['exp'])
        assert max(ends) - 60 > asked
        time.sleep(0.02)


def test_the_module_is_told_its_decision_and_others_are_not(gate, alice):
    made = make(alice)
    decisions = []
    for want in itertools.islice(itertools.cycle((False, True)), 2 * ENOUGH):
        answer = ask(gate, made['token'], **({'X-Latchkey-Want': 'decision'} if want else {}))
        assert answer.status == 200 and ('X-Latchkey-Decision' in answer.headers) == want
        decisions.append(answer.headers.get('X-Latchkey-Decision'))
    people.promote(gate, alice, 'administrator')
    told = ask(gate, made['token'], **{'X-Latchkey-Want': 'decision'})
    assert told.headers['X-Auth-Role'] == 'administrator'
    assert told.headers['X-Latchkey-Decision'] not in decisions


@pytest.mark.parametrize('method', ['HEAD', 'POST', 'DELETE', 'PROPFIND'])
def test_any_method_gets_the_same(gate, alice, method):
    key = make(alice)['token']
    wanted = said(make_ready(gate, key))
    client = gate.client(Authorization='Bearer ' + key)
    for _ in range(ENOUGH):
        answer = client.request(method, '/auth')
        assert (answer.status, answer.text, said(answer)) == (200, '', wanted)
        assert said(client.get('/auth')) == wanted  # the connection is in step


def test_each_of_them_is_counted_as_a_use(gate, alice):
    made = make(alice)
    times = 3 * ENOUGH
    for _ in range(times):
        assert ask(gate, made['token']).status == 200
    end = time.monotonic() + 60  # only an end to waiting
    while True:
        total = alice.get('/api/v1/tokens/%s/usage' % made['id']).json['total']
        if total >= times or time.monotonic() > end:
            break
        time.sleep(0.05)
    assert total == times


def test_many_clients_at_once_get_their_own(gate):
    persons = [gate.new_user('many') for _ in range(4)]
    keys = [(str(person.id), person.email, make(person)['token']) for person in persons]

    def ask_often(user, email, key):
        client = gate.client(Authorization='Bearer ' + key)
        answers = [client.get('/auth') for _ in range(50)]
        return {(a.status, a.headers['X-Auth-User-Id'], a.headers['X-Auth-Email']) for a in answers} == {(200, user, email)}

    assert all(people.at_once(*[lambda k=k: ask_often(*k) for k in keys * 2]))
