"""Lines that a test wants under the list of results, whichever process runs it."""
import pytest

lines = pytest.StashKey()
_SENT = 'latchkey_summary'


def say(config, line):
    config.stash.setdefault(lines, []).append(line)


def pytest_sessionfinish(session):
    """Of several processes, each sends its own to the one that prints."""
    if hasattr(session.config, 'workeroutput'):
        session.config.workeroutput[_SENT] = session.config.stash.get(lines, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    for line in getattr(node, 'workeroutput', {}).get(_SENT, []):
        say(node.config, line)
