"""The commands on a database, without a daemon; what a running one sees is in http/test_cli_reaches_daemon.py."""
import json
import os
import pty
import stat
import subprocess
import time

import pytest

from support import jwt
from support.server import run

ANN = 'ann@example.com'


@pytest.fixture(scope='module')
def desk(make_module_server):
    """A database that a daemon made once; nobody serves it now."""
    server = make_module_server()
    server.stop()
    return server


def done(result):
    assert result.returncode == 0 and not result.stderr, result
    return result.stdout


def refused(result, *words):
    assert result.returncode == 1 and not result.stdout, result
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith('latchkey: '), result
    for word in words:
        assert word in result.stderr, result


@pytest.fixture
def person(desk):
    """A member of his own for each test."""
    email = 'p%d@example.com' % time.monotonic_ns()
    return desk.cli_json('user', 'add', email, '--no-password', '--first-name', 'Pat', '--last-name', 'Ray')


# -- users ---------------------------------------------------------------------------------------


def test_a_user_is_added_listed_and_shown(desk):
    assert 'added user' in done(desk.cli('user', 'add', ANN, '--password-file', '-', '--role', 'administrator',
                                         input='S3cretPass!\n'))
    shown = desk.cli_json('user', 'show', ANN)
    assert shown['email'] == ANN and shown['username'] == 'ann' and shown['is_active'] is True
    assert shown == desk.cli_json('user', 'show', str(shown['id']))
    assert shown in desk.cli_json('user', 'list')['items']
    assert ANN in done(desk.cli('user', 'list'))
    roles = {member['email']: member['role'] for member in desk.cli_json('org', 'members')['items']}
    assert roles[ANN] == 'administrator' and roles[desk.owner_email] == 'owner'


@pytest.mark.parametrize('password', ['short', '', 'x' * 129])
def test_a_password_of_a_wrong_length_is_refused(desk, password):
    refused(desk.cli('user', 'add', 'new@example.com', '--password-file', '-', input=password + '\n'))
    refused(desk.cli('user', 'show', 'new@example.com'), 'new@example.com')


def test_a_user_cannot_be_added_twice(desk, person):
    refused(desk.cli('user', 'add', person['email'].upper(), '--no-password'), 'already')


def test_a_password_is_asked_for_on_a_terminal_without_echo(desk, latchkey, person):
    words = [str(latchkey), 'user', 'set-password', person['email'], *desk.where()]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(words[0], words, desk.environment())
    shown, answers = b'', [b'Password: ', b'same again: ']
    try:
        while True:
            try:
                piece = os.read(terminal, 1024)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
            if answers and answers[0] in shown:
                answers.pop(0)
                os.write(terminal, b'Typ3dPass!\n')
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert not answers and b'Typ3dPass!' not in shown and b'set the password' in shown


def test_without_a_terminal_and_a_file_no_password_is_guessed(desk, person, latchkey):
    words = [str(latchkey), 'user', 'set-password', person['email'], *desk.where()]
    result = subprocess.run(words, env=desk.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            start_new_session=True)
    refused(result, '--password-file')


def test_the_last_owner_stays(desk):
    refused(desk.cli('user', 'deactivate', desk.owner_email), 'last owner')
    refused(desk.cli('org', 'set-role', desk.owner_email, 'member'), 'last owner')


def test_users_are_deactivated_and_activated(desk, person):
    assert desk.cli_json('user', 'deactivate', person['email'])['is_active'] is False
    assert desk.cli_json('user', 'show', person['email'])['is_active'] is False
    assert desk.cli_json('user', 'activate', str(person['id']))['is_active'] is True


# -- organizations -------------------------------------------------------------------------------


def test_roles_are_set(desk, person):
    done(desk.cli('org', 'set-role', person['email'], 'administrator'))
    roles = {member['user_id']: member['role'] for member in desk.cli_json('org', 'members')['items']}
    assert roles[person['id']] == 'administrator'


def test_settings_are_shown_and_changed(desk):
    before = desk.cli_json('org', 'settings')
    assert set(before) == {'api_tokens_enabled', 'legacy_api_tokens_enabled', 'api_keys_enabled',
                           'direct_pat_enabled', 'api_token_ttl_days', 'max_tokens_per_user', 'require_expiry',
                           'allowed_ips'}
    try:
        changed = desk.cli_json('org', 'settings', '--legacy-tokens', 'on', '--direct-pat', 'off',
                                '--api-token-ttl-days', '90', '--max-tokens-per-user', '5')
        assert changed == {**before, 'legacy_api_tokens_enabled': True, 'direct_pat_enabled': False,
                           'api_token_ttl_days': 90, 'max_tokens_per_user': 5}
        assert desk.cli_json('org', 'settings') == changed
        assert 'legacy-tokens           on' in done(desk.cli('org', 'settings'))
    finally:
        assert desk.cli_json('org', 'settings', '--legacy-tokens', 'off', '--direct-pat', 'on',
                             '--api-token-ttl-days', str(before['api_token_ttl_days']),
                             '--max-tokens-per-user', '0') == before
    assert desk.cli('org', 'settings', '--api-token-ttl-days', '0').returncode == 2


def test_with_several_organizations_one_must_be_named(make_server):
    desk = make_server()
    desk.stop()
    other = desk.cli_json('org', 'add', 'Second')
    assert [item['title'] for item in desk.cli_json('org', 'list')['items']][-1] == 'Second'
    result = desk.cli('org', 'members')
    assert result.returncode == 2 and '--organization' in result.stderr
    assert desk.cli_json('org', 'members', '--organization', str(other['id']))['items'] == []
    added = desk.cli_json('user', 'add', 'zoe@example.com', '--no-password', '--organization', str(other['id']),
                          '--role', 'owner')
    assert added['organization_id'] == other['id']
    result = desk.cli('doctor')
    assert result.returncode == 0, result


# -- tokens --------------------------------------------------------------------------------------


def test_a_token_from_birth_to_its_end(desk, person):
    made = desk.cli_json('token', 'create', '--user', person['email'], '--name', 'ci', '--ttl-days', '3')
    claims = jwt.claims(made['token'])
    assert claims['jti'] == made['id'] and claims['exp'] - claims['iat'] == 3 * 86400
    listed = desk.cli_json('token', 'list', '--user', str(person['id']))['items']
    assert [item['id'] for item in listed] == [made['id']]
    assert not any('token' in item for item in listed)
    refused(desk.cli('token', 'create', '--user', person['email'], '--name', 'ci'), 'ci')

    successor = desk.cli_json('token', 'rotate', made['id'])
    assert successor['name'] == 'ci' and successor['id'] != made['id'] and 'token' in successor
    again = desk.cli_json('token', 'rotate', made['id'])  # within the grace: the same one
    assert (again['id'], again['token']) == (successor['id'], successor['token'])

    ended = desk.cli_json('token', 'revoke', successor['id'])
    assert ended['revoked_at'] and 'token' not in ended
    refused(desk.cli('token', 'revoke', successor['id']), 'revoked')
    assert desk.cli_json('token', 'list', '--user', person['email'])['items'] == []
    both = desk.cli_json('token', 'list', '--user', person['email'], '--all')['items']
    assert [item['id'] for item in both] == [made['id'], successor['id']]
    assert 'revoked' in done(desk.cli('token', 'show', made['id']))
    refused(desk.cli('token', 'rotate', made['id']), 'revoked')


def test_a_rotation_without_grace_ends_the_token(desk, person):
    made = desk.cli_json('token', 'create', '--user', person['email'], '--name', 'once')
    desk.cli_json('token', 'rotate', made['id'], '--grace', '0')
    assert desk.cli_json('token', 'show', made['id'])['state'] == 'revoked'
    refused(desk.cli('token', 'rotate', made['id']), 'revoked')


def test_a_secret_goes_to_standard_output_alone(desk, person):
    result = desk.cli('token', 'create', '--user', person['email'])
    assert result.stdout.count('\n') == 1 and result.stdout.count('.') == 2 and result.stderr == ''


def test_the_limits_of_the_organization_hold(desk, person):
    before = desk.cli_json('org', 'settings')
    try:
        done(desk.cli('org', 'settings', '--max-tokens-per-user', '1', '--api-token-ttl-days', '10'))
        assert desk.cli('token', 'create', '--user', person['email'], '--ttl-days', '11').returncode == 1
        made = desk.cli_json('token', 'create', '--user', person['email'])
        claims = jwt.claims(made['token'])
        assert claims['exp'] - claims['iat'] == 10 * 86400
        refused(desk.cli('token', 'create', '--user', person['email'], '--name', 'second'), 'limit')
    finally:
        done(desk.cli('org', 'settings', '--max-tokens-per-user', '0', '--api-token-ttl-days',
                      str(before['api_token_ttl_days'])))


def test_a_kind_that_is_off_is_not_made(desk, person):
    done(desk.cli('org', 'settings', '--personal-access-tokens', 'off'))
    try:
        refused(desk.cli('token', 'create', '--user', person['email']), 'org settings')
    finally:
        done(desk.cli('org', 'settings', '--personal-access-tokens', 'on'))


# -- inspect -------------------------------------------------------------------------------------

PAT = jwt.sign_claims('any key', {'token_type': 'refresh', 'exp': 8102752735, 'iat': 1795552735,
                           'jti': '11b6f7d5cefd4fadbb21237a285f5c56', 'user_id': '1'})


def test_inspect_reads_standard_input(latchkey):
    for words in (['inspect'], ['inspect', '-']):
        shown = json.loads(run(latchkey, *words, '--json', input='  %s\n' % PAT).stdout)
        assert shown['kind'] == 'pat' and shown['id'] == '11b6f7d5cefd4fadbb21237a285f5c56'
        assert shown['user_id'] == 1 and shown['is_expired'] is False and shown['signature_checked'] is False
        assert shown['issued_at'] == '2026-11-24T20:38:55Z' and shown['claims']['exp'] == 8102752735


def test_inspect_says_when_a_token_has_expired(latchkey):
    old = jwt.sign_claims('k', {'token_type': 'access', 'exp': 1700000000, 'iat': 1699999700, 'jti': 'a' * 32,
                         'user_id': '7'})
    text = run(latchkey, 'inspect', old).stdout
    assert 'expired        2023-11-14T22:13:20Z' in text and 'ago' in text and 'access token' in text


@pytest.mark.parametrize('token', ['', 'x', 'a.b.c', 'lk_' + 'a' * 46, '\x00', 'é' * 50,
                                   '.'.join([PAT.split('.')[0], 'bm90IGpzb24', 'x'])])
def test_inspect_refuses_what_is_no_token(latchkey, token):
    refused(run(latchkey, 'inspect', input=token))


# -- doctor --------------------------------------------------------------------------------------


def states(desk, *words):
    result = desk.cli('doctor', '--json', *words)
    report = json.loads(result.stdout)
    assert (report['state'] == 'problem') == (result.returncode == 1), result
    assert all(item['remedy'] for item in report['items'] if item['state'] != 'ok'), report
    worst = {}
    for item in report['items']:
        if worst.get(item['subject'], 'ok') == 'ok':
            worst[item['subject']] = item['state']
    return worst


def test_doctor_finds_nothing_wrong_and_changes_nothing(desk, engine):
    before = {path.name: (path.stat().st_mode, path.stat().st_size) for path in desk.data.iterdir()}
    found = states(desk)
    if engine == 'postgres':  # nobody follows the other nodes' changes once the daemon has stopped
        assert found.pop('generation page') in ('ok', 'warning')
    assert set(found.values()) == {'ok'}, found
    assert {'data folder', 'master key', 'database', 'schema', 'disk space', 'clock'} <= set(found)
    assert {path.name: (path.stat().st_mode, path.stat().st_size) for path in desk.data.iterdir()} == before


def test_doctor_sees_what_is_open_to_others(desk):
    desk.data.chmod(0o777)
    try:
        assert states(desk)['data folder'] == 'problem'
    finally:
        desk.data.chmod(0o700)
    key = desk.data / 'master.key'
    mode = stat.S_IMODE(key.stat().st_mode)
    key.chmod(0o644)
    try:
        assert states(desk)['master key'] == 'problem'
    finally:
        key.chmod(mode)


def test_doctor_sees_another_master_key(desk):
    key = desk.data / 'master.key'
    kept = key.read_bytes()
    key.write_bytes(bytes(reversed(kept)))
    try:
        assert states(desk)['signing keys'] == 'problem'
    finally:
        key.write_bytes(kept)


def test_doctor_warns_when_every_kind_is_off(desk):
    kinds = ['--personal-access-tokens', 'off', '--legacy-tokens', 'off']
    done(desk.cli('org', 'settings', *kinds))
    try:
        assert states(desk)['organizations'] == 'ok', 'API keys count'
        done(desk.cli('org', 'settings', '--api-keys', 'off'))
        assert states(desk)['organizations'] == 'warning'
    finally:
        done(desk.cli('org', 'settings', '--personal-access-tokens', 'on', '--api-keys', 'on'))


def test_doctor_compares_the_secret_key(make_server, tmp_path):
    key = tmp_path / 'key'
    key.write_text('the key of label studio\n')
    key.chmod(0o600)
    server = make_server('--secret-key-file', str(key))
    server.stop()
    assert states(server, '--secret-key-file', str(key))['secret key file'] == 'ok'
    key.write_text('another key\n')
    assert states(server, '--secret-key-file', str(key))['secret key file'] == 'problem'


def test_doctor_sees_a_broken_database(make_server, engine):
    if engine != 'sqlite':
        pytest.skip('a file')
    server = make_server()
    server.stop()
    file = server.data / 'latchkey.db'
    for leftover in server.data.glob('latchkey.db-*'):
        leftover.unlink()
    file.write_bytes(b'not a database at all, not even nearly' * 200)
    assert states(server)['database'] == 'problem'


def test_commands_say_what_is_missing(desk, latchkey, tmp_path):
    for words in (['user', 'list'], ['token', 'show', 'x'], ['org', 'list']):
        refused(run(latchkey, *words, '--data', tmp_path / 'none'), str(tmp_path / 'none'))
    assert not (tmp_path / 'none').exists()


def test_the_variables_of_the_daemon_say_where_the_data_is(desk, latchkey, engine):
    env = {**desk.environment(), 'LATCHKEY_DATA': str(desk.data), 'LATCHKEY_NAME': 'stray'}
    if desk.database:
        env['LATCHKEY_DATABASE'] = desk.database
    result = run(latchkey, 'org', 'list', '--json', env=env)
    assert len(json.loads(done(result))['items']) == 1


def test_tables_are_not_cut_without_a_terminal(desk):
    long_name = 'n' * 200
    desk.cli('user', 'add', 'long@example.com', '--no-password', '--first-name', long_name)
    assert long_name in done(desk.cli('user', 'list'))
