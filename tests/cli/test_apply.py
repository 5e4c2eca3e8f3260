"""`latchkey apply`: a file says how things should be; what differs is changed, and nothing else."""
import json
import pathlib
import re
import textwrap

import pytest


@pytest.fixture(scope='module')
def desk(make_module_server):
    server = make_module_server()
    server.stop()
    return server


@pytest.fixture
def apply(desk, tmp_path):
    def run(text, *options):
        file = tmp_path / 'wanted.yaml'
        file.write_text(textwrap.dedent(text))
        return desk.cli('apply', str(file), *options)
    return run


def lines(result):
    assert result.returncode == 0 and not result.stderr, result
    return result.stdout.splitlines()


def refused(result, *words):
    assert result.returncode == 1 and not result.stdout and len(result.stderr.splitlines()) == 1, result
    for word in words:
        assert word in result.stderr, result


WHOLE = '''
    organizations:
      - title: Acme
        settings:
          api_token_ttl_days: 90
          legacy_api_tokens_enabled: true
          max_tokens_per_user: 5
          require_expiry: true
          allowed_ips: [10.0.0.0/8, "2001:db8::/32"]
        members:
          - {email: ann@acme.example, role: owner}
          - {email: bob@acme.example}
        service_accounts:
          - name: trainer
            description: trains at night
            owner: ann@acme.example
            role: administrator
            tokens:
              - {name: nightly, scopes: [read]}
'''


def test_all_mistakes_are_told_at_once(desk, apply):
    refused(apply('''
        organizations:
          - title: Acme
            settings: {api_token_ttl_days: many, nonsense: 1}
            members:
              - {email: ann@acme.example, role: king}
    '''), 'line 4, organizations[0].settings.api_token_ttl_days', 'line 4, organizations[0].settings.nonsense', 'line 6, organizations[0].members[0].role')
    assert 'Acme' not in desk.cli('org', 'list').stdout


def test_a_whole_organization_is_made_and_then_nothing_differs(desk, apply):
    told = lines(apply(WHOLE, '--dry-run'))
    assert '+ organization Acme (Acme)' in told and told[-1].startswith('9 to change; nothing was changed'), told
    assert 'Acme' not in lines(desk.cli('org', 'list'))[-1]
    told = lines(apply(WHOLE))
    assert any(line.startswith('! token nightly of service account trainer') for line in told), told
    assert told[-1] == '9 changed', told
    [acme] = [org for org in desk.cli_json('org', 'list')['items'] if org['title'] == 'Acme']
    settings = desk.cli_json('org', 'settings', '--organization', str(acme['id']))
    assert settings['api_token_ttl_days'] == 90 and settings['require_expiry'] is True
    assert settings['allowed_ips'] == ['10.0.0.0/8', '2001:db8::/32']
    roles = {m['email']: m['role'] for m in desk.cli_json('org', 'members', '--organization', str(acme['id']))['items']}
    assert roles == {'ann@acme.example': 'owner', 'bob@acme.example': 'member'}
    again = [line for line in lines(apply(WHOLE)) if line[0] != '!']
    assert again == ['0 changed']


def test_the_page_shows_what_comes_out(make_server):
    """docs/apply.md: its file, brought to a fresh installation, has the output that stands below it."""
    page = (pathlib.Path(__file__).resolve().parent.parent.parent / 'docs' / 'apply.md').read_text()
    server = make_server()
    server.stop()
    file = server.folder / 'latchkey.yaml'
    file.write_text(re.search('```yaml\n(.*?)```', page, re.S).group(1))
    shown = re.search(r'```console\n\$ latchkey apply latchkey.yaml --dry-run\n(.*?)```', page, re.S).group(1)
    assert server.cli('apply', str(file), '--dry-run').stdout == shown


def test_only_what_differs_is_changed(desk, apply):
    desk.cli_json('user', 'add', 'cat@example.com', '--no-password', '--organization', '1')
    text = '''
        organizations:
          - id: 1
            settings: {api_keys_enabled: %s}
            members: [{email: CAT@example.com, role: %s, is_active: %s}]
    '''
    told = lines(apply(text % ('false', 'administrator', 'false')))
    assert told == ['~ settings of organization 1 api_keys_enabled: true -> false',
                    '~ member CAT@example.com of organization 1 role: member -> administrator',
                    '~ member CAT@example.com of organization 1 is_active: true -> false', '3 changed']
    assert desk.cli_json('user', 'show', 'cat@example.com')['is_active'] is False
    assert len(lines(apply(text % ('true', 'member', 'true')))) == 4
    assert desk.cli_json('user', 'show', 'cat@example.com')['is_active'] is True


def test_tokens_of_machines_are_narrowed_never_widened(desk, apply):
    text = '''
        organizations:
          - id: 1
            service_accounts: [{name: robot, tokens: [{name: nightly, scopes: %s, allowed_ips: %s}]}]
    '''
    lines(apply(text % ('[all]', '[]')))
    made = desk.cli('token', 'create', '--user', 'robot', '--name', 'nightly', '--kind', 'api_key')
    assert made.returncode == 0, made
    told = lines(apply(text % ('[read]', '[192.0.2.0/24]')))
    assert '~ token nightly of service account robot of organization 1 scopes: all -> read' in told
    assert lines(apply(text % ('[read]', '[192.0.2.0/24]'))) == ['0 changed']
    refused(apply(text % ('[all]', '[192.0.2.0/24]')), 'scopes')


def test_pruning_ends_what_the_file_does_not_name(desk, apply):
    text = '''
        organizations:
          - title: Pruned
            prune: true
            members: [{email: own@pruned.example, role: owner}%s]
            service_accounts: [{name: kept}%s]
    '''
    lines(apply(text % (', {email: gone@pruned.example}', ', {name: going}')))
    told = lines(apply(text % ('', ''), '--dry-run'))
    assert told[-1].startswith('2 to change')
    told = lines(apply(text % ('', '')))
    assert told[-1] == '2 changed' and told[0].startswith('- member gone@pruned.example'), told
    assert lines(apply(text % ('', ''))) == ['0 changed']


@pytest.mark.parametrize('text, words', [
    ('organizations: 1', ['organizations: Must be a list']),
    ('organisations: []', ['organisations', 'nothing of that name']),
    ('- a', ["Must begin with 'organizations:'"]),
    ('organizations: [{id: 1, colour: red}]', ['organizations[0].colour']),
    ('organizations: [{id: 77}]', ['organizations[0]', 'no organization with this id']),
    ('organizations: [{id: 1, settings: {api_token_ttl_days: 0}}]', ['api_token_ttl_days']),
    ('organizations: [{id: 1, settings: {api_tokens_enabled: yes}}]', ['api_tokens_enabled', 'true or false']),
    ('organizations: [{id: 1, settings: {allowed_ips: [10.0.0.1/8]}}]', ['allowed_ips']),
    ('organizations: [{id: 1, members: [{email: x, role: owner}]}]', ['organizations[0].members[0].email']),
    ('organizations: [{id: 1, members: [{email: a@b.c, role: king}]}]', ['members[0].role']),
    ('organizations: [{id: 1, members: [{email: a@b.c}, {email: A@B.C}]}]', ['second time']),
    ('organizations: [{id: 1, id: 2}]', ['line 1', 'second time']),
    ('a: [', ['line ']),
])
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_changed(desk, apply, text, words):
    before = desk.cli('org', 'settings', '--json', '--organization', '1').stdout
    wanted = 'organizations: [{id: 1, settings: {max_tokens_per_user: 77}}]'
    if text.startswith('organizations: [') and 'settings' not in text:
        text = wanted[:-1] + ', ' + text[len('organizations: ['):]
        words = [word.replace('organizations[0]', 'organizations[1]') for word in words]
    refused(apply(text), *words)
    assert desk.cli('org', 'settings', '--json', '--organization', '1').stdout == before


def test_the_last_owner_stays(desk, apply):
    result = apply('organizations: [{id: 1, members: [{email: %s, role: member}]}]' % desk.owner_email)
    refused(result, 'member ' + desk.owner_email, 'last owner')
    roles = {m['email']: m['role'] for m in desk.cli_json('org', 'members', '--organization', '1')['items']}
    assert roles[desk.owner_email] == 'owner'


def test_json_says_the_same(desk, apply):
    result = apply('organizations: [{id: 1, settings: {max_tokens_per_user: 9}}]', '--dry-run', '--json')
    assert json.loads(result.stdout) == {'dry_run': True, 'items': [
        {'change': 'changed', 'what': 'settings of organization 1', 'field': 'max_tokens_per_user',
         'before': '0', 'after': '9'}]}


def test_the_daemon_applies_it_at_each_start(make_server, tmp_path):
    file = tmp_path / 'wanted.yaml'
    file.write_text('organizations: [{settings: {api_token_ttl_days: 30}}]')
    server = make_server('--apply', str(file))
    assert server.cli_json('org', 'settings')['api_token_ttl_days'] == 30
    assert 'api_token_ttl_days' in server.log
    server.cli('org', 'settings', '--api-token-ttl-days', '60')
    server.restart()
    assert server.cli_json('org', 'settings')['api_token_ttl_days'] == 30
    server.stop()
    file.write_text('organizations: [{settings: {api_token_ttl_days: many}}]')
    with pytest.raises(AssertionError, match='api_token_ttl_days'):
        server.start()
