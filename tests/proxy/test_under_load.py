"""nginx's module under load: changes, reloads and restarts in the midst of it, and not one answer wrong."""
import collections
import pathlib
import random
import subprocess
import time

import pytest

from support import jwt

CONNECTIONS = 16
STUCK_SECONDS = 300  # only an end to waiting for what will not come
STEADY = {'workers': 2, 'more': 'latchkey_max_lag 60s;'}  # a daemon that is slow to beat or to start is not a dead one
Counts = collections.namedtuple('Counts', 'ok refused other last_ok first_refused other_status')


@pytest.fixture(scope='module')
def load_program(tmp_path_factory):
    program = tmp_path_factory.mktemp('load') / 'load'
    source = pathlib.Path(__file__).with_name('load.c')
    subprocess.run(['cc', '-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', program, source], check=True)
    return program


class Load:
    """
    Asks with all tokens in turn until `finish`, which gives what became of each. A test waits for what was done under
    load, never for a time: how fast the machine is decides nothing.
    """

    def __init__(self, program, stack, tokens):
        self.tokens = len(tokens)
        self.process = subprocess.Popen([program, str(stack.proxy.port), str(CONNECTIONS)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write('\n'.join(tokens) + '\n\n')

    def read(self):
        made = [int(word) for word in self.process.stdout.readline().split()]
        lines = [self.process.stdout.readline() for _ in range(self.tokens)]
        assert len(made) == CONNECTIONS and all(lines), 'the load ended by itself'
        return made, [Counts(*(float(word) if '.' in word else int(word) for word in line.split())) for line in lines]

    def made(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return self.read()[0]

    def go_on(self, rounds):
        """Until each connection has asked with every token so many times more."""
        end = time.monotonic() + STUCK_SECONDS
        begin = self.made()
        while min(now - then for now, then in zip(self.made(), begin)) < rounds * self.tokens:
            assert time.monotonic() < end, 'the load is stuck'
            time.sleep(0.02)

    def finish(self):
        self.process.stdin.close()
        _, counts = self.read()
        assert self.process.wait() == 0
        return counts


@pytest.fixture
def stack(make_stack):
    """Answers come from nginx itself, after its access phase, so that what is loaded is the module."""
    return make_stack('nginx-module', **STEADY,
                      edit=lambda text: text.replace('proxy_pass http://api;', 'empty_gif;'))


class Member:
    def __init__(self, stack):
        self.user = stack.server.new_user()
        self.pat = self.user.create_pat()
        self.access = stack.server.access(self.pat)
        self.ended_at = None  # when the change that ends his token was answered

    def end(self, how):
        how(self)
        self.ended_at = time.monotonic()


def test_not_one_answer_is_wrong_while_tokens_are_revoked(stack, load_program):
    members = [Member(stack) for _ in range(24)]
    ended = members[:16]
    legacy = stack.server.owner.legacy_key()
    ways = [lambda member: member.user.revoke(member.pat),
            lambda member: stack.server.cli('token', 'revoke', jwt.claims(member.pat)['jti']),
            lambda member: stack.server.cli('user', 'deactivate', member.user.email)]
    load = Load(load_program, stack, [member.access for member in members] + [legacy])
    random.seed(4)
    load.go_on(2)
    for number, member in enumerate(ended):
        time.sleep(random.random() * 0.4)  # at any point of a round
        load.go_on(1)
        member.end(ways[number % len(ways)])
    stack.server.set_settings(legacy_api_tokens_enabled=False)
    legacy_ended_at = time.monotonic()
    load.go_on(5)
    *counts, legacy_counts = load.finish()

    print('%d requests' % sum(one.ok + one.refused for one in counts + [legacy_counts]))
    for member, one in zip(ended, counts):
        assert one.last_ok < member.ended_at, (one, member.ended_at)
        assert one.refused >= 4 * CONNECTIONS, one
    assert legacy_counts.last_ok < legacy_ended_at and legacy_counts.refused >= 4 * CONNECTIONS
    for one in counts[len(ended):]:
        assert one.refused == 0, one
    for one in counts + [legacy_counts]:
        assert one.other == 0 and one.ok >= 2 * CONNECTIONS, one


def test_a_new_role_and_a_new_credential_count_at_once_in_the_midst_of_it(make_stack, load_program):
    stack = make_stack('nginx-module', **STEADY, edit=lambda text: text.replace(
        'proxy_pass http://api;', 'add_header X-Role $latchkey_role always; empty_gif;'))
    member = Member(stack)

    def roles(token):
        answers = [stack.ask(token) for _ in range(12)]  # each worker has a few of them
        return {(answer.status, answer.headers.get('X-Role')) for answer in answers}

    load = Load(load_program, stack, [member.access])
    for number, role in enumerate(['administrator', 'member', 'owner', 'member'] * 3):
        load.go_on(20)
        assert stack.server.cli('org', 'set-role', member.user.email, role).returncode == 0
        assert roles(member.access) == {(200, role)}, number
        if number % 4 == 0:
            assert roles(stack.server.new_user().create_pat()) == {(200, 'member')}, number
    (counts,) = load.finish()
    assert counts.refused == counts.other == 0, counts


def test_reloads_and_restarts_lose_nothing(stack, load_program):
    members = [Member(stack) for _ in range(8)]
    load = Load(load_program, stack, [member.access for member in members])
    for act in (stack.proxy.reload, stack.proxy.reload, stack.proxy.reload, stack.server.restart, stack.server.restart,
                stack.proxy.reload):
        load.go_on(3)  # then each worker knows all who ask it: a daemon that is away is not missed
        act()
    load.go_on(3)
    for one in load.finish():
        assert (one.refused, one.other) == (0, 0), one


def test_what_one_daemon_said_does_not_count_for_another(make_stack):
    """Two servers of one nginx, each with a daemon of its own, and one name for the location that asks."""
    one, other = make_stack('nginx-module', workers=1), make_stack('nginx-module', workers=1)
    token = one.server.access(one.server.owner.create_pat())
    other_token = other.server.access(other.server.owner.create_pat())
    site = (one.proxy.folder / 'any-api-module.conf').read_text()
    shared = site.split('include latchkey/latchkey.conf;')[1]

    def both(text):
        second = shared.replace(one.base_url.split(':')[-1], '%d' % second_port).replace('upstream api', 'upstream api2')
        return text + second.replace('http://api;', 'http://api2;').replace('latchkey/module.conf', 'latchkey2/module.conf')

    second_port = other.proxy.port
    other.proxy.stop()
    folder = one.proxy.folder
    (folder / 'latchkey2').mkdir()
    for part in (folder / 'latchkey').iterdir():
        text = part.read_text().replace('http://latchkey/', 'http://latchkey2/').replace('include latchkey/', 'include latchkey2/')
        (folder / 'latchkey2' / part.name).write_text(text.replace('include latchkey2/upstream', 'include latchkey/upstream'))
    second = both('') + 'upstream latchkey2 { server 127.0.0.1:%d; keepalive 8; }\n' % other.server.port
    (folder / 'any-api-module.conf').write_text(site + second)
    one.proxy.reload()
    for _ in range(3):
        assert one.ask(token).status == 200
        assert other.ask(token).status == 401
        assert other.ask(other_token).status == 200
        assert one.ask(other_token).status == 401


def sources_of(stack, wanted):
    """Where nginx had its answers from: its log has a line a request, a moment after the answer."""
    end = time.monotonic() + STUCK_SECONDS
    while True:
        log = (stack.proxy.folder / 'access.log').read_text().splitlines()
        sources = [line.split()[-1] for line in log if line.startswith('200')]
        if len(sources) >= wanted:
            return sources
        assert time.monotonic() < end, log
        time.sleep(0.02)


def test_known_callers_are_answered_from_memory(stack):
    member = Member(stack)
    for _ in range(20):
        assert stack.ask(member.access).status == 200
    sources = sources_of(stack, 20)
    assert sources.count('HIT') >= 20 - stack.proxy.workers, sources
    assert 1 <= sources.count('MISS') <= stack.proxy.workers, sources
