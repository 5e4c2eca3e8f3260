"""What ends with what, from the next request on."""
import pytest

from support import jwt


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def test_a_revoked_token_kills_its_access_tokens_at_once(server, ann):
    pat = ann.create_pat()
    access = [server.access(pat) for _ in range(5)]
    assert [server.whoami(token).status for token in access] == [200] * 5
    assert ann.revoke(pat).status == 204
    assert [server.whoami(token).status for token in access] == [401] * 5


def test_revoking_one_token_leaves_the_others_alone(server, ann):
    first, second = (ann.create_token(name).json['token'] for name in ('first', 'second'))
    kept = server.access(second)
    ann.revoke(first)
    assert server.refresh(first).status == 401
    assert server.refresh(second).status == 200
    assert server.whoami(kept).status == 200


def test_rotating_without_a_grace_kills_the_old_tokens_access_tokens(server, ann):
    made = ann.create_token('r').json
    access = server.access(made['token'])
    new = ann.post('/api/v1/tokens/%s/rotate' % made['id'], json={'grace_seconds': 0}).json['token']
    assert server.whoami(access).status == 401
    assert server.whoami(server.access(new)).status == 200


def test_a_pat_can_revoke_itself_with_its_own_access_token(server, ann):
    pat = ann.create_pat()
    access = server.access(pat)
    assert server.bearer(access).revoke(jwt.truncated(pat)).status == 204
    assert server.whoami(access).status == 401


@pytest.mark.label_studio
def test_a_reset_legacy_key_is_dead_at_once(server, ann):
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        caller = server.with_key(ann.legacy_key())
        assert caller.whoami().status == 200
        ann.post('/api/current-user/reset-token/')
        assert caller.whoami().status == 401
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


@pytest.mark.label_studio
def test_all_tokens_of_a_deleted_user_are_dead(server, ann):
    pat, key = ann.create_pat(), ann.legacy_key()
    access = server.access(pat)
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        assert server.owner.delete('/api/users/%d/' % ann.id).status == 204
        assert server.whoami(access).detail == 'Authentication credentials were not provided.'
        assert server.with_key(key).whoami().detail == 'Invalid token.'
        assert ann.whoami().status == 401
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


def test_a_removed_members_access_tokens_are_dead(server, ann):
    access = server.access(ann.create_pat())
    assert server.whoami(access).status == 200
    assert server.owner.delete('/api/organizations/1/memberships/%d/' % ann.id).status == 204
    assert server.whoami(access).status == 401


def test_revocation_holds_after_a_restart(server, ann):
    pat = ann.create_pat()
    access = server.access(pat)
    ann.revoke(pat)
    server.restart()
    assert server.whoami(access).status == 401
    assert server.refresh(pat).detail == 'Token is blacklisted'
