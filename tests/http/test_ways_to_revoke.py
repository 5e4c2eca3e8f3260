"""
Each way to end tokens, by each who may: everything that came from them stops with the next request, the row says why,
and the audit log who.
"""
import pytest

from support.database import run_sql
from support.people import V1, new_service_account, org, promote

NARROWER = {'grant_type': 'urn:ietf:params:oauth:grant-type:token-exchange', 'scope': 'read',
            'subject_token_type': 'urn:ietf:params:oauth:token-type:refresh_token'}


class Held:
    """A token and what was made of it."""

    def __init__(self, server, person, name, kind='pat'):
        self.server = server
        answer = person.create_token(name, kind=kind)
        assert answer.status == 201, answer
        self.id, self.token, self.kind = answer.json['id'], answer.json['token'], kind
        self.access = [server.access(self.token)] if kind == 'pat' else []
        if kind == 'pat':
            narrower = server.client().post('/oauth/token', form={**NARROWER, 'subject_token': self.token})
            assert narrower.status == 200, narrower
            self.access.append(narrower.json['access_token'])
        assert self.answers() == {200}

    def answers(self):
        """What each gets that is asked with it."""
        seen = {self.server.with_key(text).whoami().status for text in self.access + [self.token]}
        return seen | ({self.server.refresh(self.token).status} if self.kind == 'pat' else set())


@pytest.fixture(scope='module')
def admin(server):
    return promote(server, server.new_user('admin'), 'administrator')


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def blacklist(client):
    return lambda held: client.post('/api/token/blacklist/', json={'refresh': held.token})


def one_after_another(server, ann, admin):
    """(way, how, reason, kind of actor, its name)"""
    machine = new_service_account(server.owner, role='administrator')
    key = server.owner.post(org(server.owner, '/service-accounts/%d/tokens' % machine['id']), json={'name': 'acts', 'kind': 'api_key'}).json
    machine_client = server.with_key(key['token'])
    organization = org(server.owner)
    nobody = server.client()
    return [
        ('its owner', lambda held: ann.delete(V1 + '/tokens/' + held.id), 'owner', 'user', ann.email),
        ('its owner, as in Label Studio', blacklist(ann), 'owner', 'user', ann.email),
        ('an administrator', lambda held: admin.delete(organization + '/tokens/' + held.id), 'administrator', 'user', admin.email),
        ('a service account', lambda held: machine_client.delete(organization + '/tokens/' + held.id), 'administrator', 'service_account', machine['email']),
        ('an administrator, by ids', lambda held: admin.post(organization + '/tokens/revoke', json={'ids': [held.id]}), 'administrator', 'user', admin.email),
        ('an administrator, all of a user', lambda held: admin.post(organization + '/tokens/revoke', json={'user_id': ann.id}), 'administrator', 'user', admin.email),
        ('whoever holds it, as in Label Studio', blacklist(nobody), 'holder', 'anonymous', None),
        ('whoever holds it, by RFC 7009', lambda held: nobody.post('/oauth/revoke', form={'token': held.token}), 'holder', 'anonymous', None),
        ('whoever found it', lambda held: nobody.post(V1 + '/leaks', json=[held.token]), 'leaked', 'anonymous', None),
        ('the operator', lambda held: server.cli('token', 'revoke', held.id), 'operator', 'operator', None),
        ('the operator, all of a user', lambda held: server.cli('token', 'revoke', '--user', ann.email, '--all'), 'operator', 'operator', None),
    ]


def succeeded(answer):
    return answer.status < 300 if hasattr(answer, 'status') else answer.returncode == 0


@pytest.mark.parametrize('kind', ['pat', 'api_key'])
def test_all_that_came_from_it_stops_with_the_next_request(server, ann, admin, kind):
    other = Held(server, server.new_user('other'), 'is left alone')
    for way, end, reason, actor, name in one_after_another(server, ann, admin):
        if kind == 'api_key' and 'Label Studio' in way:
            continue  # knows no API keys
        held = Held(server, ann, 'ended by ' + way, kind)
        done = end(held)
        assert succeeded(done), (way, done)
        assert held.answers() == held.answers() == {401}, way
        shown = ann.get(V1 + '/tokens/' + held.id).json
        assert (shown['state'], shown['revoked_reason']) == ('revoked', reason), way
        assert shown['revoked_at'], way
        noted = server.owner.get(org(server.owner, '/audit-events?subject_id=' + held.id)).json['items']
        assert [event['event'] for event in noted].count('token.dead_used') == 1, 'its use after that is noted, once'
        noted = [event for event in noted if event['event'] in ('token.revoked', 'token.leaked')]
        assert len(noted) == 1, (way, noted)
        assert (noted[0]['event'] == 'token.leaked') == (reason == 'leaked'), way
        assert noted[0]['actor']['kind'] == actor and (name is None or noted[0]['actor']['name'] == name), (way, noted)
    assert other.answers() == {200}


@pytest.mark.parametrize('by', ['administrator', 'operator'])
@pytest.mark.parametrize('kind', ['pat', 'api_key', 'legacy'])
def test_all_of_one_kind(make_server, kind, by):
    server = make_server('--legacy-tokens', 'on')
    people = [server.new_user('p%d' % n) for n in range(2)]
    held = {'pat': [Held(server, one, 'pat') for one in people], 'api_key': [Held(server, one, 'key', 'api_key') for one in people]}
    legacy = [one.legacy_key() for one in people]
    if by == 'administrator':
        answer = server.owner.post(org(server.owner, '/tokens/revoke'), json={'kind': kind})
        assert answer.status == 200 and answer.json['revoked'] >= 2, answer
    else:
        done = server.cli('token', 'revoke', '--organization', '1', '--kind', kind)
        assert done.returncode == 0, done
    for other, tokens in held.items():
        assert {status for token in tokens for status in token.answers()} == ({401} if other == kind else {200}), other
    assert {server.with_key(text).whoami().status for text in legacy} == ({401} if kind == 'legacy' else {200})
    if kind == 'legacy':
        assert [server.with_key(one.legacy_key()).whoami().status for one in people] == [200, 200], 'each has a new one'


@pytest.mark.parametrize('by', ['administrator', 'operator'])
def test_all_unused_for_30_days(make_server, by):
    server = make_server()
    ann = server.new_user('ann')
    unused, long_ago, used = Held(server, ann, 'unused', 'api_key'), Held(server, ann, 'long ago', 'api_key'), Held(server, ann, 'used', 'api_key')
    fresh = ann.create_token('fresh', kind='api_key').json
    server.restart()  # what was used is written
    days = 86400 * 10**6
    old = "'%s'" % "', '".join(token.id for token in (unused, long_ago, used))
    of = '(SELECT token_key FROM tokens WHERE id = \'%s\')'
    run_sql(server, 'UPDATE tokens SET created_at = created_at - %d WHERE id IN (%s)' % (50 * days, old),
            'DELETE FROM usage WHERE token_key = ' + of % unused.id,
            'UPDATE usage SET last_at = last_at - %d WHERE token_key = %s' % (40 * days, of % long_ago.id))
    path = org(server.owner, '/tokens')
    listed = lambda query: {item['name'] for item in server.owner.get(path + query).json['items']}
    assert listed('?unused_days=30') == {'unused', 'long ago'} and listed('?unused_days=45') == {'unused'}
    assert listed('?never_used=true') == {'unused', 'fresh'}
    command = lambda *words: {item['name'] for item in server.cli_json('token', 'list', '--organization', '1', *words)['items']}
    assert command('--unused-days', '30') == {'unused', 'long ago'} and command('--never-used') == {'unused', 'fresh'}

    if by == 'administrator':
        assert server.owner.post(path + '/revoke', json={'unused_days': 30}).json == {'revoked': 2}
    else:
        assert server.cli_json('token', 'revoke', '--organization', '1', '--unused-days', '30')['revoked'] == 2
    ann = server.sign_in(ann.email, ann.password)
    assert unused.answers() == long_ago.answers() == {401} and used.answers() == {200}
    assert server.with_key(fresh['token']).whoami().status == 200
    for token in (unused, long_ago):
        assert ann.get(V1 + '/tokens/' + token.id).json['revoked_reason'] == 'unused'
