"""The audit log: what is in it, who may read it, and whether it is whole."""
import csv
import io
import json
import sqlite3
import subprocess
import time

import pytest


def events(person, query='', organization=1):
    answer = person.get('/api/v1/organizations/%d/audit-events%s' % (organization, query))
    assert answer.status == 200, answer
    return answer.json['items']


def test_a_sign_in_is_noted_with_who_and_from_where(server):
    user = server.new_user('ann')
    last = events(server.owner, '?event=session.signed_in&limit=1')[0]
    assert last['actor'] == {'kind': 'user', 'id': user.id, 'name': user.email}
    assert last['ip'] == '127.0.0.1'
    assert 'requests' in last['user_agent']
    assert last['credential'] == 'session'
    assert last['subject']['kind'] == 'session'


def test_a_failed_sign_in_says_why_but_not_what_was_typed(server):
    user = server.new_user('bob')
    other = server.client()
    other.try_sign_in(user.email, 'WrongPassw0rd!')
    failed = events(server.owner, '?event=session.sign_in_failed&limit=1')[0]
    assert failed['actor'] == {'kind': 'anonymous', 'id': None, 'name': None}
    assert failed['subject'] == {'kind': 'user', 'id': str(user.id), 'name': user.email, 'user_id': user.id}
    assert failed['details'] == {'reason': {'before': None, 'after': 'wrong password'}}

    # of no organization: the operator alone sees it
    other.try_sign_in('nobody@example.com', 'WrongPassw0rd!')
    other.try_sign_in('MyP4ssword!typed-here', 'x')
    lines = server.cli('audit', '--json', '--event', 'session.sign_in_failed').stdout.splitlines()
    unknown, typed = [json.loads(line) for line in lines[-2:]]
    assert unknown['subject']['name'] == 'nobody@example.com'
    assert unknown['details']['reason']['after'] == 'unknown account'
    assert typed['subject']['name'] == '(not an e-mail address)'
    everything = server.cli('audit', 'export').stdout
    assert 'WrongPassw0rd!' not in everything and 'MyP4ssword' not in everything


def test_who_is_kept_waiting_writes_one_entry(make_server):
    server = make_server()
    for _ in range(14):
        server.client().try_sign_in('carl@example.com', 'WrongPassw0rd!')
    lines = server.cli('audit', '--json', '--event', 'session.sign_in_failed').stdout.splitlines()
    reasons = [json.loads(line)['details']['reason']['after'] for line in lines]
    assert reasons == ['unknown account'] * 10 + ['too many failures']


def test_what_an_administrator_does_is_there_with_before_and_after(server):
    user = server.new_user('dora')
    assert server.cli('org', 'set-role', user.email, 'administrator').returncode == 0
    changed = events(server.owner, '?event=member.role_changed&limit=1')[0]
    assert changed['actor']['kind'] == 'operator'
    assert changed['ip'] is None
    assert changed['details'] == {'role': {'before': 'member', 'after': 'administrator'}}
    server.cli('user', 'deactivate', user.email)
    assert events(server.owner, '?event=user.deactivated&limit=1')[0]['subject']['name'] == user.email


def test_the_first_start_is_noted(make_server):
    server = make_server()
    first = [json.loads(line) for line in server.cli('audit', 'export').stdout.splitlines()]
    assert [e['number'] for e in first] == list(range(1, len(first) + 1))
    assert [e['event'] for e in first if e['actor']['kind'] == 'system'][-2:] == ['organization.created', 'user.created']


def test_a_legacy_token_shown_and_reset_is_noted(server):
    server.set_settings(legacy_api_tokens_enabled=True)
    user = server.new_user('emma')
    for _ in range(3):
        assert user.get('/api/current-user/token').status == 200
    assert user.post('/api/current-user/reset-token/').status in (200, 201)
    mine = [e['event'] for e in events(server.owner, '?event=legacy_token.*&actor_id=%d' % user.id)]
    assert mine == ['legacy_token.reset', 'legacy_token.shown']
    server.set_settings(legacy_api_tokens_enabled=False)


def test_members_and_strangers_may_not_read_it(server):
    assert server.new_user('fred').get('/api/v1/organizations/1/audit-events').status == 403
    assert server.owner.get('/api/v1/organizations/999/audit-events').status == 404
    assert server.client().get('/api/v1/organizations/1/audit-events').status == 401


def test_pages_go_down_and_up_without_gap_or_doublet(server):
    for name in ('g', 'h', 'i'):
        server.new_user(name)
    everything = [e['number'] for e in events(server.owner, '?limit=200')]
    assert everything == sorted(everything, reverse=True)
    for order, wanted in (('desc', everything), ('asc', everything[::-1])):
        seen, cursor = [], None
        while True:
            page = server.owner.get('/api/v1/organizations/1/audit-events?limit=3&order=%s%s' %
                                    (order, '&cursor=' + cursor if cursor else '')).json
            seen += [e['number'] for e in page['items']]
            cursor = page['next_cursor']
            if not cursor:
                break
        assert seen == wanted

    last = everything[0]
    assert events(server.owner, '?order=asc&after=%d' % last) == []
    server.new_user('j')
    assert [e['event'] for e in events(server.owner, '?order=asc&after=%d' % last)] == \
        ['user.created', 'session.signed_in']


def test_filters(server):
    user = server.new_user('kate')
    assert {e['event'] for e in events(server.owner, '?actor_id=%d' % user.id)} == \
        {'user.created', 'session.signed_in'}
    assert {e['event'] for e in events(server.owner, '?subject_user_id=%d&event=user.*' % user.id)} == {'user.created'}
    assert len(events(server.owner, '?q=%s' % user.email.split('@')[0].upper())) == 2
    assert events(server.owner, '?q=100%25') == []
    at = events(server.owner, '?limit=1')[0]['at']
    assert events(server.owner, '?since=%s&limit=5' % at)[-1]['at'] >= at
    assert all(e['at'] < at for e in events(server.owner, '?until=%s' % at))


@pytest.mark.parametrize('query, field', [
    ('event=token.stolen', 'event'), ('event=*', 'event'), ('limit=0', 'limit'), ('limit=201', 'limit'),
    ('cursor=x', 'cursor'), ('after=-1', 'after'), ('since=yesterday', 'since'), ('order=up', 'order'),
    ('format=xml', 'format'), ('actor_id=ann', 'actor_id'), ('q=' + 'x' * 201, 'q'), ('subject_id=%00', 'subject_id')])
def test_a_wrong_filter_is_named(server, query, field):
    answer = server.owner.get('/api/v1/organizations/1/audit-events?' + query)
    assert answer.status == 400 and list(answer.json['errors']) == [field], answer


def test_the_export_is_whole_and_harmless_in_a_spreadsheet(server):
    assert server.owner.patch('/api/organizations/1', json={'title': '=HYPERLINK("http://x","a,b")'}).status == 200
    lines = server.owner.get('/api/v1/organizations/1/audit-events?format=ndjson')
    assert lines.headers['Content-Type'] == 'application/x-ndjson'
    rows = [json.loads(line) for line in lines.text.splitlines()]
    assert [r['number'] for r in rows] == [e['number'] for e in events(server.owner, '?limit=200&order=asc')][:len(rows)]

    answer = server.owner.get('/api/v1/organizations/1/audit-events?format=csv')
    assert 'attachment' in answer.headers['Content-Disposition']
    table = list(csv.DictReader(io.StringIO(answer.text, newline='')))
    assert [int(r['number']) for r in table] == [r['number'] for r in rows]
    assert answer.text.count('\r\n') == len(table) + 1
    changed = [r for r in table if r['event'] == 'organization.changed'][-1]
    assert changed['subject_name'] == '\'=HYPERLINK("http://x","a,b")'
    assert json.loads(changed['details'])['title']['after'] == '=HYPERLINK("http://x","a,b")'
    assert server.cli('audit', 'export', '--format', 'csv', '--organization', '1').stdout == \
        answer.text.replace('\r\n', '\n')
    server.owner.patch('/api/organizations/1', json={'title': 'Label Studio'})


def test_an_export_larger_than_a_page_is_complete(make_server):
    server = make_server()
    for n in range(300):
        assert server.owner.patch('/api/organizations/1', json={'title': 'T%d' % n}).status == 200
    for n in range(300):
        assert server.owner.patch('/api/organizations/1', json={'title': 'U%d' % n}).status == 200
    lines = server.owner.get('/api/v1/organizations/1/audit-events?format=ndjson&event=organization.changed').text
    titles = [json.loads(line)['details']['title']['after'] for line in lines.splitlines()]
    assert titles == ['T%d' % n for n in range(300)] + ['U%d' % n for n in range(300)]
    assert server.cli('audit', 'verify').returncode == 0


def test_following_shows_what_comes(server):
    words = [str(server.binary), 'audit', '--follow', '--json', '--limit', '0', *server.where()]
    with subprocess.Popen(words, env=server.environment(), text=True, stdout=subprocess.PIPE) as follower:
        try:
            time.sleep(1)
            user = server.new_user('lena')
            seen = [json.loads(follower.stdout.readline()) for _ in range(2)]
        finally:
            follower.kill()
    assert [e['event'] for e in seen] == ['user.created', 'session.signed_in']
    assert seen[0]['subject']['name'] == user.email


def test_the_command_line_names_what_is_wrong(server):
    assert "did you mean 'token.created'" in server.cli('audit', '--event', 'token.creatd').stderr
    assert '--since' in server.cli('audit', '--since', 'soon').stderr
    assert server.cli('audit', '--since', '1h', '--user', server.owner_email).returncode == 0
    for cut_off in ('7', '7:6d1f'):  # as documents abbreviate them: that is not tampering
        assert 'NUMBER:MAC' in server.cli('audit', 'verify', '--from', cut_off).stderr


def test_verify_finds_a_change_and_a_checkpoint_finds_a_rollback(make_server):
    server = make_server()
    server.new_user('mia')
    report = server.cli_json('audit', 'verify')
    assert report['is_whole'] and report['checkpoint']
    again = server.cli('audit', 'verify', '--from', report['checkpoint'])
    assert again.returncode == 0 and '0 entries checked' in again.stdout

    if server.database:
        return
    server.stop()
    with sqlite3.connect(server.data / 'latchkey.db') as database:
        database.execute("UPDATE audit_events SET subject_name = 'nobody' WHERE number = 3")
    done = server.cli('audit', 'verify', '--json')
    assert done.returncode == 1 and json.loads(done.stdout)['number'] == 3
    assert 'entry 3 is not as it was written' in done.stderr


def test_the_log_stays_whole_under_many_writers(make_server):
    from concurrent.futures import ThreadPoolExecutor
    server = make_server()
    people = [server.new_user('n%d' % n) for n in range(6)]

    def work(person):
        return [person.patch('/api/users/%d' % person.id, json={'first_name': 'F%d' % n}).status for n in range(10)]

    ids = [person.id for person in people]
    assert all(ids)
    with ThreadPoolExecutor(6) as pool:
        assert {status for done in pool.map(work, people) for status in done} == {200}
    assert len(events(server.owner, '?event=user.changed&limit=200')) == 60
    assert server.cli('audit', 'verify').returncode == 0


def test_changes_of_all_kinds_at_once_never_wait_for_each_other(make_server):
    """On PostgreSQL, transactions that hold rows and the log's head in another order would deadlock."""
    from concurrent.futures import ThreadPoolExecutor
    server = make_server()
    owner = server.owner
    people = [server.new_user('p%d' % n) for n in range(4)]
    ids = [person.id for person in people]

    def tokens(person):
        for n in range(8):
            made = person.post('/api/v1/tokens', json={'name': 'n%d' % n})
            yield made.status
            yield person.post('/api/v1/tokens/%s/rotate' % made.json['id'], json={}).status
            yield person.delete('/api/v1/tokens/' + made.json['id']).status

    def roles():
        for n in range(12):
            role = 'administrator' if n % 2 else 'member'
            yield owner.patch('/api/v1/organizations/1/members/%d' % ids[0], json={'role': role}).status

    def settings():
        admin = server.sign_in(server.owner_email, server.owner_password)
        for n in range(12):
            yield admin.patch('/api/v1/organizations/1/token-settings', json={'max_tokens_per_user': 50 + n}).status

    def sweeps():
        admin = server.sign_in(server.owner_email, server.owner_password)
        for n in range(12):
            yield admin.post('/api/v1/organizations/1/tokens/revoke', json={'user_id': ids[n % 4]}).status

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(list, work) for work in [tokens(p) for p in people] + [roles(), settings(), sweeps()]]
        seen = {status for job in jobs for status in job.result()}
    assert seen <= {200, 201, 204, 404, 409}, seen
    assert server.cli('audit', 'verify').returncode == 0
    assert 'deadlock' not in server.log
