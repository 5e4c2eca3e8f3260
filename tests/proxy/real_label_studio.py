"""A real Label Studio, from PyPI: LATCHKEY_LABEL_STUDIO_VENV (default build/ls-venv) is its environment."""
import os
import pathlib
import sqlite3
import subprocess
import time
import urllib.request

import support.environments
from support.server import _running, free_port, kill_group

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 240  # a first start makes its database
OWNER = ('admin@example.com', 'Adm1nPass!')
SECRET_KEY = 'a-label-studio-secret-key-of-fifty-characters-0123'


def environment():
    """The folder of the virtual environment, made once when none is given."""
    given = os.environ.get('LATCHKEY_LABEL_STUDIO_VENV')
    if given:
        return pathlib.Path(given)
    return support.environments.environment('ls-venv', HERE / 'requirements-label-studio.txt')


class LabelStudio:
    def __init__(self, folder, host=''):
        self.folder = folder
        self.data = folder / 'data'
        self.database = self.data / 'label_studio.sqlite3'
        self.port = free_port()
        self.address = '127.0.0.1:%d' % self.port
        self.host = host  # its public address, where that has a path
        self.variables = {}  # of a test's own
        self.process = None
        self.secret_key_file = folder / 'secret-key'
        self.secret_key_file.write_text(SECRET_KEY + '\n')
        self.secret_key_file.chmod(0o600)

    def start(self):
        command = [str(environment() / 'bin' / 'label-studio'), 'start', '--no-browser', '--internal-host', '127.0.0.1',
                   '--port', str(self.port), '--data-dir', str(self.data), '--username', OWNER[0], '--password', OWNER[1]]
        self.data.mkdir(exist_ok=True)
        self.output = open(self.folder / 'output', 'w')
        self.process = subprocess.Popen(
            command + (['--host', self.host] if self.host else []), cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True,
            env=dict({name: value for name, value in os.environ.items() if not name.startswith('LATCHKEY_')},
                     SECRET_KEY=SECRET_KEY, HOME=str(self.folder), COLLECT_ANALYTICS='false',
                     LATEST_VERSION_CHECK='false', SENTRY_DSN='', FRONTEND_SENTRY_DSN='', **self.variables))
        _running.add(self.process)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen('http://%s/health' % self.address, timeout=20):
                    return self
            except OSError:
                time.sleep(0.5)
        raise AssertionError('Label Studio did not start:\n' + (self.folder / 'output').read_text()[-3000:])

    def copy_database_of(self, other):
        """Starts quicker than with a database of its own."""
        self.data.mkdir()
        with sqlite3.connect(other.database) as source, sqlite3.connect(self.database) as copy:
            source.backup(copy)

    def stop(self):
        kill_group(self.process)
        self.output.close()

    def query(self, sql):
        database = sqlite3.connect('file:%s?mode=ro' % self.database, uri=True)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def tokens_of_its_own(self):
        """How many tokens Label Studio itself has made; the proxy sends all who want one to Latchkey."""
        return self.query('SELECT count(*) FROM token_blacklist_outstandingtoken')[0][0]
