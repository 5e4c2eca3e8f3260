"""The disk fills up while the daemon runs: 507 for writes, reads go on, and writing works again with room."""
import subprocess

import pytest

from support.server import Server


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / 'disk'
    folder.mkdir()
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', str(folder)],
                      capture_output=True).returncode:
        pytest.skip('may not mount a small file system')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


def fill(path):
    with open(path, 'wb', buffering=0) as file:
        try:
            while True:
                file.write(b'\0' * 4096)
        except OSError:
            pass


def test_a_full_disk_stops_writes_only(latchkey, small_disk):
    server = Server(latchkey, small_disk, options=['--legacy-tokens', 'on']).start()
    try:
        ann = server.new_user('ann')
        caller = server.with_key(ann.legacy_key())
        token = caller.create_token('before').json
        access = server.access(token['token'])
        other = server.with_key(server.owner.legacy_key())  # asking for one makes it, which takes room
        fill(small_disk / 'filler')

        refused = None
        for number in range(3000):  # what is allocated already may still be written
            refused = caller.create_token('t%d' % number)
            if refused.status != 201:
                break
        assert refused.status == 507, refused
        assert refused.headers['Content-Type'] == 'application/problem+json'
        answer = other.post('/api/token/')
        assert answer.status == 507 and answer.json['status_code'] == 507, answer

        assert server.whoami(access).status == 200
        assert server.refresh(token['token']).status == 200
        assert caller.get('/api/v1/tokens').status == 200
        assert caller.whoami().status == 200
        assert server.client().get('/healthz').status == 200

        (small_disk / 'filler').unlink()
        again = caller.create_token('afterwards')
        assert again.status == 201, again
        assert server.refresh(again.json['token']).status == 200
        assert caller.delete('/api/v1/tokens/' + token['id']).status == 204
        assert server.whoami(access).status == 401

        server.restart()
        assert server.refresh(again.json['token']).status == 200
        assert server.refresh(token['token']).status == 401
    finally:
        if server.process.poll() is None:
            server.kill9()
