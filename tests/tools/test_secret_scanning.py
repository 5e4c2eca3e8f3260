"""docs/secret-scanning.md: what people paste from it does what it says."""
import base64
import pathlib
import random
import re
import tomllib

import pytest
import re2

PAGE = (pathlib.Path(__file__).resolve().parent.parent.parent / 'docs' / 'secret-scanning.md').read_text()

# As tests/unit/test_api_key.c has them: from another implementation of CRC-32.
GOOD = ['lk_' + 40 * '0' + '2kaqcA', 'lk_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN2a8zJO',
        'lk_iQmFEXbRaG00p9nUjmxy9xuuM4zcxsFZftZ98P8d0043HA']


def block(language):
    return re.search('```%s\n(.*?)```' % language, PAGE, re.S).group(1)


@pytest.fixture(scope='module')
def is_key():
    names = {}
    exec(block('python'), names)
    return names['is_latchkey_api_key']


def test_the_python_function_knows_keys(is_key):
    assert all(is_key(key) for key in GOOD)


def test_the_python_function_notices_any_mistyped_character(is_key):
    for at in range(len(GOOD[1])):
        for other in 'xy_':
            if GOOD[1][at] != other:
                assert not is_key(GOOD[1][:at] + other + GOOD[1][at + 1:]), (at, other)


@pytest.mark.parametrize('text', ['', 'lk_', GOOD[0][:-1], GOOD[0] + '0', GOOD[0] + '\n', ' ' + GOOD[0],
                                  GOOD[0].replace('0', '\u0660'), GOOD[1].upper()])
def test_the_python_function_refuses(is_key, text):
    assert not is_key(text)


def patterns():
    yield 'the page', re.search(r'^    (\\blk_.*)$', PAGE, re.M).group(1)
    yield 'gitleaks', tomllib.loads(block('toml'))['rules'][0]['regex']
    yield 'TruffleHog', re.search(r"key: '(.*)'", block('yaml')).group(1)


@pytest.mark.parametrize('whose, pattern', patterns())
def test_the_expressions_find_keys_in_files(whose, pattern):
    for around in ('%s', 'KEY=%s\n', '"api_key": "%s",', 'Authorization: Token %s', 'https://x/?key=%s&a=b', '(%s)'):
        assert [found.group(0) for found in re.finditer(pattern, around % GOOD[1])] == [GOOD[1]], (whose, around)
    for no in (GOOD[1][:-1], GOOD[1] + 'x', 'bulk_' + GOOD[1][3:], GOOD[1].replace('lk_', 'lk-'), 'lk_' + 46 * '-'):
        assert not re.search(pattern, no), (whose, no)


@pytest.mark.parametrize('whose, pattern', patterns())
def test_re2_which_the_scanners_use_finds_the_same(whose, pattern, is_key):
    """gitleaks and TruffleHog are Go, whose expressions are RE2's; and a megabyte of noise has no key in it."""
    noise = base64.b64encode(random.Random(4).randbytes(750000)).decode()
    lines = [noise[at:at + 76] for at in range(0, len(noise), 76)]
    wrong = GOOD[1][:-1] + ('P' if GOOD[1][-1] != 'P' else 'Q')
    lines[4000:4000] = ['KEY=' + GOOD[1], 'KEY=' + wrong]
    for text in ('\n'.join(lines), 'KEY=%s %s KEY=%s' % (GOOD[1], noise, wrong)):
        found = re2.findall(pattern, text)
        assert found == [GOOD[1], wrong], whose
        assert [key for key in found if is_key(key)] == [GOOD[1]]
