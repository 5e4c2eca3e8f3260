"""--upstream-url: sessions and users of the Label Studio behind the proxy."""
import json
import threading
import time

import pytest

from support.upstream import Upstream


@pytest.fixture
def upstream():
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def server(make_server, upstream):
    return make_server('--upstream-url', upstream.url, '--workers', '4')


def with_session(server, value):
    client = server.client()
    client.http.cookies.set('sessionid', value)
    return client


def test_a_session_of_the_upstream_makes_lists_and_revokes_tokens_here(server, upstream):
    browser = with_session(server, upstream.add(7, 'seven@example.com', owner='other@example.com'))
    assert browser.whoami().json['email'] == 'seven@example.com'
    assert browser.id == 7  # the same person in both
    answer = browser.post('/api/token', headers={'Origin': server.base_url})
    assert answer.status == 201, answer
    pat = answer.json['token']
    assert server.whoami(server.access(pat)).json['id'] == 7
    cut = browser.list_pats()[0]
    assert browser.post('/api/token/blacklist', json={'refresh': cut}, headers={'Origin': server.base_url}).status == 204
    assert server.refresh(pat).status == 401


def test_another_site_cannot_use_the_session(server, upstream):
    browser = with_session(server, upstream.add(7, 'seven@example.com'))
    for headers in ({'Origin': 'http://evil.example'}, {'Sec-Fetch-Site': 'cross-site'}, {}):
        assert browser.post('/api/token', headers=headers).status == 403, headers
    assert browser.list_pats() == []


def test_an_unknown_session_is_nobody(server, upstream):
    assert with_session(server, 'unknown').whoami().status == 401
    assert upstream.asked == 1


def test_somebody_else_with_the_same_id_is_not_let_in(server, upstream):
    browser = with_session(server, upstream.add(1, 'not-the-owner@example.com'))
    assert browser.whoami().status == 401


def test_the_upstream_is_not_asked_for_every_request(server, upstream):
    browser = with_session(server, upstream.add(7, 'seven@example.com'))
    for _ in range(20):
        assert browser.whoami().status == 200
    assert upstream.asked <= 2


def test_a_slow_upstream_is_a_502_after_5_seconds_and_holds_nobody_up(server, upstream):
    upstream.delay = 8
    answers = []

    def ask():
        begun = time.monotonic()
        answers.append((with_session(server, 'session-of-7').whoami().status, time.monotonic() - begun))

    waiting = [threading.Thread(target=ask) for _ in range(6)]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    assert server.owner.whoami().status == 200
    assert time.monotonic() - begun < 4, 'held up by those who wait for the upstream'
    for thread in waiting:
        thread.join(20)
    # half of the workers wait, the others say at once that there is too much to do
    assert {status for status, _ in answers} <= {502, 503} and 502 in {status for status, _ in answers}
    assert all(took < 7 for _, took in answers)


def test_a_dead_upstream_is_a_502(server, upstream):
    upstream.stop()
    answer = with_session(server, 'session-of-7').whoami()
    assert answer.status == 502 and 'upstream' in answer.detail


def test_who_is_switched_off_there_stops_working_here(server, upstream):
    upstream.add(1, server.owner_email)
    pat = with_session(server, upstream.add(7, 'seven@example.com')).post(
        '/api/token', headers={'Origin': server.base_url}).json['token']
    ask = {'Authorization': 'Bearer ' + pat}
    assert server.client().get('/auth', headers=ask).status == 200
    upstream.users[7]['is_active'] = False
    end = time.monotonic() + 60
    while server.client().get('/auth', headers=ask).status == 200:
        assert time.monotonic() < end, 'still works after a minute'
        time.sleep(0.5)


def test_a_refusal_there_means_nothing_while_the_owner_is_refused_too(server, upstream):
    pat = with_session(server, upstream.add(7, 'seven@example.com')).post(
        '/api/token', headers={'Origin': server.base_url}).json['token']
    ask = {'Authorization': 'Bearer ' + pat}
    upstream.users.clear()  # as with API tokens switched off there
    asked = upstream.asked
    assert server.client().get('/auth', headers=ask).status == 200
    end = time.monotonic() + 45
    while upstream.asked < asked + 2:
        assert time.monotonic() < end, 'the upstream was not asked for the user and the owner'
        time.sleep(0.5)
    time.sleep(0.5)
    assert server.client().get('/auth', headers=ask).status == 200


def doctor(server, upstream):
    result = server.cli('doctor', '--upstream-url', upstream.url, '--json')
    found = {item['subject']: item for item in json.loads(result.stdout)['items']}
    return result.returncode, found['upstream']


def test_doctor_says_whether_the_upstream_takes_our_tokens(server, upstream):
    upstream.add(1, server.owner_email)
    assert doctor(server, upstream)[1]['state'] == 'ok'
    upstream.users[1]['is_active'] = False
    status, found = doctor(server, upstream)
    assert (status, found['state']) == (1, 'problem') and 'SECRET_KEY' in found['remedy']
    upstream.stop()
    assert doctor(server, upstream)[1]['state'] == 'problem'
