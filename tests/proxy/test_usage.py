"""What nginx lets pass is counted: by the daemon when it is asked, by the module when it is not."""
import socket
import time

import pytest

WRITTEN_SECONDS = 60  # only an end to waiting; a report every 2 s, read at once


@pytest.fixture(scope='module', params=['nginx', 'nginx-module'])
def stack(request, make_stack):
    return make_stack(request.param)


@pytest.fixture(scope='module')
def module_stack(make_stack):
    return make_stack('nginx-module')


def new_key(stack, **more):
    answer = stack.server.owner.post('/api/v1/tokens', json={'name': 'key-%f' % time.monotonic(), 'kind': 'api_key', **more})
    assert answer.status == 201, answer
    return answer.json['id'], answer.json['token']


def usage(stack, identifier):
    answer = stack.server.owner.get('/api/v1/tokens/%s/usage' % identifier)
    assert answer.status == 200, answer
    return answer.json


def wait_for(stack, identifier, total, most=None):
    end = time.monotonic() + WRITTEN_SECONDS
    while usage(stack, identifier)['total'] < total and time.monotonic() < end:
        time.sleep(0.1)
    assert total <= usage(stack, identifier)['total'] <= (most or total)


def test_every_request_through_nginx_counts_once(stack):
    identifier, key = new_key(stack)
    client = stack.client(Authorization='Bearer ' + key, User_Agent='crawler/1.0')
    for _ in range(40):
        assert client.get('/hello').status == 200
    for _ in range(10):
        assert stack.ask(key).status == 200  # whichever worker gets it
    wait_for(stack, identifier, 50)
    seen = usage(stack, identifier)
    assert seen['days'][-1]['requests'] == 50
    assert seen['last_used_ip'] == '127.0.0.1'
    assert client.get('/hello').status == 200
    wait_for(stack, identifier, 51)
    assert usage(stack, identifier)['last_used_user_agent'] == 'crawler/1.0'


def test_legacy_tokens_count_through_nginx_too(stack):
    user = stack.server.new_user()
    key = user.get('/api/v1/legacy-token').json
    assert key['last_used_at'] is None
    client = stack.client(Authorization='Token ' + key['token'], User_Agent='old/2')
    for _ in range(3):
        assert client.get('/hello').status == 200
    end = time.monotonic() + WRITTEN_SECONDS
    while user.get('/api/v1/legacy-token').json['last_used_user_agent'] != 'old/2' and time.monotonic() < end:
        time.sleep(0.1)
    assert user.get('/api/v1/legacy-token').json['last_used_user_agent'] == 'old/2'


def test_a_worker_that_ends_tells_what_it_had(module_stack):
    identifier, key = new_key(module_stack)
    client = module_stack.client(Authorization='Bearer ' + key)
    for _ in range(25):
        assert client.get('/hello').status == 200
    client.http.close()
    module_stack.proxy.stop()
    try:
        wait_for(module_stack, identifier, 25)
    finally:
        module_stack.proxy.start()


def test_uses_wait_for_a_daemon_that_is_away(module_stack):
    identifier, key = new_key(module_stack)
    assert module_stack.ask(key).status == 200
    module_stack.server.kill9()
    served = 0
    for _ in range(20):  # on kept decisions, as long as the daemon's heart was heard just now
        served += module_stack.ask(key).status == 200
    module_stack.server.restart()
    wait_for(module_stack, identifier, served, most=1 + served)  # the first one died with the daemon, or not


def test_foreign_datagrams_harm_nobody(module_stack):
    identifier, key = new_key(module_stack)
    hostile = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    path = str(module_stack.server.data / 'usage')
    for datagram in (b'', b'x', b'LKUSES1\n', b'LKUSES1\n' + b'\xff' * 300, b'LKUSES1\n' + b'\0' * 300, b'y' * 60000):
        hostile.sendto(datagram, path)
    hostile.close()
    assert module_stack.ask(key).status == 200
    wait_for(module_stack, identifier, 1)
    assert (module_stack.server.data / 'usage').stat().st_mode & 0o777 == 0o660
