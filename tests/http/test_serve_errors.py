"""`latchkey serve` that cannot start: one line that says what and how to mend it, and nothing half-made."""
import os
import shutil
import socket
import sqlite3
import subprocess

import pytest

from support import postgres
from support.server import run


def serve(latchkey, *words, env=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith('LATCHKEY_')}
    return run(latchkey, 'serve', *words, env={**clean, **(env or {})}, timeout=20)


def assert_refused(result, status, *words):
    assert result.returncode == status, result
    assert len(result.stderr.strip().splitlines()) == 1, result
    for word in words:
        assert word in result.stderr, result


@pytest.fixture
def data(tmp_path):
    return tmp_path / 'data'


@pytest.mark.parametrize('words, named', [
    (['--no-such-option'], '--no-such-option'),
    (['--access-token-ttl', '0'], '--access-token-ttl'),
    (['--access-token-ttl', 'soon'], '--access-token-ttl'),
    (['--access-token-ttl'], '--access-token-ttl'),
    (['--legacy-tokens', 'perhaps'], '--legacy-tokens'),
    (['--log-level', 'loud'], '--log-level'),
    (['--listen', 'nonsense'], '--listen'),
    (['--listen', '127.0.0.1:99999'], '--listen'),
    (['--leeway', '-1'], '--leeway'),
    (['--strict=yes'], '--strict'),
    (['--trusted-proxies', '10.0.0.0/99'], '--trusted-proxies'),
    (['--tls-cert-file', '/nowhere'], '--tls-key-file'),
    (['--admin-email', 'no address', '--data', 'DATA'], '--admin-email'),
    (['surplus'], 'surplus'),
])
def test_a_wrong_option_is_named(latchkey, data, words, named):
    words = [str(data) if word == 'DATA' else word for word in words]
    assert_refused(serve(latchkey, *words, '--data', data), 2, named)
    assert not data.exists(), 'nothing half-made'


def test_a_wrong_variable_is_named(latchkey, data):
    result = serve(latchkey, '--data', data, env={'LATCHKEY_ACCESS_TOKEN_TTL': 'soon'})
    assert_refused(result, 2, 'LATCHKEY_ACCESS_TOKEN_TTL')


def test_an_unknown_variable_is_named(latchkey, data):
    """A mistyped one would otherwise leave the default in force unnoticed."""
    result = serve(latchkey, '--data', data, '--listen', '127.0.0.1:1', env={'LATCHKEY_LEGACY_TOKEN': 'on'})
    assert result.returncode != 0
    assert 'LATCHKEY_LEGACY_TOKEN' in result.stderr


def test_a_wrong_line_of_the_settings_file_is_named(latchkey, data, tmp_path):
    config = tmp_path / 'latchkey.conf'
    config.write_text('\naccess-token-ttl = 60\ncolour = red\n')
    assert_refused(serve(latchkey, '--config', config, '--data', data), 2, 'colour', '3')
    assert_refused(serve(latchkey, '--config', tmp_path / 'missing', '--data', data), 2, 'missing')


def test_a_busy_port_is_said(latchkey, data):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        address = '127.0.0.1:%d' % taken.getsockname()[1]
        assert_refused(serve(latchkey, '--listen', address, '--data', data), 1, address)


def test_a_data_folder_in_use_is_said(make_server, latchkey):
    server = make_server()
    result = serve(latchkey, '--listen', '127.0.0.1:0', *server.where())
    assert_refused(result, 1, str(server.data))
    assert server.owner.whoami().status == 200


def test_a_master_key_that_others_can_read_is_refused(make_server, latchkey):
    server = make_server()
    server.stop()
    key = server.data / 'master.key'
    key.chmod(0o644)
    assert_refused(serve(latchkey, '--listen', '127.0.0.1:0', *server.where()), 1, str(key), '600')


@pytest.mark.parametrize('content', [b'', b'short', b'x' * 31, b'x' * 4000])
def test_a_broken_master_key_is_refused(make_server, latchkey, content):
    server = make_server()
    server.stop()
    key = server.data / 'master.key'
    key.write_bytes(content)
    assert_refused(serve(latchkey, '--listen', '127.0.0.1:0', *server.where()), 1, str(key))


def test_another_master_key_is_refused(make_server, latchkey):
    """It would make every sealed secret unreadable."""
    one, other = make_server(), make_server()
    one.stop()
    other.stop()
    shutil.copyfile(other.data / 'master.key', one.data / 'master.key')
    result = serve(latchkey, '--listen', '127.0.0.1:0', *one.where())
    assert_refused(result, 1, 'master.key')


def test_a_lost_master_key_is_not_silently_replaced(make_server, latchkey):
    server = make_server()
    server.stop()
    (server.data / 'master.key').unlink()
    assert_refused(serve(latchkey, '--listen', '127.0.0.1:0', *server.where()), 1, 'master.key')
    assert not (server.data / 'master.key').exists()


def test_another_secret_key_than_the_sealed_one_is_refused(make_server, latchkey, tmp_path):
    key = tmp_path / 'key'
    key.write_text('first')
    key.chmod(0o600)
    server = make_server('--secret-key-file', str(key))
    server.stop()
    key.write_text('second')
    result = serve(latchkey, '--listen', '127.0.0.1:0', '--secret-key-file', key, *server.where())
    assert_refused(result, 1, 'SECRET_KEY')
    assert 'second' not in result.stderr and 'first' not in result.stderr
    key.write_text('first\n')  # one final newline is dropped
    server.start()


@pytest.mark.parametrize('option', ['--secret-key-file', '--admin-password-file', '--admin-legacy-token-file'])
def test_a_missing_file_is_named(latchkey, data, option):
    words = ['--admin-email', 'a@example.com'] if option.startswith('--admin') else []
    result = serve(latchkey, option, '/nowhere/file', '--data', data, '--listen', '127.0.0.1:0', *words)
    assert result.returncode in (1, 2), result
    assert len(result.stderr.strip().splitlines()) == 1 and '/nowhere/file' in result.stderr, result
    assert not (data / 'latchkey.db').exists(), 'nothing half-made'


def test_a_newer_database_is_refused_and_left_alone(make_server, latchkey, engine):
    server = make_server()
    server.stop()
    if engine == 'sqlite':
        with sqlite3.connect(server.data / 'latchkey.db') as database:
            database.execute(NEWER)
        database.close()
    else:
        postgres.psql(server.database, '-c', NEWER)
    result = serve(latchkey, '--listen', '127.0.0.1:0', *server.where())
    assert_refused(result, 1, 'newer')


NEWER = "INSERT INTO schema_migration (number, name, applied_at) VALUES (9999, 'from the future', 0)"


def test_a_broken_database_is_said(latchkey, data, engine):
    if engine != 'sqlite':
        pytest.skip('a file')
    data.mkdir(mode=0o700)
    (data / 'latchkey.db').write_bytes(b'this is no database, but it is long enough to be one\n' * 50)
    assert_refused(serve(latchkey, '--listen', '127.0.0.1:0', '--data', data), 1, 'latchkey.db')


def test_a_database_that_does_not_answer_is_said(latchkey, data):
    result = serve(latchkey, '--listen', '127.0.0.1:0', '--data', data,
                   '--database', 'postgresql://latchkey:hushhush@127.0.0.1:1/none?connect_timeout=2')
    assert_refused(result, 1, '127.0.0.1')
    assert 'hushhush' not in result.stderr


def test_a_read_only_folder_is_said(latchkey, tmp_path):
    """Root may write anywhere, so the folder stands on a file system that nobody may write."""
    folder = tmp_path / 'ro'
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o500)
    elif subprocess.run(['mount', '-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', str(folder)],
                        capture_output=True).returncode:
        pytest.skip('root, and may not mount')
    try:
        assert_refused(serve(latchkey, '--listen', '127.0.0.1:0', '--data', folder / 'data'), 1, str(folder))
    finally:
        if os.geteuid() == 0:
            subprocess.run(['umount', str(folder)], check=True)


def test_a_full_disk_is_said(latchkey, tmp_path):
    folder = tmp_path / 'full'
    folder.mkdir()
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', str(folder)], capture_output=True).returncode:
        pytest.skip('may not mount')
    try:
        assert_refused(serve(latchkey, '--listen', '127.0.0.1:0', '--data', folder), 1, str(folder))
    finally:
        subprocess.run(['umount', str(folder)], check=True)


def test_help_and_version_need_nothing(latchkey):
    for words in (['--help'], ['serve', '--help'], ['version'], ['help']):
        result = run(latchkey, *words)
        assert result.returncode == 0 and result.stdout and not result.stderr, (words, result)
