"""
Fixtures of all tests that talk to a running daemon. Each runs on SQLite and on PostgreSQL.

  server          one daemon for a test file, with the default options: cheap, shared
  make_server     starts further ones, of one's own: make_server('--strict', env={...})
  latchkey        the path of the program (LATCHKEY_BIN, default build/latchkey)
"""
import os
import pathlib

import pytest

from support import postgres, summary
from support.server import ForeignServer, Server

pytest_plugins = ['support.summary']
ROOT = pathlib.Path(__file__).resolve().parent.parent
ENGINES = ('sqlite', 'postgres')


def pytest_addoption(parser):
    parser.addoption('--label-studio', metavar='URL', help='run the tests marked label_studio against a real one')
    parser.addoption('--label-studio-owner', metavar='EMAIL:PASSWORD', default='admin@example.com:Adm1nPass!')


def pytest_generate_tests(metafunc):
    if 'engine' in metafunc.fixturenames:
        metafunc.parametrize('engine', ENGINES, scope='module')


def pytest_collection_modifyitems(config, items):
    if not config.getoption('--label-studio'):
        return
    for item in items:
        if not item.get_closest_marker('label_studio'):
            item.add_marker(pytest.mark.skip(reason='not said of Label Studio'))
        elif 'postgres' in item.name:
            item.add_marker(pytest.mark.skip(reason='once is enough'))


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(summary.lines, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope='session')
def latchkey():
    path = pathlib.Path(os.environ.get('LATCHKEY_BIN', ROOT / 'build' / 'latchkey')).absolute()
    if not path.exists():
        pytest.fail('%s is not there: build it first, or set LATCHKEY_BIN' % path, pytrace=False)
    return path


@pytest.fixture(scope='session')
def contract():
    """The recorded cases and Label Studio's sample database."""
    return ROOT / 'tests' / 'contract'


@pytest.fixture(scope='module')
def make_database(engine):
    """Makes an empty database: None is the SQLite file in the data folder."""
    made = []

    def make():
        if engine == 'sqlite':
            return None
        if not postgres.server_url():
            pytest.skip(postgres.WHY_NOT)
        made.append(postgres.create_database())
        return made[-1]

    yield make
    for url in made:
        postgres.drop_database(url)


@pytest.fixture(scope='module')
def make_module_server(make_database, request, tmp_path_factory):
    """make_server, for daemons that all tests of a file share."""
    servers = []

    def make(*options, start=True, **more):
        binary = request.getfixturevalue('latchkey')
        server = Server(binary, tmp_path_factory.mktemp('server'), make_database(), options, **more)
        servers.append(server)
        return server.start() if start else server

    yield make
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.kill9()


@pytest.fixture
def make_server(make_database, latchkey, tmp_path_factory):
    """make_server(*options, start=True, env={}, owner=True): a daemon that ends with the test."""
    servers = []

    def make(*options, start=True, **more):
        server = Server(latchkey, tmp_path_factory.mktemp('server'), make_database(), options, **more)
        servers.append(server)
        return server.start() if start else server

    yield make
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.kill9()


@pytest.fixture(scope='module')
def server(request, make_module_server):
    """The daemon that the tests of one file share. They leave the settings as they found them."""
    foreign = request.config.getoption('--label-studio')
    if foreign:
        return ForeignServer(foreign, *request.config.getoption('--label-studio-owner').split(':', 1))
    return make_module_server()


@pytest.fixture(scope='module')
def strict_server(request, make_module_server):
    foreign = request.config.getoption('--label-studio')
    if foreign:
        return ForeignServer(foreign, *request.config.getoption('--label-studio-owner').split(':', 1))
    return make_module_server('--strict')
