"""Everything that a container's first start needs, by options and by LATCHKEY_*."""
import re

import pytest

from support import jwt

KEY = '0123456789abcdef0123456789abcdef01234567'


def secret(folder, name, text):
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def test_the_first_owner_and_its_legacy_token_come_from_files(make_server, tmp_path):
    server = make_server('--legacy-tokens', 'on', '--admin-legacy-token-file', secret(tmp_path, 'key', KEY + '\n'))
    assert server.with_key(KEY).whoami().json['email'] == server.owner_email
    assert server.owner.legacy_key() == KEY
    assert server.owner_password not in server.log and KEY not in server.log


def test_the_same_by_variables(make_server, tmp_path):
    server = make_server(owner=False, env={
        'LATCHKEY_ADMIN_EMAIL': 'boss@example.com',
        'LATCHKEY_ADMIN_PASSWORD_FILE': secret(tmp_path, 'password', 'B0ssPass!!'),
        'LATCHKEY_ADMIN_LEGACY_TOKEN_FILE': secret(tmp_path, 'key', KEY),
        'LATCHKEY_LEGACY_TOKENS': 'on',
        'LATCHKEY_PERSONAL_ACCESS_TOKENS': 'off',
    })
    boss = server.sign_in('boss@example.com', 'B0ssPass!!')
    settings = boss.settings().json
    assert (settings['api_tokens_enabled'], settings['legacy_api_tokens_enabled']) == (False, True)
    assert server.with_key(KEY).whoami().json['email'] == 'boss@example.com'


@pytest.mark.parametrize('key', ['abcdef', 'My-Own_Key.1', 'k' * 40])
def test_an_operators_own_key_may_be_6_to_40_characters(make_server, tmp_path, key):
    server = make_server('--legacy-tokens', 'on', '--admin-legacy-token-file', secret(tmp_path, 'key', key))
    assert server.with_key(key).whoami().status == 200
    assert server.with_key(key[:-1]).whoami().status == 401
    assert server.with_key(key.swapcase()).whoami().status == 401


@pytest.mark.parametrize('key', ['', 'abcde', 'k' * 41, 'with space', 'mit-ü'])
def test_a_key_that_could_never_be_sent_does_not_start(make_server, tmp_path, key):
    server = make_server('--admin-legacy-token-file', secret(tmp_path, 'key', key), start=False)
    with pytest.raises(AssertionError):
        server.start()
    assert server.process.returncode in (1, 2)
    if key:
        assert key not in server.log


def test_the_first_owner_is_made_on_an_empty_database_only(make_server, tmp_path):
    server = make_server()
    server.stop()
    server.options = ['--admin-legacy-token-file', secret(tmp_path, 'key', KEY), '--legacy-tokens', 'on']
    right = server.owner_password
    server.owner_password = 'An0therPass!'
    server.start()
    assert server.client().try_sign_in(server.owner_email, 'An0therPass!').status == 200, 'not changed'
    server.owner_password = right
    server.restart()
    assert server.owner.legacy_key() != KEY


def test_on_and_off_are_applied_at_every_start_and_keep_leaves_things_alone(make_server):
    server = make_server('--legacy-tokens', 'on')

    def settings():
        return server.sign_in(server.owner_email, server.owner_password).settings().json['legacy_api_tokens_enabled']

    assert settings() is True
    server.set_settings(legacy_api_tokens_enabled=False)
    server.restart()
    assert settings() is True, 'on, at every start'
    server.options = ['--legacy-tokens', 'keep']
    server.restart()
    assert settings() is True
    server.options = ['--legacy-tokens', 'off']
    server.restart()
    assert settings() is False
    server.options = []
    server.restart()
    assert settings() is False, 'keep is the default'


def test_an_option_counts_more_than_a_variable_and_that_more_than_the_file(make_server, tmp_path):
    config = tmp_path / 'latchkey.conf'
    config.write_text('# a comment\nlegacy-tokens = on\naccess-token-ttl = 100\n')
    server = make_server('--config', str(config), '--legacy-tokens', 'off', env={'LATCHKEY_ACCESS_TOKEN_TTL': '50'})
    assert server.owner.settings().json['legacy_api_tokens_enabled'] is False
    claims = jwt.claims(server.access(server.owner.create_pat()))
    assert claims['exp'] - claims['iat'] == 50


def test_without_a_password_one_is_made_and_shown_once(make_server):
    server = make_server('--admin-email', 'boss@example.com', owner=False)
    found = re.search(r'[Pp]assword\S*[:=]?\s+(\S+)', server.log)
    assert found, server.log
    password = found.group(1)
    assert server.sign_in('boss@example.com', password).whoami().json['email'] == 'boss@example.com'
    server.restart()
    assert password not in server.log


def test_without_anything_the_address_the_owner_and_a_first_line_are_shown(make_server):
    server = make_server(owner=False)
    assert server.base_url in server.log
    assert '@' in server.log and 'curl ' in server.log
    server.restart()
    assert server.base_url in server.log


def test_sigterm_ends_it_with_0_and_lets_it_finish(make_server):
    server = make_server()
    pat = server.new_user('ann').create_pat()
    assert server.stop() == 0, server.log
    server.start()
    assert server.refresh(pat).status == 200


def test_the_data_folder_is_for_its_owner_alone(make_server):
    server = make_server()
    assert (server.data / 'master.key').stat().st_mode & 0o777 == 0o600
    for path in server.data.iterdir():
        if path.name not in ('generations', 'usage'):  # nginx's workers read the one and write to the other
            assert path.stat().st_mode & 0o077 == 0, path
