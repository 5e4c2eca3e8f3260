"""The databases that are measured on: an empty one, and one imported from a big Label Studio."""
import base64
import hashlib
import hmac
import json
import pathlib
import secrets
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADER = b'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.'


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=')


def sign(text, key):
    return (text + b'.' + base64url(hmac.digest(key, text, 'sha256'))).decode()


class Sample:
    """A folder with what Label Studio had, the key that it signed with, and what Latchkey made of both."""

    def __init__(self, folder):
        self.folder = folder
        self.source = folder / 'label-studio.sqlite3'
        self.key_file = folder / 'secret-key'
        self.big = folder / 'big'
        self.empty = folder / 'empty'

    def make(self, latchkey, users, tokens, idle_users):
        """Returns the seconds that the import took."""
        self.key_file.write_text(secrets.token_urlsafe(38))
        self.key_file.chmod(0o600)
        began = int(time.time()) - tokens - 86400
        subprocess.run([sys.executable, ROOT / 'tools/make-label-studio-db', self.source, '--users', str(users),
                        '--tokens', str(tokens), '--idle-users', str(idle_users), '--began', str(began),
                        '--all-alive'], check=True)
        began = time.monotonic()
        subprocess.run([latchkey, 'import', 'label-studio', '--from', self.source, '--secret-key-file', self.key_file,
                        '--data', self.big], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - began

    def first_token(self, latchkey):
        """Of the owner of the empty database, which has been initialised."""
        made = subprocess.run([latchkey, 'token', 'create', '--data', self.empty, '--user', 'bench@example.com',
                               '--name', 'bench-%s' % secrets.token_hex(4)], check=True, stdout=subprocess.PIPE)
        return made.stdout.decode().strip()

    def _rows(self, sql, *parameters):
        source = sqlite3.connect('file:%s?mode=ro' % self.source, uri=True)
        yield from source.execute(sql, parameters)
        source.close()

    def _key(self):
        return self.key_file.read_bytes()

    def pats(self):
        """Every one, oldest first: neighbours are of different users."""
        key = self._key()
        for (text,) in self._rows('SELECT token FROM token_blacklist_outstandingtoken ORDER BY id'):
            yield sign(text.encode(), key)

    def legacy_tokens(self, count):
        return [key for (key,) in self._rows('SELECT key FROM authtoken_token ORDER BY user_id LIMIT ?', count)]

    def access_tokens(self, first, last):
        """For the users `first` to `last`. Like Label Studio's own: their parent is not known here."""
        key = self._key()
        now = int(time.time())
        for user in range(first, last + 1):
            claims = {'token_type': 'access', 'exp': now + 3600, 'iat': now, 'jti': secrets.token_hex(16),
                      'user_id': str(user)}
            yield sign(HEADER + base64url(json.dumps(claims, separators=(',', ':')).encode()), key)

    def idle_users(self):
        """The ids of those who have no PAT yet: all that come behind those who had one, or made one."""
        [(everybody,)] = self._rows('SELECT max(id) FROM htx_user')
        return range(self._of_tokens('max(user_id)') + 1, everybody + 1)

    def count_tokens(self):
        return self._of_tokens('count(*)')

    def _of_tokens(self, what):
        database = sqlite3.connect('file:%s?mode=ro' % (self.big / 'latchkey.db'), uri=True)
        (found,) = database.execute('SELECT %s FROM tokens' % what).fetchone()
        database.close()
        return found
