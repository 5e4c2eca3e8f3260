"""Two daemons on one PostgreSQL, as on two hosts: each with its own data folder and its own page."""
import shutil
import time

import pytest

from support.server import Server


@pytest.fixture
def nodes(engine, make_database, latchkey, tmp_path_factory):
    if engine == 'sqlite':
        pytest.skip('an SQLite file belongs to one host')
    database = make_database()
    first = Server(latchkey, tmp_path_factory.mktemp('first'), database).start()
    folder = tmp_path_factory.mktemp('second')
    (folder / 'data').mkdir(mode=0o700)
    shutil.copy(first.data / 'master.key', folder / 'data')  # the hosts share the key
    second = Server(latchkey, folder, database).start()
    yield first, second
    for node in (first, second):
        node.kill9()


def status_changes(ask, wanted, seconds):
    """Seconds until `ask()` gives `wanted`."""
    begun = time.monotonic()
    while ask() != wanted:
        assert time.monotonic() - begun < seconds, 'not within %s s' % seconds
    return time.monotonic() - begun


def test_what_one_node_revokes_the_other_refuses(nodes):
    first, second = nodes
    alice = first.new_user('alice')
    pat = alice.create_pat()
    access = second.access(pat)
    assert second.whoami(access).status == 200
    assert second.whoami(access).status == 200  # from memory
    assert alice.revoke(pat).status == 204
    status_changes(lambda: second.whoami(access).status, 401, 3)
    assert second.refresh(pat).status == 401


def test_a_kind_switched_off_at_one_node_is_off_at_the_other(nodes):
    first, second = nodes
    access = second.access(first.new_user('bob').create_pat())
    assert second.whoami(access).status == 200
    first.set_settings(api_tokens_enabled=False)
    status_changes(lambda: second.whoami(access).status, 401, 3)
    second.set_settings(api_tokens_enabled=True)
    status_changes(lambda: first.whoami(access).status, 200, 3)


def test_tokens_of_one_node_are_good_at_the_other(nodes):
    first, second = nodes
    pat = first.new_user('carol').create_pat()
    assert first.whoami(second.access(pat)).status == 200
    assert second.whoami(first.access(pat)).status == 200
