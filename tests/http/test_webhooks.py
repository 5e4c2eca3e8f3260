"""Webhooks: signed, tried again, kept through restarts, and never to a neighbour of the server."""
import base64
import json
import secrets
import shutil
import threading
import time

import pytest
import standardwebhooks

from support.people import pages
from support.receiver import Receiver
from support.server import Server

PATH = '/api/v1/organizations/1/webhooks'
OPTION = '--webhook-private-addresses'


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


@pytest.fixture(scope='module')
def server(make_module_server):
    return make_module_server(OPTION)


@pytest.fixture(scope='module')
def careful_server(make_module_server):
    return make_module_server()


@pytest.fixture
def hook(server, receiver):
    """Adds a webhook that ends with the test."""
    made = []

    def add(*events, **more):
        answer = server.owner.post(PATH, json={'url': receiver.url, 'events': list(events) or ['*'], **more})
        assert answer.status == 201, answer
        made.append(answer.json['id'])
        return answer.json

    yield add
    for id in made:
        server.owner.delete('%s/%s' % (PATH, id))


def rename(server):
    title = 'T' + secrets.token_hex(6)
    assert server.owner.patch('/api/organizations/1', json={'title': title}).status == 200
    return title


def verified(made, received):
    """The event, if the official library finds the signature good."""
    return standardwebhooks.Webhook(made['secret']).verify(received.body, received.headers)


def test_an_event_comes_signed_as_the_official_library_wants_it(server, receiver, hook):
    made = hook('organization.changed')
    assert base64.b64decode(made['secret'].removeprefix('whsec_'), validate=True).__len__() == 32
    title = rename(server)
    came = receiver.wait(1)[0]
    event = verified(made, came)
    assert event['type'] == 'organization.changed'
    assert event['data']['event'] == 'organization.changed'
    assert event['data']['details']['title']['after'] == title
    assert event['data']['actor']['name'] == server.owner_email
    assert event['timestamp'] == event['data']['at']
    assert came.headers['content-type'] == 'application/json'
    assert came.headers['user-agent'].startswith('latchkey/')

    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(made['secret']).verify(came.body.replace(title, 'x'), came.headers)


def test_only_what_was_asked_for_comes(server, receiver, hook):
    hook('user.*', 'settings.changed')
    rename(server)
    user = server.new_user('nora')
    events = [json.loads(r.body) for r in receiver.wait(1)]
    assert [(e['type'], e['data']['subject']['name']) for e in events] == [('user.created', user.email)]


def test_what_fails_is_tried_again_with_the_same_id(server, receiver, hook):
    made = hook('organization.changed')
    receiver.answers = [500, 302]
    receiver.location = 'http://127.0.0.1:1/elsewhere'
    rename(server)
    receiver.wait(1)
    shown = settled(server, made, attempts=1)
    assert shown['status'] == 500 and shown['problem'] == 'answered 500' and shown['next_at']
    first, second = receiver.wait(2, seconds=20)
    assert first.headers['webhook-id'] == second.headers['webhook-id']
    assert 4 <= int(second.headers['webhook-timestamp']) - int(first.headers['webhook-timestamp']) <= 8
    verified(made, second)
    shown = settled(server, made, attempts=2)
    assert shown['problem'] == 'answered 302' and len(receiver.came) == 2
    hooks = server.owner.get(PATH).json['items']
    assert hooks[-1]['failing_since'] and hooks[-1]['last_delivery']['status'] == 302


def settled(server, made, attempts):
    end = time.monotonic() + 15
    while time.monotonic() < end:
        rows = server.owner.get('%s/%s/deliveries' % (PATH, made['id'])).json['items']
        if rows and rows[0]['attempts'] == attempts and (rows[0]['status'] or rows[0]['problem']):
            return rows[0]
        time.sleep(0.05)
    raise AssertionError(rows)


def test_410_disables_it_and_the_log_says_so(server, receiver, hook):
    made = hook('organization.changed')
    receiver.answers = [410]
    rename(server)
    receiver.wait(1)
    end = time.monotonic() + 10
    while server.owner.get('%s/%s' % (PATH, made['id'])).json['is_enabled'] and time.monotonic() < end:
        time.sleep(0.05)
    changed = server.owner.get('/api/v1/organizations/1/audit-events?event=webhook.changed&limit=1').json['items'][0]
    assert changed['actor']['kind'] == 'system'
    assert changed['details']['is_enabled'] == {'before': 'on', 'after': 'off'}
    assert 'Gone' in changed['details']['reason']['after']
    rename(server)
    time.sleep(1.2)
    assert len(receiver.came) == 1
    assert server.owner.post('%s/%s/test' % (PATH, made['id'])).status == 409


def test_kill_9_between_two_attempts_loses_nothing(make_server, receiver):
    server = make_server(OPTION)
    made = server.owner.post(PATH, json={'url': receiver.url, 'events': ['organization.changed']}).json
    receiver.answers = [503]
    title = rename(server)
    receiver.wait(1)
    settled(server, made, attempts=1)
    server.kill9()
    server.restart()
    second = receiver.wait(2, seconds=25)[1]
    assert verified(made, second)['data']['details']['title']['after'] == title
    assert settled(server, made, attempts=2)['delivered_at']
    time.sleep(1.2)
    assert len(receiver.came) == 2


def test_of_two_nodes_one_sends_each(engine, make_server, latchkey, tmp_path, receiver):
    if engine == 'sqlite':
        pytest.skip('an SQLite file belongs to one host')
    first = make_server(OPTION)
    (tmp_path / 'data').mkdir(mode=0o700)
    shutil.copy(first.data / 'master.key', tmp_path / 'data')
    second = Server(latchkey, tmp_path, first.database, [OPTION]).start()
    try:
        first.owner.post(PATH, json={'url': receiver.url, 'events': ['organization.changed']})
        titles = [rename(node) for _ in range(8) for node in (first, second)]
        receiver.wait(len(titles), seconds=30)
        time.sleep(1.5)
        came = [json.loads(r.body)['data']['details']['title']['after'] for r in receiver.came]
        assert sorted(came) == sorted(titles)
        assert len({r.headers['webhook-id'] for r in receiver.came}) == len(titles)
        assert first.cli('audit', 'verify').returncode == 0
    finally:
        second.kill9()


def test_a_slow_receiver_harms_no_other(server, receiver, hook):
    slow = Receiver()
    slow.pause = 4
    answer = server.owner.post(PATH, json={'url': slow.url, 'events': ['organization.changed']})
    try:
        hook('organization.changed')
        began = time.monotonic()
        for _ in range(3):
            rename(server)
        receiver.wait(3)
        assert time.monotonic() - began < 4
    finally:
        server.owner.delete('%s/%s' % (PATH, answer.json['id']))
        slow.close()


def test_a_test_comes_at_once(server, receiver, hook):
    made = hook('token.leaked')
    answer = server.owner.post('%s/%s/test' % (PATH, made['id']))
    assert answer.status == 202
    event = verified(made, receiver.wait(1)[0])
    assert event['type'] == 'webhook.test' and event['data']['webhook_id'] == made['id']
    assert receiver.came[0].headers['webhook-id'] == answer.json['delivery_id']


def test_after_a_new_secret_both_sign(server, receiver, hook):
    made = hook('token.leaked')
    renewed = server.owner.post('%s/%s/rotate-secret' % (PATH, made['id'])).json
    assert renewed['secret'] != made['secret']
    server.owner.post('%s/%s/test' % (PATH, made['id']))
    came = receiver.wait(1)[0]
    verified(made, came)
    verified(renewed, came)


def test_what_is_stored_is_no_secret(server, receiver, hook):
    made = hook('token.leaked')
    text = json.dumps(server.owner.get(PATH).json) + server.cli('audit', 'export').stdout
    assert made['secret'] not in text and made['secret'].removeprefix('whsec_') not in text
    assert made['secret'] not in server.log
    if not server.database:
        raw = b''.join(path.read_bytes() for path in server.data.glob('latchkey.db*'))
        assert made['secret'].encode() not in raw
        assert base64.b64decode(made['secret'].removeprefix('whsec_')) not in raw


PRIVATE = ['https://127.0.0.1/x', 'https://[::1]/x', 'https://10.1.2.3/x', 'https://192.168.0.1:8443/x',
           'https://172.16.0.1/x', 'https://169.254.169.254/latest/meta-data', 'https://100.64.0.1/x',
           'https://224.0.0.1/x', 'https://0.0.0.0/x', 'https://[fe80::1]/x', 'https://[fc00::1]/x',
           'https://[::ffff:127.0.0.1]/x', 'https://[64:ff9b::7f00:1]/x', 'https://[2002:7f00:1::]/x',
           'https://localhost/x', 'https://a.localhost/x', 'https://2130706433/x', 'https://0x7f.1/x',
           'https://127.1/x']


@pytest.mark.parametrize('url', PRIVATE + [
    'http://example.com/x', 'ftp://example.com/x', 'file:///etc/passwd', 'example.com/x', '', 'https://',
    'https://user:pw@example.com/x', 'https://example.com/x#y', 'https://exa mple.com/', 'https://example.com/\u00e9',
    'https://example.com/' + 'x' * 2048, 7, None])
def test_a_url_that_leads_nowhere_public_is_refused(careful_server, url):
    answer = careful_server.owner.post(PATH, json={'url': url})
    assert answer.status == 400 and 'url' in answer.json['errors'], answer


def test_a_name_that_stands_for_a_private_address_is_not_asked(careful_server, receiver):
    """Known only when the connection is opened: the operator could add it, the daemon asks nobody."""
    port = receiver.url.split(':')[2].split('/')[0]
    done = careful_server.cli('webhook', 'add', 'https://localhost:%s/hook' % port, '--event', 'organization.changed',
                              '--json')
    assert OPTION in done.stderr
    made = json.loads(done.stdout)
    rename(careful_server)
    shown = settled(careful_server, made, attempts=1)
    assert 'not public' in shown['problem'] and receiver.came == []
    done = careful_server.cli('webhook', 'add', receiver.url, '--json')
    rename(careful_server)
    assert 'http://' in settled(careful_server, json.loads(done.stdout), attempts=1)['problem']
    assert receiver.came == []


@pytest.mark.parametrize('body, field', [
    ({}, 'url'), ({'events': []}, 'events'), ({'events': ['token.stolen']}, 'events'), ({'events': 'all'}, 'events'),
    ({'events': ['token.created user.created']}, 'events'), ({'events': [1]}, 'events'),
    ({'description': 'x' * 201}, 'description'), ({'description': 'a\nb'}, 'description'), ({'secret': 'x'}, 'secret'),
    ({'is_enabled': False}, 'is_enabled')])
def test_each_wrong_field_is_named(server, body, field):
    url = {} if field == 'url' else {'url': 'https://example.com/x'}
    answer = server.owner.post(PATH, json={**url, **body})
    assert answer.status == 400 and field in answer.json['errors'], answer


def test_members_and_strangers_have_no_say(server, hook):
    made = hook('token.leaked')
    member = server.new_user('otto')
    for method, path in (('GET', PATH), ('POST', PATH), ('GET', PATH + '/' + made['id']),
                         ('PATCH', PATH + '/' + made['id']), ('DELETE', PATH + '/' + made['id']),
                         ('POST', '%s/%s/test' % (PATH, made['id'])), ('GET', '%s/%s/deliveries' % (PATH, made['id'])),
                         ('POST', '%s/%s/rotate-secret' % (PATH, made['id']))):
        assert member.request(method, path, json={} if method != 'GET' else None).status == 403, (method, path)
        assert server.client().request(method, path).status == 401
    assert server.owner.get(PATH + '/wh_none').status == 404
    assert server.owner.get('/api/v1/organizations/999/webhooks').status == 404


def test_it_is_changed_and_removed_and_each_is_noted(server, hook):
    made = hook('token.leaked', description='before')
    path = '%s/%s' % (PATH, made['id'])
    changed = server.owner.patch(path, json={'description': 'after', 'events': ['user.*'], 'is_enabled': False}).json
    assert (changed['description'], changed['events'], changed['is_enabled']) == ('after', ['user.*'], False)
    assert 'secret' not in changed and 'secret' not in server.owner.get(path).json
    assert server.owner.delete(path).status == 204
    assert server.owner.get(path).status == 404
    log = server.owner.get('/api/v1/organizations/1/audit-events?event=webhook.*&subject_id=' + made['id']).json['items']
    assert [e['event'] for e in log] == ['webhook.deleted', 'webhook.changed', 'webhook.created']
    assert log[1]['details']['description'] == {'before': 'before', 'after': 'after'}


def test_there_are_at_most_20(make_server):
    server = make_server(OPTION)
    for n in range(20):
        assert server.owner.post(PATH, json={'url': 'https://example.com/%d' % n}).status == 201
    answer = server.owner.post(PATH, json={'url': 'https://example.com/21'})
    assert answer.status == 409 or answer.status == 403, answer
    assert 'at most 20' in answer.json['detail']
    whole = server.owner.get(PATH).json
    assert (len(whole['items']), whole['total'], whole['next_cursor']) == (20, 20, None)
    assert pages(server.owner, PATH, limit=7) == whole['items']


def test_the_command_line_does_all_of_it(server, receiver):
    secret = server.cli('webhook', 'add', receiver.url, '--event', 'token.leaked', '--description', 'mine').stdout.strip()
    listed = [h for h in server.cli_json('webhook', 'list')['items'] if h['description'] == 'mine'][0]
    id = listed['id']
    assert server.cli('webhook', 'test', id).returncode == 0
    standardwebhooks.Webhook(secret).verify(receiver.wait(1)[0].body, receiver.came[0].headers)
    settled(server, {'id': id}, attempts=1)
    assert 'delivered, 200' in server.cli('webhook', 'deliveries', id).stdout
    assert server.cli('webhook', 'disable', id).returncode == 0
    assert 'disabled' in server.cli('webhook', 'test', id).stderr
    assert server.cli('webhook', 'enable', id).returncode == 0
    assert 'mine' in server.cli('webhook', 'show', id).stdout
    assert server.cli('webhook', 'rotate-secret', id).stdout.startswith('whsec_')
    assert server.cli('webhook', 'remove', id).returncode == 0
    assert 'webhook list' in server.cli('webhook', 'show', id).stderr
    assert '--event: There is no event' in server.cli('webhook', 'add', receiver.url, '--event', 'token.x').stderr


class Stuck(Receiver):
    """Answers nobody before it is told to; `most` is how many were kept waiting at once."""

    def __init__(self):
        self.lock, self.open, self.most, self.released = threading.Lock(), 0, 0, threading.Event()
        super().__init__()

    @property
    def pause(self):
        with self.lock:
            self.open += 1
            self.most = max(self.most, self.open)
        self.released.wait(60)
        with self.lock:
            self.open -= 1
        return 0

    @pause.setter
    def pause(self, seconds):
        assert seconds == 0

    def wait_open(self, count):
        end = time.monotonic() + 15
        while self.open < count and time.monotonic() < end:
            time.sleep(0.02)
        assert self.open >= count


def test_slow_receivers_of_one_organization_keep_no_other_waiting(make_server, receiver):
    server, stuck = make_server(OPTION), Stuck()
    try:
        for _ in range(20):
            answer = server.owner.post(PATH, json={'url': stuck.url, 'events': ['organization.changed']})
            assert answer.status == 201, answer
        second = server.cli_json('org', 'add', 'Second')['id']
        done = server.cli('user', 'add', 'second@example.com', '--organization', str(second), '--role', 'owner',
                          '--no-password')
        assert done.returncode == 0, done.stderr
        made = server.cli_json('token', 'create', '--user', 'second@example.com', '--name', 'k', '--kind', 'api_key')
        other = server.with_key(made['token'])
        answer = other.post('/api/v1/organizations/%d/webhooks' % second, json={'url': receiver.url})
        assert answer.status == 201, answer
        rename(server)
        stuck.wait_open(4)
        answer = other.post('/api/v1/organizations/%d/webhooks/%s/test' % (second, answer.json['id']))
        assert answer.status == 202, answer
        receiver.wait(1)
        assert stuck.most == 4, 'of sixteen'
    finally:
        stuck.released.set()
        server.kill9()
        stuck.close()


def test_what_an_address_keeps_secret_is_told_to_nobody(server, receiver, hook):
    secret = secrets.token_hex(8)
    made = hook('webhook.*')
    other = server.owner.post(PATH, json={'url': receiver.url + '?team=x&key=' + secret, 'events': ['token.created']})
    assert other.status == 201 and other.json['url'].endswith(secret), 'its administrators see it'
    path = '%s/%s' % (PATH, other.json['id'])
    changed = secrets.token_hex(8)
    assert server.owner.patch(path, json={'url': receiver.url + '?team=x&key=' + changed}).status == 200
    assert server.owner.delete(path).status == 204
    came = [verified(made, one) for one in receiver.wait(4)][1:]  # without its own creation
    assert [event['type'] for event in came] == ['webhook.created', 'webhook.changed', 'webhook.deleted']
    log = server.owner.get('/api/v1/organizations/1/audit-events?event=webhook.*&limit=20').text
    for text in [log] + [json.dumps(event) for event in came]:
        assert secret not in text and changed not in text
    assert came[0]['data']['subject']['name'] == receiver.url + '?team=…&key=…'
    assert came[1]['data']['details']['url']['after'] == receiver.url + '?team=…&key=…', 'that it changed is noted'


@pytest.mark.parametrize('url', ['https://user@example.com/', 'https://user:pass@example.com/', 'https://:p@example.com/'])
def test_no_address_has_a_password(server, url):
    answer = server.owner.post(PATH, json={'url': url})
    assert answer.status == 400 and list(answer.json['errors']) == ['url'], answer
