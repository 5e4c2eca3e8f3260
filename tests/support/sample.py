"""Label Studio's sample database and the secrets that belong to it."""
import json
import pathlib
import shutil
import sqlite3
import urllib.parse

from support import postgres

FOLDER = pathlib.Path(__file__).resolve().parent.parent / 'contract'
DATABASE = FOLDER / 'label-studio-sample.sqlite3'
SAMPLE = json.loads((FOLDER / 'sample.json').read_text())
SECRET_KEY = SAMPLE['secret_key']
USERS = {user['email'].split('@')[0]: user for user in SAMPLE['users']}

BOOLEANS = {'is_superuser', 'is_staff', 'is_active', 'allow_newsletters', 'api_tokens_enabled',
            'legacy_api_tokens_enabled'}
TIMES = {'last_login', 'date_joined', 'last_activity', 'activity_at', 'created_at', 'updated_at', 'deleted_at',
         'created', 'expires_at', 'blacklisted_at', 'applied'}


def secret_key_file(folder):
    path = folder / 'label-studio-secret-key'
    path.write_text(SECRET_KEY + '\n')
    path.chmod(0o600)
    return path


def copy(folder, *statements):
    """A copy of the sample, changed by the statements."""
    path = folder / 'label_studio.sqlite3'
    shutil.copyfile(DATABASE, path)
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    return path


def import_into(server, source, *more):
    """Runs the import for a server that is not running yet."""
    return server.cli('import', 'label-studio', '--from', source, '--secret-key-file',
                      secret_key_file(server.folder), *more)


def imported(make_server, folder, *statements, options=()):
    """A running daemon on the imported sample (changed by the statements); its owner is admin@example.com."""
    server = make_server(*options, start=False, owner=False)
    done = import_into(server, copy(folder, *statements))
    assert done.returncode == 0, done
    server.owner_email, server.owner_password = 'admin@example.com', USERS['admin']['password']
    return server.start()


# -- the same in PostgreSQL ---------------------------------------------------------------------


def _type(column, kind):
    if column in BOOLEANS:
        return 'boolean'
    if column in TIMES:
        return 'timestamptz'
    if column == 'custom_hotkeys':
        return 'jsonb'
    return {'integer': 'integer', 'bigint': 'bigint'}.get(kind.lower(), 'text')


def _literal(column, value):
    if value is None:
        return 'NULL'
    if column in BOOLEANS:
        return 'true' if value else 'false'
    if column in TIMES:
        return "'%s+00'" % value
    return str(value) if isinstance(value, int) else "'%s'" % str(value).replace("'", "''")


def in_postgres():
    """Copies the sample into a new PostgreSQL database with the types that Label Studio has there. Gives its URL."""
    url = postgres.create_database()
    statements = []
    source = sqlite3.connect('file:%s?mode=ro' % urllib.parse.quote(str(DATABASE)), uri=True)
    tables = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (table,) in tables.fetchall():
        columns = [(row[1], row[2].split('(')[0]) for row in source.execute('PRAGMA table_info("%s")' % table)]
        statements.append('CREATE TABLE "%s" (%s);' % (
            table, ', '.join('"%s" %s' % (name, _type(name, kind)) for name, kind in columns)))
        for row in source.execute('SELECT * FROM "%s"' % table):
            values = ', '.join(_literal(name, value) for (name, _), value in zip(columns, row))
            statements.append('INSERT INTO "%s" VALUES (%s);' % (table, values))
    source.close()
    postgres.psql(url, '-f', '-', input='\n'.join(statements))
    return url
