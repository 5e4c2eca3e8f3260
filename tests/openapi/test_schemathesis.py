"""
schemathesis against a real daemon: it makes requests out of docs/openapi.yaml, good and bad ones, and looks at every
answer with all its checks (schemathesis.toml, hooks.py). As the owner, as a member, and without a credential.

SCHEMATHESIS_EXAMPLES  makes so many more requests up for each operation
SCHEMATHESIS_SECONDS   how long each run takes at most, 60
SCHEMATHESIS_SEED      repeats what a run printed; "any": others each time
"""
import os
import pathlib
import random
import re
import subprocess
import sys

import pytest

from support import summary
from support.server import Server

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = os.environ.get('SCHEMATHESIS_EXAMPLES')  # so many made up for each operation, beside what is derived from it
SECONDS = os.environ.get('SCHEMATHESIS_SECONDS', '60')
SEED = os.environ.get('SCHEMATHESIS_SEED', '1')  # the same requests each time; 'any': others


def credential(server, who):
    """A token that nothing in a run ends; PATs and other people's keys are fair game."""
    client = {'owner': lambda: server.owner, 'member': lambda: server.new_user('schemathesis')}[who]()
    return client.create_token('schemathesis', kind='api_key').json['token']


def furnish(server):
    """Something of each kind, for lists that are not empty and ids that lead somewhere."""
    server.set_settings(legacy_api_tokens_enabled=True)
    organization = '/api/v1/organizations/1'
    for n in range(3):
        assert server.owner.create_token('furniture %d' % n).status == 201
        assert server.new_user('neighbour').create_token('theirs').status == 201
    for path, body in (('/service-accounts', {'name': 'machine'}), ('/invitations', {'role': 'member'}),
                       ('/webhooks', {'url': 'https://hooks.example.com/', 'events': ['token.expired']})):
        answer = server.owner.post(organization + path, json=body)
        assert answer.status == 201, answer


def run(server, who, request):
    furnish(server)
    seed = str(random.getrandbits(32)) if SEED == 'any' else SEED
    words = [sys.executable, '-m', 'schemathesis.cli', '--config-file', 'schemathesis.toml', 'run',
             server.base_url + '/api/openapi.json', '--phases', 'examples,coverage,fuzzing' if EXAMPLES else 'examples,coverage', '--checks', 'all',
             '--max-examples', EXAMPLES or '1', '--max-time', SECONDS, '--seed', seed, '--no-color', '--output-truncate', 'false']
    if who != 'nobody':
        words += ['-H', 'Authorization: Bearer ' + credential(server, who)]
    done = subprocess.run([str(word) for word in words], cwd=HERE, text=True, timeout=300, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    generated = re.search(r'(\d+) generated', done.stdout)
    summary.say(request.config, 'schemathesis as %s: seed %s, %s requests' % (who, seed, generated.group(1) if generated else 'no'))
    assert server.process.poll() is None, 'the daemon is gone:\n' + server.log[-5000:]
    assert done.returncode == 0, 'seed %s\n%s' % (seed, done.stdout)
    assert generated and int(generated.group(1)) > 0, done.stdout


@pytest.fixture
def server_on_sqlite(latchkey, tmp_path):
    """Who may little reaches little of the database: on one engine is enough."""
    server = Server(latchkey, tmp_path).start()
    yield server
    server.kill9()


def test_the_owner_gets_no_answer_that_was_not_promised(server, request):
    run(server, 'owner', request)


@pytest.mark.parametrize('who', ['member', 'nobody'])
def test_others_get_no_answer_that_was_not_promised(server_on_sqlite, who, request):
    run(server_on_sqlite, who, request)
