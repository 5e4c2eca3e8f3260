"""
A real ML backend for a real Label Studio behind the proxy: connected with the SDK, asked for a
prediction, for which it fetches the task's uploaded file with each kind of token.
"""
import hashlib
import os

import pytest
from label_studio_sdk import LabelStudio

import real_label_studio
from ml_backend import BY_ENVIRONMENT, BY_SETUP, MlBackend
from stack import SteadyServer
from support.server import free_port

CONFIG = '<View><Audio name="sound" value="$audio"/><TextArea name="sum" toName="sound"/></View>'


@pytest.fixture(scope='module')
def studio(tmp_path_factory):
    """It is told of the proxy's address by --host: that is where it sends an ML backend for files."""
    studio = real_label_studio.LabelStudio(tmp_path_factory.mktemp('label-studio'))
    studio.proxy_port = free_port()
    studio.host = 'http://127.0.0.1:%d' % studio.proxy_port
    studio.variables['USE_DEFAULT_BANNED_SUBNETS'] = 'false'  # else it connects no backend of a private network
    studio.start()
    yield studio
    studio.stop()


@pytest.fixture(scope='module')
def server(studio, latchkey, tmp_path_factory):
    server = SteadyServer(latchkey, tmp_path_factory.mktemp('server'), owner=False, options=[
        '--secret-key-file', str(studio.secret_key_file), '--upstream-url', 'http://' + studio.address,
        '--trusted-proxies', '127.0.0.1/32', '--legacy-tokens', 'on'])
    done = server.cli('import', 'label-studio', '--from', studio.database, '--secret-key-file', studio.secret_key_file)
    assert done.returncode == 0, done
    server.owner_email, server.owner_password = real_label_studio.OWNER
    server.start()
    yield server
    server.kill9()


@pytest.fixture(scope='module')
def proxy(make_stack, studio, server):
    return make_stack('nginx', site='label-studio', server=server, upstream=studio, port=studio.proxy_port,
                      base_url=studio.host)


def new_token(server, kind):
    if kind == 'legacy':
        return server.owner.legacy_key()
    done = server.cli('token', 'create', '--user', real_label_studio.OWNER[0], '--kind', kind, '--name',
                      kind + os.urandom(4).hex())
    assert done.returncode == 0, done
    return done.stdout.strip()


class Sounds:
    """A project whose tasks are uploaded files, and the backend that predicts their checksums."""

    def __init__(self, proxy, server):
        self.proxy, self.token = proxy, new_token(server, 'pat')
        self.client = LabelStudio(base_url=proxy.base_url, api_key=self.token)
        self.project = self.client.projects.create(title='sounds', label_config=CONFIG)

    def connect(self, backend):
        self.client.ml.create(url=backend.url, project=self.project.id, title='sums')

    def predicted(self):
        """Uploads a new file; gives the checksum of it, and what the backend predicted."""
        content = os.urandom(100000)
        answer = self.proxy.client(Authorization='Bearer ' + self.token).http.post(
            '%s/api/projects/%d/import' % (self.proxy.base_url, self.project.id),
            files={'file': ('sound.wav', content)}, timeout=120)
        assert answer.status_code == 201, answer.text[:500]
        newest = max(task.id for task in self.client.tasks.list(project=self.project.id))
        self.client.actions.create(id='retrieve_tasks_predictions', project=self.project.id,
                                   selected_items={'all': False, 'included': [newest]})
        texts = [prediction.result[0]['value']['text'] for prediction in self.client.predictions.list(task=newest)]
        return [hashlib.sha256(content).hexdigest()], sum(texts, [])


@pytest.mark.parametrize('kind', ['pat', 'api_key', 'legacy'])
def test_a_prediction_is_made_of_a_file_fetched_with_a_token(proxy, server, tmp_path, kind):
    sounds = Sounds(proxy, server)
    token = new_token(server, kind)
    with MlBackend(tmp_path, BY_ENVIRONMENT, LABEL_STUDIO_URL=proxy.base_url, LABEL_STUDIO_API_KEY=token) as backend:
        sounds.connect(backend)
        wanted, predicted = sounds.predicted()
        assert predicted == wanted, (tmp_path / 'output').read_text()


def test_a_backend_with_a_revoked_token_fetches_nothing(proxy, server, tmp_path):
    sounds = Sounds(proxy, server)
    token = new_token(server, 'api_key')
    with MlBackend(tmp_path, BY_ENVIRONMENT, LABEL_STUDIO_URL=proxy.base_url, LABEL_STUDIO_API_KEY=token) as backend:
        sounds.connect(backend)
        wanted, predicted = sounds.predicted()
        assert predicted == wanted, (tmp_path / 'output').read_text()
        done = server.cli('token', 'revoke', '--user', real_label_studio.OWNER[0], '--kind', 'api_key')
        assert done.returncode == 0, done
        assert sounds.predicted()[1] == []
        assert '401 Client Error' in (tmp_path / 'output').read_text()


def test_what_label_studio_itself_tells_a_backend_works(proxy, server, tmp_path):
    """Backends of the 1.0 line use the address and the legacy token that Label Studio sends when it connects one."""
    sounds = Sounds(proxy, server)
    with MlBackend(tmp_path, BY_SETUP) as backend:
        sounds.connect(backend)
        wanted, predicted = sounds.predicted()
        assert predicted == wanted, (tmp_path / 'output').read_text()
