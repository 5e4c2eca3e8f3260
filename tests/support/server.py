"""Starts, watches and stops `latchkey serve`."""
import atexit
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from support.client import Client

OWNER_EMAIL = 'owner@example.com'
OWNER_PASSWORD = 'Own3rPass!'
START_SECONDS = 60  # generous: sanitizers and busy machines
GREETING_SECONDS = 20

_running = set()


@atexit.register
def _kill_what_is_left():
    for process in list(_running):
        kill_group(process)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    _running.discard(process)


def _end_with_the_tests():
    """In the child: the kernel ends it when the tests are gone, even if those were killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class People:
    """What a test does with a running server, whoever started it."""

    base_url = owner_email = owner_password = None
    _owner = None

    def client(self, **headers):
        """A caller without a session; `Authorization='Token …'` and so on become headers."""
        return Client(self.base_url, {name.replace('_', '-'): value for name, value in headers.items()})

    def bearer(self, access):
        return self.client(Authorization='Bearer ' + access)

    def with_key(self, key):
        return self.client(Authorization='Token ' + key)

    def sign_in(self, email, password):
        return Client(self.base_url).sign_in(email, password)

    @property
    def owner(self):
        """The owner, signed in; kept, since a sign-in costs a password hash."""
        if self._owner is None:
            self._owner = self.sign_in(self.owner_email, self.owner_password)
        return self._owner

    def new_user(self, name='user', password='Memb3rPass!'):
        """A member who has just signed up by invitation, signed in."""
        email = '%s-%s@example.com' % (name, secrets.token_hex(5))
        return Client(self.base_url).sign_up(self.owner.invitation(), email, password)

    def refresh(self, pat):
        return self.client().refresh(pat)

    def access(self, pat):
        return self.client().access(pat)

    def whoami(self, access):
        return self.bearer(access).whoami()

    def set_settings(self, **changes):
        answer = self.owner.settings(**changes)
        assert answer.status == 200, answer
        return answer


class ForeignServer(People):
    """A server that somebody else started: a real Label Studio, to prove that a test is right."""

    def __init__(self, base_url, email, password):
        self.base_url, self.owner_email, self.owner_password = base_url, email, password
        self.log = ''


class Server(People):
    """
    A daemon with its own data folder (and its own PostgreSQL database, when `database` is given).
    `options` are further words of the command line, `env` further variables.
    """

    def __init__(self, binary, folder, database=None, options=(), env=None, owner=True):
        self.binary, self.database = str(binary), database
        self.folder = folder
        self.data = folder / 'data'
        self.options, self.env = list(options), dict(env or {})
        self.owner_email, self.owner_password = OWNER_EMAIL, OWNER_PASSWORD
        self.give_owner = owner
        self.process = None
        self.lines = []

    # -- life ----------------------------------------------------------------------------------

    def where(self):
        """The options that say which database is meant, for `serve` and for all other commands."""
        words = ['--data', str(self.data)]
        return words + ['--database', self.database] if self.database else words

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith('LATCHKEY_')}
        return {**clean, **self.env}

    def command(self, port):
        words = [self.binary, 'serve', '--listen', '127.0.0.1:%d' % port] + self.where()
        if self.give_owner:
            password = self.folder / 'owner-password'
            password.write_text(self.owner_password + '\n')
            password.chmod(0o600)
            words += ['--admin-email', self.owner_email, '--admin-password-file', str(password)]
        return words + self.options

    def start(self, port=None):
        for _ in range(5):  # somebody else may take the free port before the daemon does
            port = port or free_port()
            self.base_url = 'http://127.0.0.1:%d' % port
            self.lines = []
            self.process = subprocess.Popen(self.command(port), env=self.environment(), text=True, errors='replace',
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, start_new_session=True,
                                            preexec_fn=_end_with_the_tests)
            _running.add(self.process)
            self.reader = threading.Thread(target=self._read_log, args=(self.process.stdout, self.lines), daemon=True)
            self.reader.start()
            if self._wait_until_ready():
                self._wait_for_greeting()
                return self
            kill_group(self.process)
            self.reader.join(5)
            if 'in use' not in self.log:
                break
            port = None
        raise AssertionError('latchkey did not start:\n' + self.log)

    def _has_greeted(self):
        return ' serves ' in self.log and ('curl -s ' in self.log or 'First start' not in self.log)

    def _wait_for_greeting(self):
        """It answers before it has said all that a start says, and that before it is read here."""
        end = time.monotonic() + GREETING_SECONDS
        while not self._has_greeted() and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.005)

    @staticmethod
    def _read_log(stream, lines):
        for line in stream:
            lines.append(line)

    def _wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.base_url + '/readyz', timeout=5):
                    return True
            except urllib.error.HTTPError as error:
                error.close()
            except OSError:
                pass
            time.sleep(0.01)
        return False

    @property
    def log(self):
        return ''.join(self.lines)

    def stop(self):
        """Asks politely; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(15)
        except subprocess.TimeoutExpired:
            kill_group(self.process)
            raise AssertionError('latchkey did not stop on SIGTERM:\n' + self.log) from None
        _running.discard(self.process)
        self.reader.join(5)
        return status

    def kill9(self):
        kill_group(self.process)
        self.reader.join(5)

    def restart(self):
        if self.process.poll() is None:
            self.stop()
        self._owner = None  # its keep-alive connection is gone
        return self.start()

    # -- command line --------------------------------------------------------------------------

    def cli(self, *words, input=None):
        """Runs another command on this server's database."""
        return run(self.binary, *words, *self.where(), env=self.environment(), input=input)

    def cli_json(self, *words):
        done = self.cli(*words, '--json')
        assert done.returncode == 0, done
        return json.loads(done.stdout)


def run(binary, *words, env=None, input=None, timeout=300):
    return subprocess.run([str(binary), *[str(word) for word in words]], env=env, input=input, text=True,
                          capture_output=True, timeout=timeout)
