"""
Each kind of entry that the audit log knows: done once through HTTP or the command line, noted with who, from where and
what, told to the webhook of the organization as the official library wants it, and without any secret.
"""
import datetime
import json
import pathlib
import re
import secrets
import time

import pytest
import standardwebhooks

from support import sample
from support.oauth import ask_device
from support.people import V1, new_service_account, org
from support.receiver import Receiver

KINDS = pathlib.Path(__file__).resolve().parents[2] / 'src' / 'service' / 'audit_kinds.def'
PASSWORD = 'Memb3rPass!'
WARNED_DAYS = (14, 3, 1, 0)


def all_kinds():
    return set(re.findall(r'^KIND\(\w+,\s*"([a-z_.]+)"\)', KINDS.read_text(), re.M))


def soon(days, seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, seconds=seconds)).isoformat().replace('+00:00', 'Z')


class Story:
    def __init__(self, server, receiver):
        self.server, self.receiver, self.owner = server, receiver, server.owner
        self.secrets, self.ids = [PASSWORD, server.owner_password], {}
        answer = self.good(self.owner.post(org(self.owner, '/webhooks'), json={'url': receiver.url, 'events': ['*']}))
        self.webhook = answer.json
        self.secrets.append(self.webhook['secret'])
        self.first = self.owner.get(org(self.owner, '/audit-events?limit=1')).json['items'][0]['number']

    def since(self):
        """The number of the entry of the webhook itself, which it is told of too."""
        return self.first - 1

    def good(self, answer):
        assert answer.status < 400, answer
        if isinstance(answer.json, dict):
            self.secrets += [answer.json[name] for name in ('token', 'access', 'secret', 'access_token') if answer.json.get(name)]
        return answer

    def done(self, *words, **more):
        done = self.server.cli(*words, **more)
        assert done.returncode == 0, done
        return done.stdout

    def make(self, client, name, **more):
        return self.good(client.create_token(name, **more)).json

    # -- what happens ------------------------------------------------------------------------------

    def people(self):
        ann = self.server.new_user('ann')
        self.server.client().try_sign_in(ann.email, 'Wr0ngPassword!')
        second, third = (self.server.sign_in(ann.email, PASSWORD) for _ in range(2))
        sessions = ann.get(V1 + '/sessions').json['items']
        self.good(ann.delete(V1 + '/sessions/' + next(one['id'] for one in sessions if not one['is_current'])))
        for client in (second, third):
            client.sign_out()
        self.good(ann.patch(V1 + '/account', json={'first_name': 'Ann'}))
        self.good(ann.post(V1 + '/account/password', json={'current_password': PASSWORD, 'new_password': 'An0therPass!'}))
        self.secrets.append('An0therPass!')
        path = org(self.owner, '/members/%d' % ann.id)
        for change in ({'role': 'administrator'}, {'is_active': False}, {'is_active': True}):
            self.good(self.owner.patch(path, json=change))
        self.good(self.owner.delete(path))
        back = self.good(self.owner.post(org(self.owner, '/invitations'), json={'email': ann.email})).json
        self.secrets.append(back['url'].partition('token=')[2])
        self.come_back(ann.email, '/user/signup/?token=' + self.secrets[-1])
        gone = self.server.new_user('gone')
        self.good(self.owner.delete('/api/users/%d/' % gone.id))
        for method, path, body in (('POST', '/invitations', {}), ('PATCH', '', {'title': 'Told'}),
                                   ('PATCH', '/token-settings', {'legacy_api_tokens_enabled': True, 'max_tokens_per_user': 77})):
            answer = self.good(self.owner.request(method, org(self.owner, path), json=body))
            if path == '/invitations':
                self.secrets.append(answer.json['url'].partition('token=')[2])
                self.good(self.owner.delete(org(self.owner, '/invitations/' + answer.json['id'])))

    def tokens(self):
        ann = self.server.new_user('bea')
        first = self.make(ann, 'rotated')
        self.good(ann.patch(V1 + '/tokens/' + first['id'], json={'name': 'renamed'}))
        self.good(ann.post(V1 + '/tokens/%s/rotate' % first['id'], json={'grace_seconds': 0}))
        assert self.server.refresh(first['token']).status == 401, 'it was rotated away'
        dead = self.make(ann, 'dead', kind='api_key')
        self.good(ann.delete(V1 + '/tokens/' + dead['id']))
        assert self.server.with_key(dead['token']).whoami().status == 401
        leaked = self.make(ann, 'leaked', kind='api_key')
        self.good(self.server.client().post(V1 + '/leaks', json=[leaked['token']]))
        self.good(ann.get(V1 + '/legacy-token'))
        self.good(ann.post(V1 + '/legacy-token/reset'))
        self.make(ann, 'shortened', ttl_days=900)
        self.good(self.owner.patch(org(self.owner, '/token-settings'), json={'api_token_ttl_days': 365}))
        for what in ('approve', 'deny'):
            device = ask_device(self.server)
            self.good(ann.post(V1 + '/device-grants/%s/%s' % (device['user_code'], what)))

    def machines(self):
        account = new_service_account(self.owner)
        self.good(self.owner.patch(org(self.owner, '/service-accounts/%d' % account['id']), json={'description': 'more'}))
        other = self.good(self.owner.post(org(self.owner, '/webhooks'), json={'url': self.receiver.url, 'events': ['token.leaked']})).json
        self.secrets.append(other['secret'])
        path = org(self.owner, '/webhooks/' + other['id'])
        self.good(self.owner.patch(path, json={'description': 'changed'}))
        self.good(self.owner.delete(path))

    def come_back(self, email, page):
        """As the link 'Sign in and join' of the sign-up page does it."""
        who = self.server.client()
        way_in = re.search(r'<a href="([^"]+)">Sign in and join', who.get(page).text).group(1)
        self.good(who.post(way_in, form={'email': email, 'password': 'An0therPass!', 'csrfmiddlewaretoken': who.csrf_field(way_in)}))
        assert who.post(page, form={'csrfmiddlewaretoken': who.csrf_field(page)}).status == 302

    def ends(self):
        """What ends in 14, 3 and 1 days a moment from now, and at once; whoever starts after that says so."""
        for days in WARNED_DAYS:
            self.ids[days] = self.make(self.owner, 'ends in %d' % days, expires_at=soon(days, 4), kind='api_key' if days == 3 else 'pat')['id']

    def operator(self, folder):
        wanted = folder / 'wanted.yaml'
        wanted.write_text('organizations: [{settings: {max_tokens_per_user: 70}}]')
        self.done('apply', wanted)
        self.done('org', 'add', 'Second')
        made = self.server.cli_json('key', 'add')
        self.done('key', 'rotate', '--now')
        self.done('key', 'rotate', '--now')
        self.done('key', 'retire', made['kid'], '--force')
        self.done('backup', folder / 'backup.sqlite3')

    # -- what is known of it -----------------------------------------------------------------------

    def noted(self, *more):
        lines = self.done('audit', '--json', '--limit', '1000', *more).splitlines()
        return [json.loads(line) for line in lines]

    def told(self):
        """What came, each once, by the number of the entry; each signature is good."""
        judge = standardwebhooks.Webhook(self.webhook['secret'])
        events = [judge.verify(one.body, one.headers) for one in self.receiver.came]
        assert len({one.headers['webhook-id'] for one in self.receiver.came}) == len(events), 'each once'
        return {event['data']['number']: event for event in events}


@pytest.fixture(scope='module')
def story(make_module_server, tmp_path_factory):
    receiver = Receiver()
    story = Story(make_module_server('--webhook-private-addresses'), receiver)
    story.ends()
    written = time.monotonic()
    story.people()
    story.tokens()
    story.machines()
    story.operator(tmp_path_factory.mktemp('operator'))
    time.sleep(max(0.0, 5 - (time.monotonic() - written)))
    story.server.kill9()  # what was not sent yet is sent by the next one, which also warns of ends
    story.server.restart()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        own = [event for event in story.noted('--organization', '1') if event['number'] > story.since()]
        if {'token.expiring', 'token.expired'} <= {event['event'] for event in own} and len(receiver.came) >= len(own):
            break
        time.sleep(0.2)
    yield story
    receiver.close()


def test_each_kind_is_noted(story, make_module_server, tmp_path_factory):
    seen = {event['event'] for event in story.noted()}
    other = make_module_server(start=False, owner=False)
    assert sample.import_into(other, sample.copy(tmp_path_factory.mktemp('sample'))).returncode == 0
    seen |= {json.loads(line)['event'] for line in other.cli('audit', '--json').stdout.splitlines()}
    assert seen == all_kinds()
    for server in (story.server, other):
        assert server.cli('audit', 'verify').returncode == 0


def test_each_says_who_from_where_and_what(story):
    for event in story.noted():
        assert event['actor']['kind'] in ('user', 'service_account', 'operator', 'system', 'anonymous'), event
        assert event['actor']['name'] or event['actor']['kind'] in ('system', 'anonymous'), event
        assert (event['ip'] == '127.0.0.1') == (event['actor']['kind'] in ('user', 'service_account', 'anonymous')), event
        assert event['subject']['kind'] and re.fullmatch(r'\d{4}-\d\d-\d\dT[\d:.]+Z', event['at']), event
        for name, fact in event['details'].items():
            assert set(fact) == {'before', 'after'}, event


def test_the_webhook_is_told_of_all_that_is_its_organizations(story):
    noted = [event for event in story.noted('--organization', '1') if event['number'] > story.since()]
    told = story.told()
    assert set(told) == {event['number'] for event in noted}
    for event in noted:
        assert told[event['number']]['type'] == event['event']
        assert told[event['number']]['data']['subject']['id'] == event['subject']['id']
    wanted = {'token.expiring', 'token.expired', 'token.rotated', 'token.reuse_detected', 'token.leaked', 'settings.changed', 'token.shortened'}
    assert wanted <= {event['type'] for event in told.values()}


def test_ends_are_told_14_3_and_1_days_before_and_then_once_each(story):
    def warned():
        return {days: [(event['event'], event['details']['days_left']['after']) for event in story.noted('--event', 'token.*')
                       if event['subject']['id'] == identifier and event['event'].startswith('token.expir')]
                for days, identifier in story.ids.items()}

    wanted = {14: [('token.expiring', '14')], 3: [('token.expiring', '3')], 1: [('token.expiring', '1')], 0: [('token.expired', None)]}
    assert warned() == wanted
    ended = story.server.owner.get(V1 + '/tokens/' + story.ids[0]).json
    assert ended['state'] == 'expired'
    story.server.restart()
    time.sleep(1.5)
    assert warned() == wanted, 'a restart says nothing twice'


def test_no_secret_is_in_any_of_it(story):
    texts = json.dumps(story.noted()) + story.done('audit', 'export') + ''.join(one.body for one in story.receiver.came)
    assert len(story.secrets) > 15
    for secret in story.secrets:
        assert secret not in texts
