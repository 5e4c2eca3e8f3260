"""An organization's token settings: the switches mean it."""
import pytest

from support import jwt

LEGACY_OFF = ('Authentication token no longer valid: legacy token authentication has been disabled'
              ' for this organization')


@pytest.fixture(autouse=True)
def settings_back_to_defaults(request):
    yield
    for name in ('server', 'strict_server'):
        if name in request.fixturenames:
            request.getfixturevalue(name).set_settings(api_tokens_enabled=True, legacy_api_tokens_enabled=False)


@pytest.mark.label_studio
def test_the_first_organization_starts_as_label_studios_does(server):
    settings = server.owner.settings().json
    assert settings['api_tokens_enabled'] is True
    assert settings['legacy_api_tokens_enabled'] is False


@pytest.mark.label_studio
def test_legacy_tokens_count_from_the_next_request_after_the_switch(server):
    ann = server.new_user('ann')
    caller = server.with_key(ann.legacy_key())
    for _ in range(3):
        assert (caller.whoami().status, caller.whoami().detail) == (401, LEGACY_OFF)
        server.set_settings(legacy_api_tokens_enabled=True)
        assert caller.whoami().json['email'] == ann.email
        server.set_settings(legacy_api_tokens_enabled=False)


@pytest.mark.label_studio
def test_access_tokens_end_with_the_switch_and_come_back_with_it(server):
    ann = server.new_user('ann')
    pat = ann.create_pat()
    access = server.access(pat)
    for _ in range(3):
        assert server.whoami(access).status == 200
        server.set_settings(api_tokens_enabled=False)
        assert server.whoami(access).detail == 'Authentication credentials were not provided.'
        server.set_settings(api_tokens_enabled=True)
    assert server.refresh(pat).status == 200


def test_a_pat_sent_directly_ends_with_the_switch_too(server):
    pat = server.new_user('ann').create_pat()
    assert server.whoami(pat).status == 200
    server.set_settings(api_tokens_enabled=False)
    assert server.whoami(pat).status == 401
    assert server.with_key(pat).whoami().status == 401


def test_while_pats_are_off_none_is_created_exchanged_or_rotated(server):
    ann, bob = server.new_user('ann'), server.new_user('bob')
    pat = ann.create_pat()
    server.set_settings(api_tokens_enabled=False)
    refused = {'create': bob.post('/api/token/'), 'exchange': server.refresh(pat), 'rotate': ann.rotate(pat),
               'create by name': bob.create_token('x')}
    for what, answer in refused.items():
        assert answer.status == 403, (what, answer)
        assert 'switched off' in answer.detail, (what, answer)
    assert refused['exchange'].headers['Content-Type'] == 'application/json'
    server.set_settings(api_tokens_enabled=True)
    assert server.refresh(pat).status == 200, 'nothing happened to it'


@pytest.mark.label_studio
def test_strict_goes_on_creating_and_exchanging_while_pats_are_off(strict_server):
    ann = strict_server.new_user('ann')
    strict_server.set_settings(api_tokens_enabled=False)
    pat = ann.create_pat()
    access = strict_server.access(pat)
    assert strict_server.whoami(access).status == 401
    assert ann.rotate(pat).status == 200


@pytest.mark.label_studio
def test_a_pat_can_be_revoked_and_listed_while_pats_are_off(server):
    ann = server.new_user('ann')
    pat = ann.create_pat()
    server.set_settings(api_tokens_enabled=False)
    assert ann.list_pats() == [jwt.truncated(pat)]
    assert ann.revoke(pat).status == 204
    server.set_settings(api_tokens_enabled=True)
    assert server.refresh(pat).status == 401


@pytest.mark.label_studio
def test_one_bad_field_stores_nothing(server):
    answer = server.owner.settings(api_tokens_enabled=False, legacy_api_tokens_enabled='perhaps')
    assert answer.status == 400
    assert answer.json['validation_errors'] == {'legacy_api_tokens_enabled': ['Must be a valid boolean.']}
    assert server.owner.settings().json['api_tokens_enabled'] is True


def test_the_lifetime_is_read_set_and_applied_to_new_pats(server):
    assert server.owner.settings().json['api_token_ttl_days'] == 73000
    answer = server.set_settings(api_token_ttl_days=30)
    assert answer.json == {'api_tokens_enabled': True, 'legacy_api_tokens_enabled': False, 'api_token_ttl_days': 30}
    claims = jwt.claims(server.new_user('ann').create_pat())
    assert claims['exp'] - claims['iat'] == 30 * 86400
    server.set_settings(api_token_ttl_days=73000)


def test_a_shorter_lifetime_leaves_living_pats_alone(server):
    ann = server.new_user('ann')
    pat = ann.create_pat()
    server.set_settings(api_token_ttl_days=1)
    assert server.refresh(pat).status == 200
    assert ann.list_pats() == [jwt.truncated(pat)]
    server.set_settings(api_token_ttl_days=73000)


@pytest.mark.parametrize('value', [0, -1, 73001, 10**17, 'soon', None, 1.5, True, [], {}])
def test_a_lifetime_out_of_bounds_is_refused(server, value):
    answer = server.owner.settings(api_token_ttl_days=value)
    assert answer.status == 400, answer
    assert list(answer.json['validation_errors']) == ['api_token_ttl_days']
    assert server.owner.settings().json['api_token_ttl_days'] == 73000


@pytest.mark.label_studio
def test_strict_ignores_the_lifetime(strict_server):
    answer = strict_server.set_settings(api_token_ttl_days=1)
    assert answer.json == {'api_tokens_enabled': True, 'legacy_api_tokens_enabled': False}
    claims = jwt.claims(strict_server.new_user('ann').create_pat())
    assert claims['exp'] - claims['iat'] == 73000 * 86400
