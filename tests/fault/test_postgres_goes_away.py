"""PostgreSQL stops and comes back while clients are at work: clear refusals, then all goes on by itself."""
import os
import subprocess
import threading
import time

import pytest
import requests

from support import postgres
from support.server import Server

BACK_SECONDS = 120  # only an end to waiting for what will not come
CONTROL = 'LATCHKEY_TEST_POSTGRES_CONTROL'


@pytest.fixture
def server(latchkey, tmp_path):
    if not postgres.server_url():
        pytest.skip(postgres.WHY_NOT)
    if CONTROL not in os.environ:
        pytest.skip('%s is not set: that PostgreSQL is not ours to stop' % CONTROL)
    url = postgres.create_database()
    server = Server(latchkey, tmp_path, url, ['--legacy-tokens', 'on']).start()
    yield server
    if server.process.poll() is None:
        server.kill9()
    postgres.drop_database(url)


def control(word):
    subprocess.run([os.environ[CONTROL], word], check=True, timeout=120, stdout=subprocess.DEVNULL)


class Worker(threading.Thread):
    def __init__(self, base_url, key, prefix):
        super().__init__(daemon=True)
        self.base_url, self.key, self.prefix = base_url, key, prefix
        self.made, self.statuses, self.broken = [], [], []
        self.stop = threading.Event()

    def run(self):
        http = requests.Session()
        http.trust_env = False
        http.headers['Authorization'] = 'Token ' + self.key
        number = 0
        while not self.stop.is_set():
            number += 1
            try:
                answer = http.post(self.base_url + '/api/v1/tokens', timeout=120,
                                   json={'name': '%s-%d' % (self.prefix, number), 'kind': 'pat'})
            except requests.RequestException as error:
                self.broken.append(repr(error))
                continue
            self.statuses.append(answer.status_code)
            if answer.status_code == 201:
                self.made.append(answer.json()['token'])
            else:
                time.sleep(0.05)


def wait_for_some(workers):
    """Until they have created some more."""
    end = time.monotonic() + BACK_SECONDS
    begin = sum(len(worker.made) for worker in workers)
    while sum(len(worker.made) for worker in workers) < begin + 2 * len(workers):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_clients_are_refused_clearly_and_served_again(server):
    keys = [server.new_user('user').legacy_key() for _ in range(4)]
    workers = [Worker(server.base_url, keys[number % 4], 'c%d' % number) for number in range(16)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(2):
            wait_for_some(workers)
            control('stop')
            try:
                time.sleep(0.5)
                answer = server.with_key(keys[0]).post('/api/token/')
                assert answer.status == 503 and answer.json['status_code'] == 503, answer
                assert int(answer.headers['Retry-After']) > 0
                assert server.client().get('/healthz').status == 200
                assert server.client().get('/readyz').status == 503
            finally:
                control('start')
            deadline = time.monotonic() + BACK_SECONDS
            while server.client().get('/readyz').status != 200:
                assert time.monotonic() < deadline, server.log[-2000:]
                time.sleep(0.1)
            wait_for_some(workers)
    finally:
        for worker in workers:
            worker.stop.set()
        for worker in workers:
            worker.join(150)
    assert not [error for worker in workers for error in worker.broken], 'a connection never just breaks'
    assert {status for worker in workers for status in worker.statuses} <= {201, 503}
    made = [token for worker in workers for token in worker.made]
    client = server.client()
    lost = [token for token in made if client.refresh(token).status != 200]
    assert made and not lost, '%d of %d answered creations' % (len(lost), len(made))
    assert server.with_key(keys[0]).whoami().status == 200


def test_what_is_in_memory_goes_on_for_a_moment_and_nothing_false_is_said(server):
    """A revocation that was answered holds, whatever happens to the database."""
    ann = server.new_user('ann')
    caller = server.with_key(ann.legacy_key())
    dead, alive = caller.create_token('dead').json, caller.create_token('alive').json
    dead_access, access = server.access(dead['token']), server.access(alive['token'])
    assert server.whoami(access).status == 200
    assert caller.delete('/api/v1/tokens/' + dead['id']).status == 204
    control('stop')
    try:
        assert server.whoami(dead_access).status in (401, 503)
        assert server.refresh(dead['token']).status in (401, 503)
        assert server.whoami(access).status in (200, 503)
    finally:
        control('start')
    deadline = time.monotonic() + BACK_SECONDS
    while server.whoami(access).status != 200:
        assert time.monotonic() < deadline, server.log[-2000:]
        time.sleep(0.1)
    assert server.whoami(dead_access).status == 401
