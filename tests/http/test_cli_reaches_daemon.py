"""What the command line changes counts for a running daemon from the next request on."""
import pytest

from support import jwt
from support.server import run


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def done(result):
    assert result.returncode == 0, result
    return result


def test_a_token_revoked_by_command_is_dead_with_the_next_request(server, ann):
    pat = ann.create_pat()
    access = server.access(pat)
    for _ in range(3):
        assert server.whoami(access).status == 200
    done(server.cli('token', 'revoke', jwt.claims(pat)['jti']))
    assert server.whoami(access).status == 401
    assert server.refresh(pat).detail == 'Token is blacklisted'


def test_a_token_created_by_command_works_at_once(server, ann):
    result = done(server.cli('token', 'create', '--user', ann.email, '--name', 'ci'))
    pat = result.stdout.strip()
    assert pat.count('.') == 2 and '\n' not in pat, 'the secret alone, on standard output'
    assert pat not in result.stderr
    assert server.whoami(server.access(pat)).json['email'] == ann.email


def test_tokens_are_listed_by_command_as_by_the_api(server, ann):
    made = ann.create_token('laptop').json
    del made['token']
    listed = server.cli_json('token', 'list', '--user', ann.email)
    items = listed['items'] if isinstance(listed, dict) else listed
    assert [item['id'] for item in items] == [made['id']]
    assert items[0]['name'] == 'laptop'
    shown = server.cli_json('token', 'show', made['id'])
    assert shown['id'] == made['id'] and 'token' not in shown


def test_a_user_deactivated_by_command_is_out_and_back_when_activated(server, ann):
    pat = ann.create_pat()
    access = server.access(pat)
    assert server.whoami(access).status == 200 and ann.whoami().status == 200
    done(server.cli('user', 'deactivate', ann.email))
    assert server.whoami(access).status == 401
    assert ann.whoami().status == 401
    assert server.refresh(pat).detail == 'No active account found for the given token.'
    assert server.client().try_sign_in(ann.email, ann.password).status == 200
    done(server.cli('user', 'activate', ann.email))
    assert server.whoami(access).status == 200
    assert server.refresh(pat).status == 200


def test_settings_changed_by_command_count_at_once(server, ann):
    caller = server.with_key(ann.legacy_key())
    assert caller.whoami().status == 401
    try:
        done(server.cli('org', 'settings', '--legacy-tokens', 'on'))
        assert caller.whoami().status == 200
        done(server.cli('org', 'settings', '--legacy-tokens', 'off'))
        assert caller.whoami().status == 401
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


def test_a_password_set_by_command_replaces_the_old_one(server, ann, tmp_path):
    password = tmp_path / 'password'
    password.write_text('An0therPass!\n')
    password.chmod(0o600)
    done(server.cli('user', 'set-password', ann.email, '--password-file', password))
    assert server.client().try_sign_in(ann.email, ann.password).status == 200
    assert server.client().try_sign_in(ann.email, 'An0therPass!').status == 302


def test_a_user_added_by_command_can_sign_in(server, tmp_path):
    password = tmp_path / 'password'
    password.write_text('Memb3rPass!')
    password.chmod(0o600)
    done(server.cli('user', 'add', 'Zoe@Example.com', '--password-file', password))
    assert server.sign_in('zoe@example.com', 'Memb3rPass!').whoami().json['active_organization'] == 1
    assert server.cli('user', 'add', 'zoe@example.com', '--password-file', password).returncode == 1, 'twice'


def test_the_commands_work_without_a_daemon(make_server):
    server = make_server()
    ann = server.new_user('ann')
    pat = ann.create_pat()
    access = server.access(pat)
    server.stop()
    done(server.cli('token', 'revoke', jwt.claims(pat)['jti']))
    server.start()
    assert server.refresh(pat).status == 401
    assert server.whoami(access).status == 401


def test_what_is_not_there_is_said_and_is_a_failure(server):
    for words in (('token', 'revoke', 'f' * 32), ('user', 'deactivate', 'nobody@example.com'),
                  ('token', 'list', '--user', 'nobody@example.com'), ('org', 'settings', '--organization', '99')):
        result = server.cli(*words)
        assert result.returncode == 1, (words, result)
        assert len(result.stderr.strip().splitlines()) == 1, (words, result)
        assert words[2] in result.stderr or words[-1] in result.stderr, (words, result)


def test_a_wrong_use_is_exit_status_2(server):
    for words in (('token', 'revoke'), ('token', 'dance'), ('user', 'add'), ('token', 'list', '--no-such-option'), ('dance',)):
        assert server.cli(*words).returncode == 2, words


def test_inspect_needs_no_network_and_no_database(latchkey, ann):
    pat = ann.create_pat()
    result = run(latchkey, 'inspect', pat)
    assert result.returncode == 0, result
    assert jwt.claims(pat)['jti'] in result.stdout
    assert pat.split('.')[2] not in result.stdout, 'not even a signature is repeated'


def test_doctor_is_content_with_a_healthy_installation(server):
    result = server.cli('doctor')
    assert result.returncode == 0, result
