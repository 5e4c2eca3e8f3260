"""latchkey import label-studio: what lands in the database, and what a second import does to it.

That each credential then works as recorded is in http/test_import_sample.py."""
import base64
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from support import jwt, postgres, sample

ROOT = sample.FOLDER.parent.parent
ANN, BOB, CARL, FRED = 2, 3, 4, 7
ANN_JTI = '684e49e118784af6a69cf398562a2842'
SUBJECTS = ('organizations', 'users', 'memberships', 'token settings', 'legacy tokens', 'personal access tokens')
OUTSTANDING = 'token_blacklist_outstandingtoken'


@pytest.fixture
def target(make_server):
    """A place for a database; nobody serves it."""
    return make_server(start=False, owner=False)


def rows(target, sql):
    """What is stored, as tuples of text; '' is NULL too."""
    if target.database:
        lines = postgres.psql(target.database, '-F', '\x1f', '-c', sql).splitlines()
        return [tuple(line.split('\x1f')) for line in lines]
    database = sqlite3.connect('file:%s?mode=ro' % (target.data / 'latchkey.db'), uri=True)
    try:
        return [tuple('' if value is None else str(value) for value in row) for row in database.execute(sql)]
    finally:
        database.close()


def one(target, sql):
    (row,) = rows(target, sql)
    return row[0] if len(row) == 1 else row


def change(target, sql):
    if target.database:
        postgres.psql(target.database, '-c', sql)
        return
    with sqlite3.connect(target.data / 'latchkey.db') as database:
        database.execute(sql)
    database.close()


def dump(target):
    """Everything that an import writes, but for what is sealed with a new nonce."""
    return {sql: sorted(rows(target, 'SELECT %s' % sql)) for sql in (
        '* FROM users', '* FROM organizations', '* FROM members', '* FROM token_settings', '* FROM tokens',
        'user_id, created_at FROM legacy_tokens', '* FROM imported', 'name, n FROM counter WHERE name <> \'change\'',
        'kid, state FROM signing_keys WHERE kid = \'\'')}


def imported(target, source, *more):
    done = sample.import_into(target, source, '--json', *more)
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    report['counts'] = {count.pop('subject'): count for count in report['counts']}
    for count in report['counts'].values():
        assert count['read'] == sum(count[word] for word in ('added', 'updated', 'unchanged', 'kept', 'skipped')), report
    assert sum(note['skipped'] for note in report['notes']) == sum(
        count['skipped'] for count in report['counts'].values()), report
    return report


def again(target, tmp_path, *statements):
    """Imports the sample, changed by the statements since the last time."""
    return imported(target, sample.copy(tmp_path, *statements))


def notes_of(report, table):
    return [(note['row'], note['text']) for note in report['notes'] if note['table'] == table]


def refused(done, *words):
    assert done.returncode == 1 and not done.stdout, done
    assert len(done.stderr.strip().splitlines()) == 1 and done.stderr.startswith('latchkey: '), done
    for word in words:
        assert word in done.stderr, done


def pat_text(**claims):
    whole = {'token_type': 'refresh', 'exp': 8102755944, 'iat': 1795555944, 'jti': 'f' * 31 + '0', 'user_id': '2'}
    payload = json.dumps({**whole, **claims}, separators=(',', ':')).encode()
    return 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.' + base64.urlsafe_b64encode(payload).rstrip(b'=').decode()


def outstanding(number, jti, text, user='2', expires='2200-01-01 00:00:00'):
    return ("INSERT INTO %s (id, user_id, jti, token, created_at, expires_at) VALUES (%d, %s, '%s', '%s',"
            " '2026-11-24 21:00:00', '%s')" % (OUTSTANDING, number, user, jti, text, expires))


# -- the first time --------------------------------------------------------------------------------


def test_all_of_the_sample_comes_over(target):
    report = imported(target, sample.DATABASE)
    read = {subject: count['read'] for subject, count in report['counts'].items()}
    assert tuple(read) == SUBJECTS and tuple(read.values()) == (2, 10, 10, 2, 10, 12)
    assert all(count['added'] == count['read'] for count in report['counts'].values()), report
    assert report['took_key'] is True and report['dry_run'] is False and report['notes'] == []


def test_users_are_what_they_were(target):
    imported(target, sample.DATABASE)
    source = sqlite3.connect('file:%s?mode=ro' % sample.DATABASE, uri=True)
    theirs = source.execute('SELECT id, email, username, first_name, last_name, phone, avatar, password, is_active,'
                            ' active_organization_id, allow_newsletters, custom_hotkeys FROM htx_user ORDER BY id')
    wanted = [tuple('' if value is None else str(value) for value in row) for row in theirs]
    source.close()
    assert rows(target, 'SELECT id, email, username, first_name, last_name, phone, avatar, password, is_active,'
                        ' active_organization_id, allow_newsletters, custom_hotkeys FROM users ORDER BY id') == wanted
    assert one(target, 'SELECT date_joined FROM users WHERE id = 2') == '1795555943872660'


def test_memberships_keep_their_numbers_roles_and_ends(target):
    imported(target, sample.DATABASE)
    members = {row[0]: row[1:] for row in rows(target, 'SELECT user_id, id, organization_id, role, removed_at'
                                                       ' FROM members')}
    assert members['1'] == ('1', '1', '3', '') and members['7'] == ('7', '2', '3', ''), 'who made it owns it'
    assert members['2'] == ('2', '1', '1', '')
    assert members['4'] == ('4', '1', '1', '1795555945889909')


def test_tokens_end_when_they_say_not_when_the_row_says(target):
    imported(target, sample.DATABASE)
    kim = sample.USERS['kim']['tokens'][0]
    assert one(target, "SELECT issued_at, expires_at, revoked_at FROM tokens WHERE id = '%s'" % kim['jti']) == (
        '%d000000' % kim['iat'], '%d000000' % kim['exp'], '')


def test_revoked_tokens_and_those_of_nobody_are_known(target):
    imported(target, sample.DATABASE)
    ended = rows(target, "SELECT id FROM tokens WHERE revoked_at IS NOT NULL ORDER BY id")
    assert ended == [('1ca48492d80246f6b8739319d39231cd',), ('932efa105a4d49af8e9abc8e4c2d2a8f',), ('f' * 32,)]
    assert one(target, "SELECT user_id, revoked_at, holds_name FROM tokens"
                       " WHERE id = '0b635d09a2f14c9ba9b7c3e637b8a48d'") == ('', '', '0')


def test_no_organization_shortens_a_token(target):
    """Organization 2 allows 30 days; what it has issued lives as long as it says."""
    imported(target, sample.DATABASE)
    assert one(target, 'SELECT api_token_ttl_days FROM token_settings WHERE organization_id = 2') == '30'
    assert one(target, 'SELECT expires_at FROM tokens WHERE user_id = 7') == '8102755945000000'


def test_new_numbers_begin_behind_the_old_ones(target):
    imported(target, sample.DATABASE)
    assert dict(rows(target, "SELECT name, n FROM counter WHERE name <> 'change'")) == {
        'user': '11', 'organization': '2', 'member': '11'}


def test_the_key_signs_from_now_on_and_is_sealed(target):
    imported(target, sample.DATABASE)
    assert ('', '2') in rows(target, 'SELECT kid, state FROM signing_keys')
    if not target.database:
        for path in target.data.iterdir():
            assert sample.SECRET_KEY.encode() not in path.read_bytes(), path
            assert sample.USERS['ann']['legacy_key'].encode() not in path.read_bytes(), path


def test_without_an_invitation_one_is_made(target, tmp_path):
    again(target, tmp_path, 'UPDATE organization SET token = NULL WHERE id = 2')
    assert re.fullmatch('[A-Za-z0-9]{40}', one(target, 'SELECT invitation FROM organizations WHERE id = 2'))


def test_of_several_memberships_the_living_one_counts(target, tmp_path):
    insert = ("INSERT INTO organizations_organizationmember (id, created_at, updated_at, organization_id, user_id,"
              " deleted_at) VALUES (%d, '2026-11-25', '2026-11-25', 1, %d, %s)")
    report = again(target, tmp_path, insert % (50, CARL, 'NULL'), insert % (51, BOB, "'2026-11-26'"))
    assert one(target, 'SELECT COUNT(*), MAX(removed_at) FROM members WHERE user_id IN (3, 4)') == ('2', '')
    assert report['counts']['memberships']['added'] == 10


def test_living_tokens_get_names_by_age(target, tmp_path):
    again(target, tmp_path, outstanding(101, 'a' * 32, pat_text(jti='a' * 32)),
          outstanding(102, 'b' * 32, pat_text(jti='b' * 32)),
          outstanding(103, 'c' * 32, pat_text(jti='c' * 32, exp=1700000000)))
    assert rows(target, 'SELECT name, id FROM tokens WHERE user_id = 2 AND holds_name = 1 ORDER BY name') == [
        ('Personal Access Token', 'b' * 32), ('Personal Access Token 2', 'a' * 32),
        ('Personal Access Token 3', ANN_JTI)]
    assert one(target, "SELECT holds_name FROM tokens WHERE id = '%s'" % ('c' * 32)) == '0', 'it has ended'


def test_e_mails_that_differ_in_case_only_keep_their_tokens(target, tmp_path):
    report = again(target, tmp_path, "UPDATE htx_user SET email = 'Bob@Example.com' WHERE id = 2",
                   "UPDATE htx_user SET email = 'EVE@example.com' WHERE id = 9",
                   "UPDATE htx_user SET email = 'Eve@example.com' WHERE id = 6")
    folded = dict(rows(target, 'SELECT id, email_folded FROM users'))
    assert folded['3'] == 'bob@example.com', 'who has it in small letters owns it, though not the first'
    assert folded['2'] != folded['2'].lower(), 'nobody can type that'
    assert folded['6'] == 'eve@example.com' and folded['9'] != folded['9'].lower(), 'else the first one does'
    assert dict(rows(target, 'SELECT id, email FROM users'))['2'] == 'Bob@Example.com'
    assert one(target, 'SELECT COUNT(*) FROM tokens WHERE user_id = 2 AND holds_name = 1') == '1'
    assert sorted(row for row, text in notes_of(report, 'htx_user')) == ['2', '9']
    assert report['counts']['users']['skipped'] == 0


# -- rows that nobody expects ----------------------------------------------------------------------


ODD_TEXTS = {
    'a whole token': (pat_text(jti='d' * 32) + '.c2lnbmF0dXJl', ''),
    'an own claim': (pat_text(jti='d' * 32, scope='x'), pat_text(jti='d' * 32, scope='x')),
    'a number for a user': (pat_text(jti='d' * 32, user_id=2), pat_text(jti='d' * 32, user_id=2)),
    'a whole one with an own claim': (pat_text(jti='d' * 32, scope='x') + '.c2lnbmF0dXJl',
                                      pat_text(jti='d' * 32, scope='x')),
    'garbage': ('!!', ''),
    'nothing': ('', ''),
    'dots': ('...', ''),
    'another jti': (pat_text(jti='e' * 32), ''),
}


@pytest.mark.parametrize('case', ODD_TEXTS)
def test_the_text_of_a_token_is_kept_where_it_cannot_be_written_again(target, tmp_path, case):
    text, kept = ODD_TEXTS[case]
    again(target, tmp_path, outstanding(101, 'd' * 32, text))
    assert one(target, "SELECT user_id, unsigned_text FROM tokens WHERE id = '%s'" % ('d' * 32)) == ('2', kept)


def test_without_readable_claims_the_row_counts(target, tmp_path):
    again(target, tmp_path, outstanding(101, 'd' * 32, 'garbage', expires='2150-02-03 04:05:06.7'))
    assert one(target, "SELECT issued_at, expires_at FROM tokens WHERE id = '%s'" % ('d' * 32)) == (
        '1795554000000000', '5683147506000000')


@pytest.mark.parametrize('exp, stored', [
    (253402300799, '253402300799000000'), (-5, '0'),
    # no such token verifies, here or there: what the row says does no harm
    (253402300800, '7258118400000000'), (10 ** 30, '7258118400000000'), ('8102755944', '7258118400000000')])
def test_an_end_beyond_all_times_does_no_harm(target, tmp_path, exp, stored):
    again(target, tmp_path, outstanding(101, 'd' * 32, pat_text(jti='d' * 32, exp=exp)))
    assert one(target, "SELECT expires_at FROM tokens WHERE id = '%s'" % ('d' * 32)) == stored


def test_each_row_left_out_is_named_with_its_reason(target, tmp_path):
    report = again(target, tmp_path,
                   outstanding(101, '', 'x'), outstanding(102, 'j' * 256, 'x'),
                   outstanding(103, 'g' * 32, 'garbage', expires='never'),
                   "UPDATE authtoken_token SET key = 'short' WHERE user_id = 2",
                   "UPDATE htx_user SET first_name = CAST(x'c328' AS TEXT) WHERE id = 9")
    skipped = {(note['table'], note['row']): note['text'] for note in report['notes'] if note['skipped']}
    assert set(skipped) == {(OUTSTANDING, '101'), (OUTSTANDING, '102'), (OUTSTANDING, '103'),
                            ('authtoken_token', '2'), ('authtoken_token', '9'), ('htx_user', '9'),
                            ('organizations_organizationmember', '9')}
    assert 'UTF-8' in skipped['htx_user', '9'] and 'left out' in skipped['authtoken_token', '9']
    kim = sample.USERS['kim']['tokens'][0]['jti']
    assert one(target, "SELECT user_id FROM tokens WHERE id = '%s'" % kim) == '', 'known, so that it is dead'


def test_rows_of_users_that_do_not_exist_are_left_out(target, tmp_path):
    report = again(target, tmp_path, 'DELETE FROM htx_user WHERE id = 9')
    assert {note['table'] for note in report['notes']} == {'organizations_organizationmember', 'authtoken_token'}
    assert one(target, "SELECT user_id FROM tokens WHERE id = '%s'" % sample.USERS['kim']['tokens'][0]['jti']) == ''


def test_text_shows_twenty_notes_and_json_all(target, tmp_path):
    source = sample.copy(tmp_path, *(outstanding(200 + n, 'j' * (256 + n), 'x') for n in range(25)))
    done = sample.import_into(target, source, '--dry-run')
    assert done.stdout.count('skipped ' + OUTSTANDING) == 20 and 'and 5 more' in done.stdout
    assert len(imported(target, source)['notes']) == 25


def test_an_older_label_studio_has_fewer_tables(target, tmp_path):
    report = again(target, tmp_path, 'DROP TABLE token_blacklist_blacklistedtoken', 'DROP TABLE ' + OUTSTANDING,
                   'DROP TABLE jwt_auth_jwtsettings', 'ALTER TABLE htx_user RENAME COLUMN custom_hotkeys TO other')
    assert report['counts']['users']['added'] == 10 and report['counts']['personal access tokens']['read'] == 0
    assert rows(target, 'SELECT * FROM token_settings') == [], 'the defaults'


# -- refusals --------------------------------------------------------------------------------------


def test_what_the_first_start_made_is_not_taken_for_somebody_else(make_server):
    server = make_server()
    server.stop()
    before = dump(server)
    done = sample.import_into(server, sample.DATABASE)
    refused(done, '--data', 'serve')
    assert dump(server) == before
    refused(sample.import_into(server, sample.DATABASE, '--dry-run'), '--data')


def test_another_label_studio_is_refused(target, tmp_path):
    imported(target, sample.DATABASE)
    before = dump(target)
    other = sample.copy(tmp_path, "UPDATE organization SET created_at = '2020-01-01 00:00:00' WHERE id = 1")
    refused(sample.import_into(target, other), 'another Label Studio')
    assert dump(target) == before


@pytest.mark.parametrize('more', [[], ['--dry-run']], ids=['import', 'dry run'])
def test_another_secret_key_is_refused(target, tmp_path, more):
    imported(target, sample.DATABASE)
    before = dump(target)
    key = tmp_path / 'key'
    key.write_text('another key')
    refused(target.cli('import', 'label-studio', '--from', sample.DATABASE, '--secret-key-file', key, *more),
            'SECRET_KEY')
    assert dump(target) == before


@pytest.mark.parametrize('source', ['missing', 'folder', 'empty', 'other'])
def test_a_wrong_source_makes_nothing(target, tmp_path, source):
    path = tmp_path / 'source'
    if source == 'folder':
        path.mkdir()
    if source == 'empty':
        path.write_bytes(b'')
    if source == 'other':
        with sqlite3.connect(path) as database:
            database.execute('CREATE TABLE htx_user (name text)')
        database.close()
    refused(sample.import_into(target, path), str(path))
    assert not target.data.exists()


def test_a_password_in_a_url_is_not_shown(target):
    done = sample.import_into(target, 'postgresql://someone:hidden-word@127.0.0.1:1/x')
    refused(done, 'PostgreSQL')
    assert 'hidden-word' not in done.stderr


@pytest.mark.parametrize('words', [['--secret-key-file', 'x'], ['--from', 'x']], ids=['no source', 'no key'])
def test_both_options_are_needed(target, words):
    done = target.cli('import', 'label-studio', *words)
    assert done.returncode == 2 and not done.stdout and '--' in done.stderr


# -- the key file ----------------------------------------------------------------------------------


KEY_FILES = {
    'the key': sample.SECRET_KEY,
    'with a newline': sample.SECRET_KEY + '\n',
    'from Windows': sample.SECRET_KEY + '\r\n',
    'an .env': '# made by Label Studio\nDEBUG=1\nSECRET_KEY=%s\n' % sample.SECRET_KEY,
    'the last line counts': 'SECRET_KEY=old\nSECRET_KEY=%s\nLATER=1\n' % sample.SECRET_KEY,
    'quotes': "SECRET_KEY='%s'\n" % sample.SECRET_KEY,
    'double quotes, exported': 'export SECRET_KEY="%s"' % sample.SECRET_KEY,
}


@pytest.mark.parametrize('form', KEY_FILES)
def test_the_key_is_found_in_each_form_of_the_file(target, tmp_path, form):
    """What came out is the key: the same import with it, bare, finds nothing different."""
    key = tmp_path / 'key'
    key.write_text(KEY_FILES[form])
    done = target.cli('import', 'label-studio', '--from', sample.DATABASE, '--secret-key-file', key)
    assert done.returncode == 0 and not done.stderr, done
    assert imported(target, sample.DATABASE)['took_key'] is False


@pytest.mark.parametrize('text', ['', '\n', 'SECRET_KEY=\n', 'one\ntwo\n', "SECRET_KEY=''"])
def test_a_file_without_a_key_is_refused(target, tmp_path, text):
    key = tmp_path / 'key'
    key.write_text(text)
    refused(target.cli('import', 'label-studio', '--from', sample.DATABASE, '--secret-key-file', key), str(key))
    assert not target.data.exists()


def test_a_key_that_label_studio_cannot_read_back_is_doubted(target, tmp_path):
    key = tmp_path / 'key'
    key.write_text('SECRET_KEY=$HOME-of-nothing\n')
    done = target.cli('import', 'label-studio', '--from', sample.DATABASE, '--secret-key-file', key)
    assert done.returncode == 0 and "'$'" in done.stderr and 'HOME' not in done.stderr, done


# -- dry runs --------------------------------------------------------------------------------------


def test_a_dry_run_leaves_nothing_behind_and_counts_the_same(target):
    would = imported(target, sample.DATABASE, '--dry-run')
    assert not target.data.exists() and would['dry_run'] is True
    did = imported(target, sample.DATABASE)
    assert did['counts'] == would['counts'] and did['took_key'] == would['took_key']


def test_a_dry_run_of_a_second_import_changes_nothing(target, tmp_path):
    imported(target, sample.DATABASE)
    before = dump(target)
    later = sample.copy(tmp_path, "UPDATE htx_user SET first_name = 'Anna' WHERE id = 2",
                        'UPDATE jwt_auth_jwtsettings SET legacy_api_tokens_enabled = 0',
                        "UPDATE authtoken_token SET key = 'new-key', created = '2026-12-01' WHERE user_id = 3",
                        "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id)"
                        " VALUES ('2026-11-25 00:00:00', 3)",
                        outstanding(101, 'a' * 32, pat_text(jti='a' * 32)))
    would = imported(target, later, '--dry-run')
    assert dump(target) == before
    did = imported(target, later)
    assert did['counts'] == would['counts']
    assert [did['counts'][subject]['updated'] for subject in SUBJECTS] == [0, 1, 0, 2, 1, 1]


# -- again -----------------------------------------------------------------------------------------


def test_a_second_import_changes_nothing(target):
    imported(target, sample.DATABASE)
    before = dump(target)
    report = imported(target, sample.DATABASE)
    assert all(count['unchanged'] == count['read'] for count in report['counts'].values()), report
    assert dump(target) == before and report['notes'] == []


def test_what_was_changed_there_comes_over(target, tmp_path):
    imported(target, sample.DATABASE)
    again(target, tmp_path,
          "UPDATE htx_user SET first_name = 'Anna', email = 'anna@example.com' WHERE id = 2",
          "UPDATE htx_user SET is_active = 0 WHERE id = 3",
          "UPDATE htx_user SET password = 'pbkdf2_sha256$1$salt$hash' WHERE id = 8",
          "UPDATE organization SET title = 'New title', token = 'newinvitation' WHERE id = 1",
          'UPDATE jwt_auth_jwtsettings SET api_tokens_enabled = 0 WHERE organization_id = 1',
          "UPDATE organizations_organizationmember SET deleted_at = '2026-12-01' WHERE user_id = 9",
          'UPDATE organizations_organizationmember SET deleted_at = NULL WHERE user_id = 4',
          "UPDATE authtoken_token SET key = 'a-new-key', created = '2026-12-01' WHERE user_id = 2",
          "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) VALUES ('2026-12-01', 3)")
    users = {row[0]: row[1:] for row in rows(target, 'SELECT id, email, email_folded, first_name, is_active, password'
                                                     ' FROM users')}
    assert users['2'][:3] == ('anna@example.com', 'anna@example.com', 'Anna')
    assert users['3'][3] == '0' and users['8'][4] == 'pbkdf2_sha256$1$salt$hash'
    assert one(target, 'SELECT title, invitation FROM organizations WHERE id = 1') == ('New title', 'newinvitation')
    assert one(target, 'SELECT api_tokens_enabled FROM token_settings WHERE organization_id = 1') == '0'
    members = dict(rows(target, 'SELECT user_id, removed_at FROM members'))
    assert members['9'] == '1796083200000000' and members['4'] == ''
    assert one(target, 'SELECT created_at FROM legacy_tokens WHERE user_id = 2') == '1796083200000000'
    assert one(target, "SELECT revoked_at, holds_name FROM tokens WHERE id = '%s'" % ANN_JTI) == (
        '1796083200000000', '0')


def test_what_was_changed_here_stays(target):
    imported(target, sample.DATABASE)
    statements = (
        "UPDATE users SET first_name = 'Here', is_active = 0 WHERE id = 2",
        "UPDATE users SET password = '$argon2id$v=19$m=65536,t=3,p=1$here' WHERE id = 3",
        "UPDATE organizations SET title = 'Here', invitation = 'here' WHERE id = 1",
        'UPDATE token_settings SET legacy_api_tokens_enabled = 0, updated_at = 1 WHERE organization_id = 1',
        'UPDATE members SET role = 2 WHERE user_id = 2', 'UPDATE members SET removed_at = 5 WHERE user_id = 3',
        'UPDATE members SET removed_at = NULL WHERE user_id = 4',
        "UPDATE tokens SET revoked_at = 5, holds_name = 0 WHERE id = '%s'" % ANN_JTI,
        "UPDATE tokens SET name = 'mine' WHERE user_id = 1 AND holds_name = 1",
        "UPDATE legacy_tokens SET mac = sealed, created_at = 1900000000000000 WHERE user_id = 2")
    for statement in statements:
        change(target, statement)
    before = dump(target)
    report = imported(target, sample.DATABASE)
    assert dump(target) == before
    kept = {subject: count['kept'] for subject, count in report['counts'].items()}
    assert kept == {'organizations': 1, 'users': 1, 'memberships': 2, 'token settings': 1, 'legacy tokens': 1,
                    'personal access tokens': 1}


def test_of_two_changes_ours_stays_but_an_end_counts(target, tmp_path):
    imported(target, sample.DATABASE)
    change(target, "UPDATE users SET first_name = 'Here' WHERE id IN (2, 3)")
    change(target, 'UPDATE token_settings SET api_token_ttl_days = 7 WHERE organization_id = 1')
    again(target, tmp_path, "UPDATE htx_user SET first_name = 'There' WHERE id = 2",
          "UPDATE htx_user SET first_name = 'There', is_active = 0 WHERE id = 3",
          'UPDATE jwt_auth_jwtsettings SET api_token_ttl_days = 9 WHERE organization_id = 1')
    assert rows(target, 'SELECT first_name, is_active FROM users WHERE id IN (2, 3) ORDER BY id') == [
        ('Here', '1'), ('Here', '0')]
    assert one(target, 'SELECT api_token_ttl_days FROM token_settings WHERE organization_id = 1') == '7'


def test_a_password_that_was_renewed_here_is_not_set_back(target, tmp_path):
    imported(target, sample.DATABASE)
    done = target.cli('user', 'set-password', 'ann@example.com', '--password-file', '-', input='A new one 1!\n')
    assert done.returncode == 0, done
    again(target, tmp_path, "UPDATE htx_user SET password = 'pbkdf2_sha256$1$salt$hash' WHERE id = 2")
    assert one(target, 'SELECT password FROM users WHERE id = 2').startswith('$argon2id$')


def test_who_was_deleted_here_does_not_come_back(target, tmp_path):
    imported(target, sample.DATABASE)
    for statement in ('DELETE FROM members WHERE user_id = 2', 'DELETE FROM legacy_tokens WHERE user_id = 2',
                      'UPDATE tokens SET user_id = NULL, holds_name = 0 WHERE user_id = 2',
                      'DELETE FROM users WHERE id = 2'):
        change(target, statement)
    before = dump(target)
    report = again(target, tmp_path, outstanding(101, 'a' * 32, pat_text(jti='a' * 32)))
    assert report['counts']['users']['kept'] == 1 and report['counts']['users']['skipped'] == 0
    assert rows(target, 'SELECT id FROM users WHERE id = 2') == []
    assert one(target, "SELECT user_id FROM tokens WHERE id = '%s'" % ('a' * 32)) == '', 'known, and dead'
    assert one(target, "SELECT user_id FROM tokens WHERE id = '%s'" % ANN_JTI) == ''
    assert dump(target)['* FROM users'] == before['* FROM users']


def test_who_was_deleted_there_is_deactivated_once(target, tmp_path):
    imported(target, sample.DATABASE)
    gone = ('UPDATE %s SET user_id = NULL WHERE user_id = 2' % OUTSTANDING, 'DELETE FROM authtoken_token WHERE user_id = 2',
            'DELETE FROM organizations_organizationmember WHERE user_id = 2', 'DELETE FROM htx_user WHERE id = 2')
    report = again(target, tmp_path, *gone)
    assert one(target, 'SELECT is_active FROM users WHERE id = 2') == '0'
    assert one(target, "SELECT holds_name FROM tokens WHERE id = '%s' AND revoked_at > 0" % ANN_JTI) == '0'
    assert [row for row, text in notes_of(report, 'htx_user') if 'deleted' in text] == ['2']
    assert target.cli('user', 'activate', 'ann@example.com').returncode == 0
    assert again(target, tmp_path, *gone)['notes'] == []
    assert one(target, 'SELECT is_active FROM users WHERE id = 2') == '1', 'activated here since'


NEW_USER = ("INSERT INTO htx_user SELECT %d, password, NULL, 0, 'zoe', '%s', 'Zoe', '', 0, 1, date_joined,"
            " last_activity, activity_at, '', '', 1, NULL, '{}' FROM htx_user WHERE id = 2")


def test_new_people_and_tokens_come_over(target, tmp_path):
    imported(target, sample.DATABASE)
    report = again(target, tmp_path, NEW_USER % (12, 'zoe@example.com'),
                   outstanding(101, 'a' * 32, pat_text(jti='a' * 32, user_id='12'), user='12'),
                   "INSERT INTO authtoken_token (key, created, user_id) VALUES ('zoes-own-key', '2026-12-01', 12)",
                   "INSERT INTO organizations_organizationmember (id, created_at, updated_at, organization_id, user_id)"
                   " VALUES (12, '2026-12-01', '2026-12-01', 1, 12)")
    assert [report['counts'][subject]['added'] for subject in SUBJECTS] == [0, 1, 1, 0, 1, 1]
    assert one(target, "SELECT n FROM counter WHERE name = 'user'") == '12'


def test_a_number_that_was_given_to_another_person_here_is_left_out(target, tmp_path):
    imported(target, sample.DATABASE)
    added = target.cli_json('user', 'add', 'here@example.com', '--no-password', '--organization', '1')
    assert added['id'] == 12
    new = (NEW_USER % (12, 'zoe@example.com'), outstanding(101, 'a' * 32, pat_text(jti='a' * 32, user_id='12'), user='12'),
           "INSERT INTO authtoken_token (key, created, user_id) VALUES ('zoes-own-key', '2026-12-01', 12)")
    report = again(target, tmp_path, *new)
    skipped = [(note['table'], note['row']) for note in report['notes'] if note['skipped']]
    assert skipped == [('htx_user', '12'), ('authtoken_token', '12')]
    assert one(target, 'SELECT email FROM users WHERE id = 12') == 'here@example.com'
    assert one(target, "SELECT user_id FROM tokens WHERE id = '%s'" % ('a' * 32)) == '', 'not the other one\'s'
    # once the number is free again, all of it comes over
    for statement in ('DELETE FROM members WHERE user_id = 12', 'DELETE FROM legacy_tokens WHERE user_id = 12',
                      'DELETE FROM users WHERE id = 12'):
        change(target, statement)
    again(target, tmp_path, *new)
    assert one(target, 'SELECT email FROM users WHERE id = 12') == 'zoe@example.com'
    assert one(target, "SELECT user_id, name, holds_name FROM tokens WHERE id = '%s'" % ('a' * 32)) == (
        '12', 'Personal Access Token', '1')


def test_an_e_mail_that_is_taken_here_keeps_its_tokens(target, tmp_path):
    imported(target, sample.DATABASE)
    target.cli_json('user', 'add', 'zoe@example.com', '--no-password', '--organization', '1')
    report = again(target, tmp_path, NEW_USER % (20, 'Zoe@example.com'))
    assert [row for row, text in notes_of(report, 'htx_user')] == ['20']
    assert one(target, 'SELECT email FROM users WHERE id = 20') == 'Zoe@example.com'
    assert one(target, "SELECT id FROM users WHERE email_folded = 'zoe@example.com'") == '12'


def test_new_tokens_take_the_names_that_are_free(target, tmp_path):
    imported(target, sample.DATABASE)
    new = [outstanding(101, 'a' * 32, pat_text(jti='a' * 32)), outstanding(102, 'b' * 32, pat_text(jti='b' * 32))]
    again(target, tmp_path, *new)
    names = dict(rows(target, 'SELECT id, name FROM tokens WHERE user_id = 2 AND holds_name = 1'))
    assert names == {ANN_JTI: 'Personal Access Token', 'b' * 32: 'Personal Access Token 2',
                     'a' * 32: 'Personal Access Token 3'}


# -- big, slow and interrupted ---------------------------------------------------------------------


@pytest.fixture(scope='module')
def big(tmp_path_factory):
    path = tmp_path_factory.mktemp('big') / 'label_studio.sqlite3'
    subprocess.run([sys.executable, str(ROOT / 'tools' / 'make-label-studio-db'), str(path), '--users', '3000',
                    '--tokens', '45000', '--organizations', '3'], check=True)
    return path


def start_import(target, source):
    words = [target.binary, 'import', 'label-studio', '--from', str(source), '--secret-key-file',
             str(sample.secret_key_file(target.folder)), *target.where()]
    return subprocess.Popen(words, env=target.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_more_than_a_page_of_everything_comes_over(target, big):
    report = imported(target, big)
    assert [report['counts'][subject]['added'] for subject in SUBJECTS] == [3, 3000, 3000, 3, 3000, 45000]
    assert one(target, 'SELECT COUNT(*) FROM tokens WHERE holds_name = 1') == '7200'
    assert one(target, 'SELECT COUNT(DISTINCT user_id) FROM tokens WHERE holds_name = 1'
                       " AND name = 'Personal Access Token'") == '3000'
    report = imported(target, big)
    assert [report['counts'][subject]['unchanged'] for subject in SUBJECTS] == [3, 3000, 3000, 3, 3000, 45000]


def test_an_import_that_was_killed_goes_on_where_it_was(make_server, big):
    target, whole = make_server(start=False, owner=False), make_server(start=False, owner=False)
    imported(whole, big)
    kills = 0
    for delay in (0.02, 0.1, 0.2, 0.4, 0.8):
        process = start_import(target, big)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills > 0
    report = imported(target, big)
    assert report['counts']['personal access tokens']['skipped'] == 0
    ours, theirs = dump(target), dump(whole)
    for table in ('* FROM users', '* FROM organizations', '* FROM tokens', 'user_id, created_at FROM legacy_tokens'):
        if table.startswith('* FROM tokens'):
            ours[table], theirs[table] = ([row[:3] + row[5:] for row in rows] for rows in (ours[table], theirs[table]))
        assert ours[table] == theirs[table], table
    assert one(target, 'SELECT COUNT(DISTINCT id), COUNT(DISTINCT user_id) FROM members') == ('3000', '3000')


def test_a_terminal_sees_a_bar_and_a_file_does_not(target, big):
    def run_on_terminal():
        master, slave = pty.openpty()
        done = subprocess.Popen([target.binary, 'import', 'label-studio', '--from', str(big), '--secret-key-file',
                                 str(sample.secret_key_file(target.folder)), *target.where()],
                                env=target.environment(), stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        shown = b''
        try:
            while chunk := os.read(master, 4096):
                shown += chunk
        except OSError:
            pass
        out = done.communicate()[0]
        os.close(master)
        assert done.returncode == 0
        return out, shown

    out, shown = run_on_terminal()
    assert b'personal access tokens' in out and b'\r' not in out
    assert not shown or b'%' in shown, 'over soon, nothing is shown'


def test_postgresql_as_source_gives_the_same(make_server):
    if not postgres.server_url():
        pytest.skip(postgres.WHY_NOT)
    source = sample.in_postgres()
    try:
        one_target, other = make_server(start=False, owner=False), make_server(start=False, owner=False)
        imported(one_target, sample.DATABASE)
        assert imported(other, source)['notes'] == []
        assert dump(other) == dump(one_target)
        assert all(count['unchanged'] == count['read'] for count in imported(one_target, source)['counts'].values()), (
            'moved from one engine to the other, it is the same Label Studio')
    finally:
        postgres.drop_database(source)


def test_a_token_with_a_foreign_signature_is_the_rows(target, tmp_path):
    """What the blacklist of an old Label Studio may hold: a whole token, signed by anybody."""
    token = jwt.sign('somebody else', user_id='2', jti='9' * 32)
    again(target, tmp_path, outstanding(101, '9' * 32, token))
    stored = one(target, "SELECT unsigned_text FROM tokens WHERE id = '%s'" % ('9' * 32))
    assert stored.count('.') <= 1 and token.rsplit('.', 1)[1] not in stored
