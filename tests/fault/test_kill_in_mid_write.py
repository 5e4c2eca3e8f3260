"""
`kill -9` while 64 clients create and revoke tokens, 20 times over. After each restart every answered
creation works and every answered revocation holds; what was not answered may be either.
"""
import random
import threading
import time

import requests

CLIENTS = 64
USERS = 8
ROUNDS = 20
SECONDS = 90  # the whole test: slower machines do fewer rounds, and say so
LEAST_ROUNDS = 5
ENOUGH = 16  # tokens of a sort, for a round to be one
BEGIN_SECONDS = 120  # only an end to waiting for what will not come


class Worker(threading.Thread):
    """Creates tokens by name and revokes about every second one, until the daemon is gone."""

    def __init__(self, base_url, key, prefix):
        super().__init__(daemon=True)
        self.base_url, self.prefix = base_url, prefix
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers['Authorization'] = 'Token ' + key
        self.living, self.revoked, self.unclear = {}, {}, set()
        self.wrong = []

    def run(self):
        number = 0
        while True:
            number += 1
            try:
                answer = self.http.post(self.base_url + '/api/v1/tokens', timeout=60,
                                        json={'name': '%s-%d' % (self.prefix, number), 'kind': 'pat'})
                if answer.status_code != 201:
                    self.wrong.append(answer.text)
                    return
                made = answer.json()
                self.living[made['id']] = made['token']
                if random.random() < 0.5:
                    self.revoke_one()
            except (requests.RequestException, ValueError):
                return

    def revoke_one(self):
        identifier = random.choice(list(self.living))
        self.unclear.add(identifier)  # until it is answered
        answer = self.http.delete(self.base_url + '/api/v1/tokens/' + identifier, timeout=60)
        if answer.status_code != 204:
            self.wrong.append(answer.text)
        self.unclear.discard(identifier)
        self.revoked[identifier] = self.living.pop(identifier)


def wait_until_at_work(workers):
    """Until some were created and stayed, and some were revoked, however slow the machine is."""
    end = time.monotonic() + BEGIN_SECONDS
    while (sum(len(w.living) - len(w.unclear) for w in workers) < ENOUGH
           or sum(len(w.revoked) for w in workers) < ENOUGH):
        assert time.monotonic() < end and not [text for w in workers for text in w.wrong]
        time.sleep(0.01)


def test_every_answered_change_survives_kill_9(make_server, request, record_property):
    server = make_server('--legacy-tokens', 'on')
    keys = [server.new_user('user').legacy_key() for _ in range(USERS)]
    began, rounds = time.monotonic(), 0
    counted = {'living': 0, 'revoked': 0}
    kept = []  # some of earlier rounds: they must still hold at the end
    while rounds < ROUNDS and (rounds < LEAST_ROUNDS or time.monotonic() - began < SECONDS):
        workers = [Worker(server.base_url, keys[number % USERS], 'r%d-c%d' % (rounds, number))
                   for number in range(CLIENTS)]
        for worker in workers:
            worker.start()
        wait_until_at_work(workers)
        time.sleep(random.uniform(0.1, 0.9))
        server.kill9()
        for worker in workers:
            worker.join(120)
        assert not [text for worker in workers for text in worker.wrong]
        server.start()

        client = server.client()
        round_living = [(i, t) for w in workers for i, t in w.living.items() if i not in w.unclear]
        round_revoked = [(i, t) for w in workers for i, t in w.revoked.items()]
        assert round_living and round_revoked, 'the clients did something'
        for sort, items, wanted in (('living', round_living, 200), ('revoked', round_revoked, 401)):
            checked = random.sample(items, min(len(items), 150))
            wrong = [identifier for identifier, token in checked if client.refresh(token).status != wanted]
            assert not wrong, 'round %d: %d of %d %s tokens' % (rounds, len(wrong), len(checked), sort)
            counted[sort] += len(items)
        kept += [(token, 200) for _, token in round_living[:5]] + [(token, 401) for _, token in round_revoked[:5]]
        rounds += 1

    client = server.client()
    assert [client.refresh(token).status for token, _ in kept] == [status for _, status in kept]
    record_property('rounds', rounds)
    print('%d rounds, %d answered creations that live, %d answered revocations' % (
        rounds, counted['living'], counted['revoked']))
    assert rounds >= LEAST_ROUNDS
