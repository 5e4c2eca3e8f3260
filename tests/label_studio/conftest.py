"""The official SDK, unmodified: 2.x in this environment, the 1.0 line in one of its own."""
import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session')
def sdk1_python():
    """The Python that has the SDK 1.0: LATCHKEY_SDK1_PYTHON, or an environment made once below build/."""
    given = os.environ.get('LATCHKEY_SDK1_PYTHON')
    if given:
        return given
    folder = TESTS.parent / 'build' / 'sdk1-venv'
    python = folder / 'bin' / 'python'
    ready = folder / 'ready'
    if not ready.exists():
        subprocess.run([sys.executable, '-m', 'venv', '--clear', str(folder)], check=True)
        subprocess.run([str(python), '-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r',
                        str(TESTS / 'requirements-sdk1.txt')], check=True)
        ready.touch()
    return str(python)
