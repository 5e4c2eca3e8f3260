"""Databases on the PostgreSQL that LATCHKEY_TEST_POSTGRES names (tools/with-postgres starts one)."""
import os
import secrets
import subprocess
import urllib.parse

WHY_NOT = 'no PostgreSQL: LATCHKEY_TEST_POSTGRES is not set (run the tests by tools/with-postgres)'


def server_url():
    return os.environ.get('LATCHKEY_TEST_POSTGRES')


def url_of(name):
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(server_url())._replace(path='/' + name))


def psql(url, *words, input=None):
    done = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', *words, url], input=input,
                          text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


_spare = []


def create_database():
    """An empty database. Used ones are emptied and used again: DROP DATABASE waits for a checkpoint."""
    if _spare:
        return _spare.pop()
    name = 'latchkey_' + secrets.token_hex(6)
    psql(server_url(), '-c', 'CREATE DATABASE %s' % name)
    return url_of(name)


def drop_database(url):
    name = urllib.parse.urlsplit(url).path.lstrip('/')
    psql(server_url(), '-c', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'" % name)
    psql(url, '-c', 'SET client_min_messages = error', '-c', 'DROP SCHEMA public CASCADE', '-c', 'CREATE SCHEMA public')
    _spare.append(url)
