"""
What commands are given, wrong in each way: one line on standard error that names the option or what it is about,
nothing on standard output, exit status 1 or 2, and nothing was changed.
"""
import pytest

PASSWORD = 'Memb3rPass!'
CONTROL = ['a\nb', 'a\tb', '\x1b[31m', 'a\x7f']
NUMBERS = ['x', '1.5', '-1', '', ' 1', '0x10', '9' * 30, '9223372036854775808']
NETWORKS = ['300.1.1.1', '10.0.0.0/33', '::1/129', '10.0.0', 'example.com', 'fe80::1%eth0', '1' * 100]
TIMES = ['tomorrow', '2027-13-01T00:00:00Z', '2027-02-30T00:00:00Z', '1990-01-01T00:00:00Z', '99999-01-01T00:00:00Z', '']
NAMES = ['', ' ', 'x' * 101, '\u20ac' * 101] + CONTROL
SCOPES = ['nope', '', 'all nope', 'x' * 65, 'READ']
WORDS = ['nonsense', '', 'MEMBER']

# The command up to its options, and for each option what it must not be; '' is the operand.
CASES = {
    'token create --user USER': {
        '--name': NAMES, '--kind': ['nonsense', '', 'PAT', 'legacy'], '--ttl-days': NUMBERS + ['73001'], '--expires-at': TIMES,
        '--scope': SCOPES, '--allow-ip': NETWORKS + ['']},
    'token change TOKEN': {'--name': NAMES, '--expires-at': TIMES, '--scope': SCOPES, '--allow-ip': NETWORKS},
    'token rotate TOKEN': {'--grace': ['x', '-1', '', '25h', '86401', '9' * 30]},
    'token revoke --organization 1': {'--kind': WORDS, '--unused-days': NUMBERS + ['36501']},
    'token list --user USER': {'--kind': WORDS, '--state': WORDS, '--sort': WORDS, '--unused-days': NUMBERS, '--expires-in-days': NUMBERS},
    'org settings': {
        '--api-token-ttl-days': NUMBERS + ['0', '73001'], '--max-tokens-per-user': NUMBERS + ['100001'], '--require-expiry': WORDS,
        '--legacy-tokens': WORDS, '--personal-access-tokens': WORDS, '--api-keys': WORDS, '--direct-pat': WORDS, '--allow-ip': NETWORKS + [''],
        '--organization': NUMBERS + ['99']},
    'org add': {'': ['', 'x' * 1001] + CONTROL},
    'org set-role USER': {'': WORDS},
    'user add --no-password': {'': ['', 'nonsense', 'a@b', '@example.com', 'x' * 250 + '@example.com', 'a b@example.com', 'a\n@example.com']},
    'user add new@example.com --no-password': {'--role': WORDS, '--first-name': ['x' * 257] + CONTROL, '--last-name': ['x' * 257] + CONTROL, '--username': ['x' * 257] + CONTROL},
    'service-account add': {'': NAMES},
    'service-account add machine': {'--role': WORDS + ['owner'], '--owner': ['nobody@example.com', '999999'], '--description': ['x' * 501]},
    'webhook add': {'': ['', 'nonsense', 'ftp://example.com/', 'https://', 'https://user:pw@example.com/', 'https://example.com/' + 'x' * 2048]},
    'webhook add https://hooks.example.com/': {'--event': ['nope', '', 'token.nope'], '--description': ['x' * 201] + CONTROL},
    'key add': {'--algorithm': ['none', 'HS512', 'eddsa', '']},
    'audit': {'--event': ['nope', 'token.nope'], '--since': ['nonsense', '1x'], '--limit': NUMBERS + ['100001']},
}
# What may be empty: as if it were not given.
MAY_BE_EMPTY = {('token create --user USER', '--expires-at')}


@pytest.fixture(scope='module')
def desk(make_module_server):
    server = make_module_server()
    user = server.new_user('ann')
    token = server.cli_json('token', 'create', '--user', user.email, '--name', 'stays', '--kind', 'api_key', '--ttl-days', '20')
    server.names = {'USER': user.email, 'TOKEN': token['id']}
    server.stop()
    return server


def state(desk):
    """The newest entry of the audit log is as it was: nothing at all was changed."""
    done = desk.cli('audit', '--json', '--limit', '1')
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.parametrize('command', CASES)
def test_a_wrong_word_is_said_in_a_line_and_changes_nothing(desk, command):
    begun = [desk.names.get(word, word) for word in command.split()]
    faults, before = [], state(desk)
    for option, values in CASES[command].items():
        for value in values:
            if value == '' and (command, option) in MAY_BE_EMPTY:
                continue
            done = desk.cli(*begun, *([option] if option else []), value)
            said = done.stderr
            fault = ('status %d' % done.returncode if done.returncode not in (1, 2) else
                     'it speaks on standard output: ' + done.stdout[:100] if done.stdout else
                     'no one line: ' + said if len(said.splitlines()) != 1 or not said.startswith('latchkey: ') else
                     'a control character' if any(ord(c) < 32 for c in said.rstrip('\n')) else '')
            if fault:
                faults.append('%s %s %r: %s' % (command, option, value[:60], fault))
        if state(desk) != before:
            faults.append('%s %s: something was changed' % (command, option))
            before = state(desk)
    assert not faults, '\n'.join(faults)
