"""A change takes effect with the next request, through every proxy and in each of its workers."""
import pytest

from stack import told

EACH_WORKER = 12  # requests, each on a connection of its own: every worker has a few of them


@pytest.fixture
def member(stack):
    return stack.server.new_user()


def statuses(stack, token):
    return {stack.ask(token).status for _ in range(EACH_WORKER)}


def test_a_revoked_pat_and_its_access_tokens_are_refused(stack, member):
    pat = member.create_pat()
    access = stack.server.access(pat)
    assert statuses(stack, pat) == statuses(stack, access) == {200}
    assert member.revoke(pat).status == 204
    assert statuses(stack, pat) == statuses(stack, access) == {401}


def test_a_revoked_api_key_is_refused(stack, member):
    made = member.create_token('a program', kind='api_key').json
    assert statuses(stack, made['token']) == {200}
    assert member.delete('/api/v1/tokens/' + made['id']).status == 204
    assert statuses(stack, made['token']) == {401}


def test_a_token_revoked_by_command_is_refused(stack, member):
    access = stack.server.access(member.create_pat())
    assert statuses(stack, access) == {200}
    (token,) = stack.server.cli_json('token', 'list', '--user', member.email)['items']
    assert stack.server.cli('token', 'revoke', token['id']).returncode == 0
    assert statuses(stack, access) == {401}


def test_the_upstreams_token_ends_with_the_callers(stack, member):
    pat = member.create_pat()
    upstream_token = told(stack.ask(pat))['authorization'][0].split(' ')[1]
    assert stack.server.whoami(upstream_token).status == 200
    member.revoke(pat)
    assert stack.server.whoami(upstream_token).status == 401


def test_a_deactivated_user_is_refused_until_he_is_active_again(stack, member):
    pat, key = member.create_pat(), member.legacy_key()
    assert statuses(stack, pat) == statuses(stack, key) == {200}
    assert stack.server.cli('user', 'deactivate', member.email).returncode == 0
    assert statuses(stack, pat) == statuses(stack, key) == {401}
    assert stack.server.cli('user', 'activate', member.email).returncode == 0
    assert statuses(stack, pat) == statuses(stack, key) == {200}


def test_a_kind_switched_off_is_refused_until_it_is_on_again(stack, member):
    access, key = stack.server.access(member.create_pat()), member.legacy_key()
    assert statuses(stack, access) == statuses(stack, key) == {200}
    stack.server.set_settings(legacy_api_tokens_enabled=False)
    assert (statuses(stack, access), statuses(stack, key)) == ({200}, {401})
    stack.server.set_settings(legacy_api_tokens_enabled=True, api_tokens_enabled=False)
    assert (statuses(stack, access), statuses(stack, key)) == ({401}, {200})
    stack.server.set_settings(api_tokens_enabled=True)
    assert statuses(stack, access) == statuses(stack, key) == {200}


def test_a_new_legacy_token_ends_the_old_one(stack, member):
    old = member.legacy_key()
    assert statuses(stack, old) == {200}
    new = member.post('/api/current-user/reset-token/').json['token']
    assert (statuses(stack, old), statuses(stack, new)) == ({401}, {200})


def test_a_new_role_is_told_at_once(stack, member):
    pat = member.create_pat()

    def roles():
        return {told(stack.ask(pat))['x-auth-role'][0] for _ in range(EACH_WORKER)}

    assert roles() == {'member'}
    assert stack.server.cli('org', 'set-role', member.email, 'administrator').returncode == 0
    assert roles() == {'administrator'}


def test_a_removed_member_is_refused(stack, member):
    pat = member.create_pat()
    user_id = member.id
    assert statuses(stack, pat) == {200}
    assert stack.server.owner.delete('/api/organizations/1/memberships/%d/' % user_id).status == 204
    assert statuses(stack, pat) == {401}
