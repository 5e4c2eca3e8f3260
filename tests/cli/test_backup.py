"""Backups: what was there is there again, from each engine to each."""
import os
import shutil
import sqlite3
import stat
import threading

import pytest

from support import postgres
from support.server import Server

KEY_NAME = 'master.key'


@pytest.fixture
def lived_in(make_server):
    """A server with one credential of each kind, and a revoked one."""
    server = make_server()
    user = server.new_user('ann')
    server.pat = user.create_pat()
    server.gone = server.owner.create_pat()
    server.owner.revoke(server.gone)
    server.set_settings(legacy_api_tokens_enabled=True)
    server.legacy = user.legacy_key()
    answer = user.post('/api/v1/tokens', json={'name': 'clé', 'kind': 'api_key'})
    assert answer.status == 201, answer
    server.api_key = answer.json['token']
    server.email = user.email
    return server


@pytest.fixture(params=['sqlite', 'postgres'])
def empty(request, latchkey, tmp_path):
    """A server that was never started, over each engine."""
    url = None
    if request.param == 'postgres':
        if not postgres.server_url():
            pytest.skip(postgres.WHY_NOT)
        url = postgres.create_database()
    server = Server(latchkey, tmp_path, url)
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill9()
    if url:
        postgres.drop_database(url)


def test_everything_is_there_again(lived_in, empty, tmp_path):
    file = tmp_path / 'monday.db'
    result = lived_in.cli('backup', str(file))  # while the daemon runs
    assert result.returncode == 0 and 'master.key' in result.stdout, result
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ['monday.db']
    empty.data.mkdir()
    shutil.copy(lived_in.data / KEY_NAME, empty.data / KEY_NAME)
    result = empty.cli('restore', str(file))
    assert result.returncode == 0, result
    assert not [name for name in os.listdir(empty.data) if name.endswith('.part')]
    empty.start()
    assert empty.whoami(empty.access(lived_in.pat)).json['email'] == lived_in.email
    assert empty.with_key(lived_in.legacy).whoami().json['email'] == lived_in.email
    assert empty.with_key(lived_in.api_key).whoami().json['email'] == lived_in.email
    assert empty.refresh(lived_in.gone).status == 401
    assert empty.new_user().create_pat()  # numbers go on where they were


def test_the_key_goes_along_when_asked(lived_in, empty, tmp_path):
    file = tmp_path / 'whole.db'
    assert lived_in.cli_json('backup', str(file), '--with-master-key')['has_master_key'] is True
    assert empty.cli('restore', str(file)).returncode == 0
    assert (empty.data / KEY_NAME).read_bytes() == (lived_in.data / KEY_NAME).read_bytes()
    assert stat.S_IMODE((empty.data / KEY_NAME).stat().st_mode) == 0o600
    empty.start()
    assert empty.whoami(empty.access(lived_in.pat)).status == 200


def test_a_backup_holds_no_key_unless_asked(lived_in, tmp_path):
    file = tmp_path / 'b.db'
    assert lived_in.cli('backup', str(file)).returncode == 0
    bytes_of = file.read_bytes()
    assert (lived_in.data / KEY_NAME).read_bytes() not in bytes_of
    assert lived_in.legacy.encode() not in bytes_of and lived_in.api_key.encode() not in bytes_of


def refused(result, *words):
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1, result
    for word in words:
        assert word in result.stderr, result


def test_what_is_there_is_never_overwritten(lived_in, empty, tmp_path):
    file = tmp_path / 'b.db'
    file.write_text('precious')
    refused(lived_in.cli('backup', str(file)), 'already a file')
    assert file.read_text() == 'precious'
    file.unlink()
    assert lived_in.cli('backup', str(file), '--with-master-key').returncode == 0
    empty.start()
    empty.stop()
    refused(empty.cli('restore', str(file)))
    assert empty.start().owner.whoami().status == 200  # what was there is there


def test_without_the_key_it_says_what_to_do(lived_in, empty, tmp_path):
    file = tmp_path / 'b.db'
    assert lived_in.cli('backup', str(file)).returncode == 0
    refused(empty.cli('restore', str(file)), "copy the old server's master.key")
    (empty.data / KEY_NAME).write_bytes(bytes(32))
    (empty.data / KEY_NAME).chmod(0o600)
    refused(empty.cli('restore', str(file)), 'is not the master key')
    assert os.listdir(empty.data) == [KEY_NAME]


@pytest.mark.parametrize('damage', ['not-a-database', 'not-a-backup', 'torn'])
def test_what_is_no_backup_is_refused(lived_in, empty, tmp_path, damage):
    file = tmp_path / 'b.db'
    if damage == 'not-a-database':
        file.write_bytes(b'hello' * 1000)
    elif damage == 'not-a-backup':
        sqlite3.connect(file).execute('CREATE TABLE t (x)')
    else:
        assert lived_in.cli('backup', str(file), '--with-master-key').returncode == 0
        whole = file.read_bytes()
        half = bytearray(whole)
        for at in range(len(whole) // 2, len(whole) - 4096):
            half[at] ^= 0x5a
        file.write_bytes(half)
    result = empty.cli('restore', str(file))
    assert result.returncode == 1 and result.stderr, result
    assert not (empty.data / 'latchkey.db').exists()


def test_writers_go_on_meanwhile(lived_in, tmp_path):
    client, made, stop = lived_in.owner, [], threading.Event()

    def write():
        while not stop.is_set():
            answer = client.post('/api/v1/tokens', json={'name': 'n%d' % len(made)})
            assert answer.status == 201, answer
            made.append(answer.json['id'])

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(5):
        before = list(made)
        file = tmp_path / ('%d.db' % number)
        assert lived_in.cli('backup', str(file)).returncode == 0
        ids = {row[0] for row in sqlite3.connect(file).execute('SELECT id FROM tokens')}
        assert set(before) <= ids
    stop.set()
    writer.join()
