"""The daemon dies, hangs, comes back: never access, and nothing else has to be restarted."""
import os
import pathlib
import signal
import time

import pytest

from proxies import KINDS

BACK_SECONDS = 120  # only an end to waiting for what will not come
DECISION_SECONDS = 5  # how long nginx's module goes by the last heartbeat: latchkey_max_lag's default


@pytest.fixture(scope='module', params=list(KINDS))
def pair(request, make_stack):
    stack = make_stack(request.param, patience=2)
    return stack, stack.server.access(stack.server.owner.create_pat())


def refused(answer):
    return 500 <= answer.status < 600


def hang(server):
    """Returns when every thread of it stands still: one that runs just now may still give an answer."""
    os.killpg(server.process.pid, signal.SIGSTOP)
    end = time.monotonic() + BACK_SECONDS
    while {stat.read_text().rsplit(')', 1)[1].split()[0]
           for stat in pathlib.Path('/proc/%d/task' % server.process.pid).glob('*/stat')} != {'T'}:
        assert time.monotonic() < end
        time.sleep(0.01)


def when_back(stack, token):
    """The first answer that is the daemon's own again: a busy machine may keep it from answering at once."""
    end = time.monotonic() + BACK_SECONDS
    while refused(answer := stack.ask(token)):
        assert time.monotonic() < end, answer
    return answer


def test_a_killed_daemon_is_a_5xx_and_its_return_is_enough(pair):
    stack, access = pair
    never_seen = stack.server.access(stack.server.new_user().create_pat())
    assert stack.ask(access).status == 200
    stack.server.kill9()
    before = len(stack.upstream.seen)
    for token in (never_seen, 'garbage'):
        answer = stack.ask(token)
        assert refused(answer), answer
        if stack.kind != 'caddy':  # Caddy's own 502 has no body
            assert answer.json['status'] == 503, answer
    assert refused(stack.client().get('/hello'))
    assert len(stack.upstream.seen) == before
    if stack.kind == 'nginx-module':  # what it knows holds, for a while
        assert stack.ask(access).status in (200, 503)
        time.sleep(DECISION_SECONDS + 1.5)
    before = len(stack.upstream.seen)
    assert refused(stack.ask(access))
    assert len(stack.upstream.seen) == before
    stack.server.start()
    assert when_back(stack, access).status == 200
    assert stack.ask(never_seen).status == 200
    assert stack.ask('garbage').status == 401


def test_a_daemon_that_hangs_is_a_5xx(pair):
    stack, access = pair
    never_seen = stack.server.access(stack.server.new_user().create_pat())
    assert stack.ask(access).status == 200
    before = len(stack.upstream.seen)
    try:
        hang(stack.server)
        assert refused(stack.ask(never_seen))
        assert len(stack.upstream.seen) == before
    finally:
        os.killpg(stack.server.process.pid, signal.SIGCONT)
    assert when_back(stack, never_seen).status == 200


def test_what_changed_while_the_daemon_was_away_counts(pair):
    stack, _ = pair
    user = stack.server.new_user()
    access = stack.server.access(user.create_pat())
    assert {stack.ask(access).status for _ in range(12)} == {200}
    stack.server.kill9()
    assert stack.server.cli('user', 'deactivate', user.email).returncode == 0
    before = len(stack.upstream.seen)
    assert all(refused(stack.ask(access)) for _ in range(12))
    assert len(stack.upstream.seen) == before
    stack.server.start()
    assert when_back(stack, access).status == 401
    assert {stack.ask(access).status for _ in range(12)} == {401}
