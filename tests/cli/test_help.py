"""Help, manual and exit statuses: all from the same tables, so they have to say the same."""
import os
import re
import shutil
import subprocess

import pytest

from support.server import run


@pytest.fixture(scope='module')
def commands(latchkey):
    """Every command's name, as `latchkey help` lists them."""
    listed = run(latchkey, 'help').stdout.split('Commands:\n')[1].split('\n\n')[0]
    return [re.split(r'\s{2,}', line.strip())[0] for line in listed.splitlines()]


def options_in(text):
    """The options in a help text, with what they say, white space evened out."""
    section = text.split('Options:\n')[1].split('\nExample:')[0]
    rows = re.split(r'\n(?=  --)', '\n' + section)[1:]
    found = {}
    for row in rows:
        name, said = re.match(r'  (--.*?)(?:\s{2,}|\n\s+)(.*)', row, re.S).groups()
        found[name] = ' '.join(said.split())
    return found


def manual_sections(latchkey):
    """{command: lines of the manual, without roff's escapes}"""
    roff = run(latchkey, 'help', '--man').stdout
    sections = {}
    for part in roff.split('\n.SS latchkey ')[1:]:
        name, _, body = part.partition('\n')
        plain = body.split('\n.SH ')[0].replace('\\-', '-').replace('\\&', '').replace('\\e', '\\')
        sections[name] = plain.splitlines()
    return sections


def test_the_commands_of_this_release_are_listed(commands):
    for name in ('serve', 'user add', 'user list', 'user show', 'user set-password', 'user deactivate',
                 'user activate', 'org add', 'org list', 'org members', 'org set-role', 'org settings', 'token create',
                 'token list', 'token show', 'token rotate', 'token revoke', 'inspect', 'doctor', 'version', 'help'):
        assert name in commands


def test_every_command_has_help_with_an_example(latchkey, commands):
    for name in commands:
        for words in (name.split() + ['--help'], ['help'] + name.split()):
            result = run(latchkey, *words)
            assert result.returncode == 0 and not result.stderr, (words, result)
            assert result.stdout.startswith('latchkey %s: ' % name)
            assert 'Usage: latchkey ' + name in result.stdout
            assert result.stdout.split('\nExample:\n')[1].startswith('  $ '), name
            assert all(len(line) <= 100 for line in result.stdout.splitlines()), name
        assert '--help' in options_in(result.stdout)


def test_the_manual_says_what_help_says(latchkey, commands):
    manual = manual_sections(latchkey)
    assert sorted(manual) == sorted(commands)
    for name in commands:
        text = run(latchkey, 'help', *name.split()).stdout
        for option, said in options_in(text).items():
            if option == '--help':
                continue  # said once, at the top
            at = manual[name].index('.B ' + option)
            assert manual[name][at - 1] == '.TP' and ' '.join(manual[name][at + 1].split()) == said, (name, option)
        in_manual = [line[3:] for line in manual[name] if line.startswith('.B --')]
        assert sorted(in_manual) == sorted(o for o in options_in(text) if o != '--help'), name


def test_the_manual_is_well_formed(latchkey):
    if not shutil.which('man') or not shutil.which('groff'):
        pytest.skip('needs man and groff')
    roff = run(latchkey, 'help', '--man').stdout
    shown = subprocess.run(['man', '--warnings', '-l', '-'], input=roff, text=True, capture_output=True,
                           env={**os.environ, 'MANWIDTH': '100', 'LC_ALL': 'C.UTF-8'})
    assert shown.returncode == 0 and not shown.stderr.strip(), shown.stderr
    assert 'LATCHKEY(1)' in shown.stdout and '--access-token-ttl SECONDS' in shown.stdout


def test_what_prints_data_prints_json_too(latchkey, commands):
    for name in commands:
        if name in ('serve', 'help'):
            continue
        assert '--json' in options_in(run(latchkey, 'help', *name.split()).stdout), name


def test_no_option_takes_a_secret_as_its_value(latchkey, commands):
    for name in commands:
        for option in options_in(run(latchkey, 'help', *name.split()).stdout):
            flag = option.split()[0]
            is_secret = re.search(r'password|secret|legacy-token$', flag) and flag != '--no-password'
            assert not is_secret or flag.endswith('-file'), (name, flag)


def test_serve_has_the_fixed_options_with_their_defaults(latchkey):
    said = options_in(run(latchkey, 'serve', '--help').stdout)
    by_name = {option.split()[0]: text for option, text in said.items()}
    for name, default in {'--listen': '127.0.0.1:8080', '--data': './data', '--legacy-tokens': 'keep',
                          '--personal-access-tokens': 'keep', '--leeway': '10', '--access-token-ttl': '300',
                          '--log-format': 'text', '--log-level': 'info'}.items():
        assert 'default: %s)' % default in by_name[name], name
    for name in ('--database', '--admin-email', '--admin-password-file', '--admin-legacy-token-file', '--strict',
                 '--secret-key-file', '--public-url', '--trusted-proxies', '--threads', '--workers', '--tls-cert-file',
                 '--tls-key-file', '--config'):
        assert name in by_name


@pytest.mark.parametrize('words', [[], ['user'], ['token'], ['--no-such'], ['help', 'nothing'], ['version', 'x'],
                                   ['version', '--jsn'], ['user', 'lst'], ['token', 'show'], ['org', 'set-role', 'x'],
                                   ['org', 'set-role', 'x', 'emperor'], ['token', 'create'], ['doctor', '--data'],
                                   ['user', 'list', '--database', 'mysql://x'], ['inspect', 'a', 'b'],
                                   ['token', 'create', '--user', 'a', '--ttl-days', '-1'],
                                   ['user', 'add', 'x@example.com', '--no-password', '--password-file', 'x']])
def test_a_wrong_use_is_exit_status_2(latchkey, words):
    result = run(latchkey, *words)
    assert result.returncode == 2, result
    assert result.stderr and not result.stdout, result


@pytest.mark.parametrize('words, meant', [(['usr', 'list'], 'user'), (['user', 'lst'], 'user list'),
                                          (['verson'], 'version'), (['version', '--jsn'], '--json'),
                                          (['serve', '--lisen', 'x'], '--listen'),
                                          (['serve', '--admin-password=hush'], '--admin-password-file')])
def test_what_was_meant_is_suggested(latchkey, words, meant):
    result = run(latchkey, *words)
    assert result.returncode == 2
    assert "did you mean '%s'?" % meant in result.stderr and 'hush' not in result.stderr, result
    assert len(result.stderr.splitlines()) == 1


def test_control_characters_do_not_reach_the_terminal(latchkey):
    result = run(latchkey, '\x1b[31mred')
    assert result.returncode == 2 and '\x1b' not in result.stderr


def test_an_output_that_is_lost_is_a_failure(latchkey):
    with open('/dev/full', 'w') as full:
        done = subprocess.run([str(latchkey), 'help'], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and 'could not be written' in done.stderr


def test_version_is_the_same_everywhere(latchkey):
    text = run(latchkey, 'version').stdout
    assert text == run(latchkey, '--version').stdout
    assert re.fullmatch(r'latchkey \d+\.\d+\.\d+\n', text)
    assert '"version":"%s"' % text.split()[1] in run(latchkey, 'version', '--json').stdout
