"""Statements behind the daemon's back: what it knows from memory stays as it was."""
import sqlite3

from support import postgres


def run_sql(server, *statements):
    """Runs them on the server's database; nothing tells the daemon of it."""
    if server.database:
        postgres.psql(server.database, '-c', '; '.join(statements))
        return
    database = sqlite3.connect(server.data / 'latchkey.db', timeout=30)
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def add_member(server, user_id, organization_id, role):
    """A second membership: `role` is 1 (member), 2 (administrator) or 3 (owner)."""
    run_sql(server, 'INSERT INTO members (id, organization_id, user_id, role, created_at, updated_at) '
                    'SELECT MAX(id) + 100000, %d, %d, %d, 1, 1 FROM members' % (organization_id, user_id, role))
