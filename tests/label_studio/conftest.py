"""The official SDK, unmodified: 2.x in this environment, the 1.0 line in one of its own."""
import os
import pathlib

import pytest

from support.environments import environment

TESTS = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session')
def sdk1_python():
    """The Python that has the SDK 1.0: LATCHKEY_SDK1_PYTHON, or an environment made once below build/."""
    given = os.environ.get('LATCHKEY_SDK1_PYTHON')
    if given:
        return given
    return str(environment('sdk1-venv', TESTS / 'requirements-sdk1.txt') / 'bin' / 'python')
