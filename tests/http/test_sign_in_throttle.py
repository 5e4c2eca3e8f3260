"""Guessing passwords: 10 failures an account, 100 an address, in 5 minutes. Only failures count."""
import concurrent.futures

import pytest
from requests.adapters import HTTPAdapter

ACCOUNT_LIMIT = 10
ADDRESS_LIMIT = 100


class FromAddress(HTTPAdapter):
    """Connects from another loopback address: another client, for the daemon."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *words, **more):
        super().init_poolmanager(*words, source_address=(self.address, 0), **more)


def caller_from(server, address):
    client = server.client()
    client.http.mount('http://', FromAddress(address))
    return client


def fail(client, email, times):
    return [client.try_sign_in(email, 'wrong').status for _ in range(times)]


@pytest.fixture
def fresh(make_server):
    return make_server()


def test_an_account_is_closed_for_a_while_after_ten_failures(fresh):
    ann = fresh.new_user('ann')
    client = caller_from(fresh, '127.0.0.2')
    assert fail(client, ann.email, ACCOUNT_LIMIT) == [200] * ACCOUNT_LIMIT
    answer = client.try_sign_in(ann.email, ann.password)
    assert answer.status == 429, 'the right password too, else guessing goes on'
    assert 0 < int(answer.headers['Retry-After']) <= 300
    assert caller_from(fresh, '127.0.0.3').try_sign_in(ann.email, ann.password).status == 429, 'from anywhere'
    assert caller_from(fresh, '127.0.0.2').try_sign_in(fresh.owner_email, fresh.owner_password).status == 302, \
        'other accounts are not touched'
    assert ann.whoami().status == 200, 'nor is a session that is there already'


def test_the_email_is_counted_without_regard_to_case(fresh):
    ann = fresh.new_user('ann')
    client = fresh.client()
    assert fail(client, ann.email, 5) == [200] * 5
    assert fail(client, ann.email.upper(), 5) == [200] * 5
    assert client.try_sign_in(ann.email, ann.password).status == 429


def test_success_does_not_count(fresh):
    ann = fresh.new_user('ann')
    for _ in range(ACCOUNT_LIMIT + 2):
        assert fresh.client().try_sign_in(ann.email, ann.password).status == 302


def test_an_address_is_closed_after_a_hundred_failures(fresh, engine):
    if engine != 'sqlite':
        pytest.skip('the counters are in memory: one engine is enough')

    def guess(number):
        return caller_from(fresh, '127.0.0.9').try_sign_in('nobody%d@example.com' % number, 'wrong').status

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(guess, range(ADDRESS_LIMIT)))
    assert statuses == [200] * ADDRESS_LIMIT
    answer = caller_from(fresh, '127.0.0.9').try_sign_in(fresh.owner_email, fresh.owner_password)
    assert answer.status == 429 and int(answer.headers['Retry-After']) > 0
    assert caller_from(fresh, '127.0.0.10').try_sign_in(fresh.owner_email, fresh.owner_password).status == 302


def test_exchanging_is_not_throttled(fresh):
    client = fresh.client()
    assert [client.refresh('nonsense').status for _ in range(ADDRESS_LIMIT + 20)] == [401] * (ADDRESS_LIMIT + 20)
    pat = fresh.new_user('ann').create_pat()
    assert client.refresh(pat).status == 200
