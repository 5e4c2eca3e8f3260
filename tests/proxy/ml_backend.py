"""A real ML backend, from PyPI: made by `label-studio-ml init` and run by `label-studio-ml start`."""
import os
import pathlib
import socket
import subprocess
import time

import support.environments
from support.server import _running, free_port, kill_group

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 120

# Its prediction is the checksum of the task's file, which it must fetch first.
MODEL = '''
import hashlib

from label_studio_ml.model import LabelStudioMLBase
from label_studio_ml.utils import get_local_path


class Sums(LabelStudioMLBase):
    def predict(self, tasks, **kwargs):
        return [{'score': 1.0, 'result': [{'from_name': 'sum', 'to_name': 'sound', 'type': 'textarea',
                                           'value': {'text': [self.sum_of(task['data']['audio'])]}}]} for task in tasks]

    def sum_of(self, url):
        with open(%s, 'rb') as fetched:
            return hashlib.sha256(fetched.read()).hexdigest()
'''
BY_ENVIRONMENT = MODEL % 'get_local_path(url)'  # LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY say where and who
BY_SETUP = MODEL % 'self.get_local_path(url)'  # Label Studio said so when the backend was connected


def program():
    folder = support.environments.environment('ml-venv', HERE / 'requirements-ml-backend.txt')
    return folder / 'bin' / 'label-studio-ml'


class MlBackend:
    def __init__(self, folder, model, **variables):
        self.folder = folder
        self.port = free_port()
        self.url = 'http://127.0.0.1:%d' % self.port
        # `label-studio-ml start` runs whatever `python` comes first; a file is also looked for below HOME.
        self.environment = dict(os.environ, HOME=str(folder), PATH='%s:%s' % (program().parent, os.environ['PATH']),
                                XDG_CACHE_HOME=str(folder / 'cache'), XDG_DATA_HOME=str(folder / 'share'), **variables)
        (folder / 'model.py').write_text(model)

    def __enter__(self):
        subprocess.run([program(), 'init', 'backend', '--script', 'model.py'], cwd=self.folder, env=self.environment,
                       check=True, capture_output=True)
        with open(self.folder / 'output', 'w') as output:
            self.process = subprocess.Popen(
                [program(), 'start', 'backend', '--host', '127.0.0.1', '--port', str(self.port)], cwd=self.folder,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True)
        _running.add(self.process)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise AssertionError('the ML backend did not start:\n' + (self.folder / 'output').read_text())

    def __exit__(self, *_):
        kill_group(self.process)
