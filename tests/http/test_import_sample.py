"""The sample database of a real Label Studio, imported: every credential as sample.json says."""
import json
import sqlite3

import pytest

from support import jwt, postgres, sample

PEOPLE = sorted(sample.USERS)
TOKENS = [(name, token) for name in PEOPLE for token in sample.USERS[name]['tokens']]


def make_imported(make, folder, *options):
    server = make(*options, '--leeway', '0', start=False, owner=False)
    done = sample.import_into(server, sample.DATABASE)
    assert done.returncode == 0, done
    server.owner_email, server.owner_password = 'admin@example.com', sample.USERS['admin']['password']
    return server.start()


@pytest.fixture(scope='module')
def as_recorded(make_module_server, tmp_path_factory):
    """With --strict: exactly what Label Studio answered."""
    return make_imported(make_module_server, tmp_path_factory, '--strict')


@pytest.fixture(scope='module')
def imported(make_module_server, tmp_path_factory):
    return make_imported(make_module_server, tmp_path_factory)


@pytest.mark.parametrize('name, token', TOKENS, ids=['%s-%s' % (n, t['state'].replace(' ', '-')) for n, t in TOKENS])
def test_each_pat_is_exchanged_as_recorded(as_recorded, name, token):
    answer = as_recorded.refresh(token['token'])
    assert answer.status == token['refresh_status'], answer
    if answer.status == 200:
        assert jwt.claims(answer.json['access'])['user_id'] == str(sample.USERS[name]['id'])


@pytest.mark.parametrize('name', PEOPLE)
def test_each_legacy_key_is_answered_as_recorded(as_recorded, name):
    user = sample.USERS[name]
    answer = as_recorded.with_key(user['legacy_key']).whoami()
    assert answer.status == user['legacy_key_status'], answer
    if answer.status == 200:
        assert answer.json['id'] == user['id'] and answer.json['email'] == user['email']
        assert answer.json['active_organization'] == user['active_organization']
    if 'former_legacy_key' in user:
        assert as_recorded.with_key(user['former_legacy_key']).whoami().detail == 'Invalid token.'


def test_profiles_are_brought_over(imported):
    ann = imported.with_key(sample.USERS['ann']['legacy_key']).whoami().json
    assert (ann['first_name'], ann['last_name'], ann['phone'], ann['username']) == ('Ann', 'Bee', '+1 555 0100', 'ann')
    assert ann['initials'] == 'AB' and ann['date_joined'] == '2026-11-24T21:32:23.872660Z'
    assert ann['allow_newsletters'] is False
    assert ann['active_organization_meta'] == {'title': 'Label Studio', 'email': 'admin@example.com'}


@pytest.mark.parametrize('name', ['admin', 'ann', 'bob', 'fred', 'hugo', 'kim'])
def test_passwords_are_honoured_and_renewed(imported, name):
    user = sample.USERS[name]
    for _ in range(2):  # the second time, by the new hash
        assert imported.sign_in(user['email'], user['password']).whoami().json['id'] == user['id']
    assert imported.client().try_sign_in(user['email'], user['password'] + 'x').status == 200


def test_a_renewed_password_is_no_longer_a_django_hash(make_server, tmp_path, engine):
    if engine != 'sqlite':
        pytest.skip('reads the file')
    server = make_imported(make_server, tmp_path)
    hugo = sample.USERS['hugo']
    files = lambda: b''.join(path.read_bytes() for path in server.data.iterdir() if path.is_file())
    assert b'OldSaltOldSalt' in files()
    server.sign_in(hugo['email'], hugo['password'])
    database = sqlite3.connect('file:%s?mode=ro' % (server.data / 'latchkey.db'), uri=True)
    dump = '\n'.join(database.iterdump())
    database.close()
    assert 'OldSaltOldSalt' not in dump and '$argon2id$' in dump


def test_who_has_no_password_or_is_inactive_cannot_sign_in(imported):
    for email, password in (('gina@example.com', ''), ('gina@example.com', 'x'),
                            ('dora@example.com', sample.USERS['dora']['password'])):
        client = imported.client()
        answer = client.try_sign_in(email, password)
        assert answer.status == 200 and 'sessionid' not in client.http.cookies, (email, answer.status)


def test_the_invitation_still_works(imported):
    invitation = sample.SAMPLE['organizations'][0]['invite_token']
    assert imported.owner.invitation() == invitation
    assert imported.new_user('new').whoami().json['active_organization'] == 1


def test_new_users_get_new_ids(imported):
    assert imported.new_user('new').id > 11


def test_settings_of_each_organization_are_brought_over(imported):
    assert imported.owner.settings().json == {'api_tokens_enabled': True, 'legacy_api_tokens_enabled': True,
                                              'api_token_ttl_days': 73000}
    fred = imported.with_key(sample.USERS['fred']['legacy_key'])
    assert fred.settings().json == {'api_tokens_enabled': False, 'legacy_api_tokens_enabled': True,
                                    'api_token_ttl_days': 30}


def test_imported_tokens_are_listed_and_can_be_revoked_and_rotated(make_server, tmp_path):
    server = make_imported(make_server, tmp_path)
    ann, bob = (server.with_key(sample.USERS[name]['legacy_key']) for name in ('ann', 'bob'))
    pat = [t for t in sample.USERS['ann']['tokens'] if t['state'] == 'active'][0]['token']
    assert ann.list_pats() == [jwt.truncated(pat)]
    assert ann.post('/api/token/').status == 409, 'she has one'
    access = server.access(pat)
    assert ann.revoke(jwt.truncated(pat)).status == 204
    assert server.whoami(access).status == 401 and server.refresh(pat).status == 401
    old = [t for t in sample.USERS['bob']['tokens'] if t['state'] == 'active'][0]['token']
    new = bob.rotate(old).json['refresh']
    assert server.refresh(old).status == 200, 'both work for the grace time'
    assert server.refresh(new).status == 200
    assert bob.list_pats() == [jwt.truncated(new)]


def test_the_pat_of_a_deleted_user_is_dead(imported):
    assert imported.refresh(sample.SAMPLE['other_rows'][0]['token']).status == 401


def test_a_token_signed_by_label_studio_after_the_import_counts(imported):
    """Both sign with the same key: what the other one issues is as good as one of our own."""
    pat = jwt.sign(sample.SECRET_KEY, user_id=str(sample.USERS['ann']['id']))
    assert imported.whoami(imported.access(pat)).json['email'] == 'ann@example.com'


def test_the_import_says_what_it_did(make_server, engine):
    server = make_server(start=False, owner=False)
    done = sample.import_into(server, sample.DATABASE, '--json')
    assert done.returncode == 0, done
    report = json.dumps(json.loads(done.stdout))
    for number in ('10', '2'):  # users, organizations
        assert number in report, report
    assert sample.SECRET_KEY not in done.stdout + done.stderr
    for name in PEOPLE:
        assert sample.USERS[name]['legacy_key'] not in done.stdout + done.stderr


def test_importing_twice_changes_nothing(make_server):
    server = make_server(start=False, owner=False)
    for _ in range(3):
        done = sample.import_into(server, sample.DATABASE)
        assert done.returncode == 0, done
    server.start()
    for name, token in TOKENS:
        if sample.USERS[name]['active_organization'] == 1:
            assert server.refresh(token['token']).status == token['refresh_status'], (name, token['state'])
    admin = server.sign_in('admin@example.com', sample.USERS['admin']['password'])
    assert len(admin.get('/api/users/').json) == 9, 'eight of organization 1 and the removed one'


def test_what_was_changed_here_survives_a_second_import(make_server, tmp_path):
    """A token revoked here stays revoked, whatever the source still says."""
    server = make_imported(make_server, tmp_path)
    pat = [t for t in sample.USERS['ann']['tokens'] if t['state'] == 'active'][0]['token']
    assert server.with_key(sample.USERS['ann']['legacy_key']).revoke(pat).status == 204
    done = sample.import_into(server, sample.DATABASE)
    assert done.returncode == 0, done
    assert server.refresh(pat).detail == 'Token is blacklisted'


def test_what_label_studio_revoked_meanwhile_is_revoked_by_the_next_import(make_server, tmp_path):
    server = make_imported(make_server, tmp_path)
    active = [t for t in sample.USERS['ann']['tokens'] if t['state'] == 'active'][0]
    access = server.access(active['token'])
    later = sample.copy(tmp_path, "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id)"
                                  " VALUES ('2026-11-25 00:00:00', %d)" % active['outstanding_id'])
    assert sample.import_into(server, later).returncode == 0
    assert server.refresh(active['token']).status == 401
    assert server.whoami(access).status == 401, 'the running daemon knows with the next request'


def test_a_dry_run_says_what_it_would_do_and_does_nothing(make_server):
    server = make_server(start=False, owner=False)
    done = sample.import_into(server, sample.DATABASE, '--dry-run')
    assert done.returncode == 0, done
    assert '10' in done.stdout + done.stderr
    server.give_owner = True
    server.start()  # still an empty database: the first owner is made
    assert server.owner.whoami().json['email'] == server.owner_email
    assert len(server.owner.get('/api/users/').json) == 1


def test_the_source_is_only_read(make_server, tmp_path):
    source = sample.copy(tmp_path)
    before, names = source.read_bytes(), sorted(path.name for path in tmp_path.iterdir())
    source.chmod(0o400)
    server = make_server(start=False, owner=False)
    assert sample.import_into(server, source).returncode == 0
    assert source.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names, 'no journal beside it either'


def test_a_wrong_secret_key_is_noticed(make_server, tmp_path):
    """With it no imported token would ever verify. The tokens' signatures are not kept, so it can only be
    noticed against the key of an earlier import."""
    server = make_server(start=False, owner=False)
    assert sample.import_into(server, sample.DATABASE).returncode == 0
    other = tmp_path / 'other'
    other.write_text('another key')
    done = server.cli('import', 'label-studio', '--from', sample.DATABASE, '--secret-key-file', other)
    assert done.returncode == 1 and 'key' in done.stderr, done


@pytest.mark.parametrize('what', ['missing', 'no database', 'another database'])
def test_a_wrong_source_is_one_clear_line(make_server, tmp_path, what):
    source = tmp_path / 'source.sqlite3'
    if what == 'no database':
        source.write_text('this is no database, but long enough to look like a file of one\n' * 20)
    if what == 'another database':
        with sqlite3.connect(source) as database:
            database.execute('CREATE TABLE something (id integer)')
    server = make_server(start=False, owner=False)
    done = sample.import_into(server, source)
    assert done.returncode == 1, done
    assert len(done.stderr.strip().splitlines()) == 1 and str(source) in done.stderr, done
    assert what != 'missing' or not source.exists(), 'it is not made by looking at it'


def test_import_from_postgres(make_server):
    if not postgres.server_url():
        pytest.skip(postgres.WHY_NOT)
    source = sample.in_postgres()
    try:
        server = make_server('--strict', start=False, owner=False)
        done = sample.import_into(server, source)
        assert done.returncode == 0, done
        server.start()
        for name, token in TOKENS:
            assert server.refresh(token['token']).status == token['refresh_status'], (name, token['state'])
        for name in PEOPLE:
            user = sample.USERS[name]
            assert server.with_key(user['legacy_key']).whoami().status == user['legacy_key_status'], name
        kim = server.with_key(sample.USERS['kim']['legacy_key']).whoami().json
        assert kim['date_joined'] == '2026-11-24T21:32:25.444601Z'
    finally:
        postgres.drop_database(source)
