"""Lines that a test wants under the list of results."""
import pytest

lines = pytest.StashKey()


def say(config, line):
    config.stash.setdefault(lines, []).append(line)
