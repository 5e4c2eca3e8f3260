"""The newest line of label-studio-sdk against the daemon."""
import asyncio
import concurrent.futures
import time

import pytest

pytest.importorskip('label_studio_sdk', reason='pip install -r tests/requirements.txt')

from label_studio_sdk import AsyncLabelStudio, Client, LabelStudio  # noqa: E402
from label_studio_sdk._legacy.client import ClientCredentials  # noqa: E402
from label_studio_sdk.core.api_error import ApiError  # noqa: E402
from label_studio_sdk.errors import NotFoundError  # noqa: E402

from support import jwt  # noqa: E402

ONCE = {'max_retries': 0}  # the SDK would repeat a 409 twice, and wait


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture
def pat(ann):
    return ann.create_pat()


@pytest.fixture
def api_key(ann):
    return ann.create_token('sdk', kind='api_key').json['token']


@pytest.fixture
def sdk(server, pat):
    return LabelStudio(base_url=server.base_url, api_key=pat)


@pytest.fixture
def legacy_on(server):
    server.set_settings(legacy_api_tokens_enabled=True)
    yield
    server.set_settings(legacy_api_tokens_enabled=False)


@pytest.mark.label_studio
def test_whoami_with_a_pat(sdk, ann):
    me = sdk.users.whoami()
    assert (me.id, me.email, me.username) == (ann.id, ann.email, ann.email.split('@')[0])
    assert me.date_joined.year >= 2024 and me.active_organization == 1


@pytest.mark.label_studio
@pytest.mark.usefixtures('legacy_on')
def test_whoami_with_a_legacy_token(server, ann):
    sdk = LabelStudio(base_url=server.base_url, api_key=ann.legacy_key())
    assert sdk.users.whoami().email == ann.email
    assert sdk.tokens.list() == []


def test_whoami_with_a_pat_in_x_api_key(server, pat, ann):
    sdk = LabelStudio(base_url=server.base_url, api_key=pat, headers={'X-API-Key': pat})
    assert sdk.users.whoami().email == ann.email


def test_an_api_key_serves_as_the_sdks_api_key(server, api_key, ann):
    sdk = LabelStudio(base_url=server.base_url, api_key=api_key)
    assert sdk.users.whoami().email == ann.email
    assert sdk.users.update(id=ann.id, first_name='Ann').first_name == 'Ann'
    assert sdk.tokens.list() == [], "Label Studio's list has PATs only"
    made = sdk.tokens.create().token
    assert [item.token for item in sdk.tokens.list()] == [jwt.truncated(made)]
    asynchronous = AsyncLabelStudio(base_url=server.base_url, api_key=api_key)
    assert asyncio.run(asynchronous.users.whoami()).email == ann.email


def test_create_list_refresh_rotate_and_revoke(server, ann):
    boot = LabelStudio(base_url=server.base_url, api_key=ann.create_token('boot').json['token'])
    made = boot.tokens.create()
    assert made.token.count('.') == 2
    assert made.created_at and made.expires_at and made.created_at < made.expires_at
    listed = {item.token: item for item in boot.tokens.list()}
    assert len(listed) == 2
    assert listed[jwt.truncated(made.token)].expires_at == made.expires_at

    access = boot.tokens.refresh(refresh=made.token).access
    assert server.whoami(access).json['email'] == ann.email
    new = boot.tokens.rotate(refresh=made.token).refresh
    assert new != made.token
    assert server.whoami(access).status == 200, 'both work for the grace time'
    assert boot.tokens.rotate(refresh=made.token).refresh == new, 'a retry gets the same successor'
    boot.tokens.blacklist(refresh=new)
    with pytest.raises(NotFoundError) as error:
        boot.tokens.blacklist(refresh=new)
    assert error.value.body == {'detail': 'Token is invalid or already blacklisted.'}
    with pytest.raises(ApiError) as error:
        boot.tokens.refresh(refresh=new)
    assert error.value.status_code == 401
    assert server.whoami(access).status == 401, 'the one that it replaced ends with it'


@pytest.mark.label_studio
def test_a_second_pat_is_a_conflict(sdk):
    with pytest.raises(ApiError) as error:
        sdk.tokens.create(request_options=ONCE)
    assert error.value.status_code == 409
    assert error.value.body['detail'].startswith('You already have a valid token')


@pytest.mark.label_studio
def test_rotating_the_sdks_own_pat_and_going_on_with_the_new_one(server, sdk, pat, ann):
    new = sdk.tokens.rotate(refresh=pat).refresh
    assert LabelStudio(base_url=server.base_url, api_key=new).users.whoami().email == ann.email


def test_settings_are_read_and_changed(server):
    sdk = LabelStudio(base_url=server.base_url, api_key=server.owner.create_token('settings').json['token'])
    before = sdk.jwt_settings.get()
    assert (before.api_tokens_enabled, before.legacy_api_tokens_enabled) == (True, False)
    assert before.api_token_ttl_days == 73000
    try:
        after = sdk.jwt_settings.update(api_token_ttl_days=30, legacy_api_tokens_enabled=True)
        assert (after.api_token_ttl_days, after.api_tokens_enabled, after.legacy_api_tokens_enabled) == (30, True, True)
        assert sdk.jwt_settings.get().api_token_ttl_days == 30
    finally:
        sdk.jwt_settings.update(api_token_ttl_days=73000, api_tokens_enabled=True, legacy_api_tokens_enabled=False)


@pytest.mark.label_studio
def test_users_and_legacy_token(sdk, ann):
    assert sdk.users.get_token().token == ann.legacy_key()
    assert ann.email in [user.email for user in sdk.users.list()]
    assert sdk.users.get(id=ann.id).email == ann.email
    assert sdk.users.update(id=ann.id, first_name='Ann').first_name == 'Ann'
    assert sdk.users.reset_token().token == ann.legacy_key()


@pytest.mark.label_studio
def test_versions_and_the_invitation(sdk, server):
    assert sdk.versions.get()
    assert sdk.organizations.invites.get_invite_link().token == server.owner.invitation()


@pytest.mark.label_studio
def test_the_async_client(server, pat, ann):
    async def run():
        sdk = AsyncLabelStudio(base_url=server.base_url, api_key=pat)
        people = await asyncio.gather(*[sdk.users.whoami() for _ in range(8)])
        return [me.email for me in people], await sdk.tokens.list()

    emails, tokens = asyncio.run(run())
    assert emails == [ann.email] * 8
    assert [item.token for item in tokens] == [jwt.truncated(pat)]


def test_an_access_token_that_ends_in_mid_run_is_refreshed_by_the_sdk(make_server):
    server = make_server('--access-token-ttl', '2')
    ann = server.new_user('ann')
    sdk = LabelStudio(base_url=server.base_url, api_key=ann.create_pat())
    used, end = set(), time.monotonic() + 5
    while time.monotonic() < end:
        assert sdk.users.whoami().email == ann.email
        used.add(sdk._client_wrapper._tokens_client._access_token)
        time.sleep(0.05)
    assert len(used) >= 2


def test_a_short_lived_access_token_in_the_async_client_too(make_server):
    server = make_server('--access-token-ttl', '1')
    ann = server.new_user('ann')

    async def run():
        sdk = AsyncLabelStudio(base_url=server.base_url, api_key=ann.create_pat())
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert (await sdk.users.whoami()).email == ann.email
            await asyncio.sleep(0.05)

    asyncio.run(run())


@pytest.mark.label_studio
def test_one_client_in_many_threads(sdk, ann):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert [me.email for me in pool.map(lambda _: sdk.users.whoami(), range(40))] == [ann.email] * 40


@pytest.mark.label_studio
def test_a_revoked_pat_is_a_clean_error(server, ann, pat):
    ann.revoke(pat)
    with pytest.raises(ApiError) as error:
        LabelStudio(base_url=server.base_url, api_key=pat).users.whoami()
    assert error.value.status_code == 401
    assert error.value.body['detail'] == 'Token is blacklisted'


@pytest.mark.label_studio
def test_a_base_url_may_end_in_a_slash(server, pat, ann):
    assert LabelStudio(base_url=server.base_url + '/', api_key=pat).users.whoami().email == ann.email


def test_every_refusal_has_a_body_that_the_sdk_can_read(server, sdk, ann):
    """The SDK gives the text of a body that is no JSON; here it is always an object with the reason."""
    server.set_settings(api_tokens_enabled=False)
    try:
        with pytest.raises(ApiError) as error:
            LabelStudio(base_url=server.base_url, api_key=ann.list_pats()[0] + '.x').users.whoami()
        assert isinstance(error.value.body, dict)
        with pytest.raises(ApiError) as error:
            sdk.users.whoami()
        assert error.value.status_code == 403 and isinstance(error.value.body, dict)
    finally:
        server.set_settings(api_tokens_enabled=True)
    with pytest.raises(ApiError) as error:
        sdk.projects.get(id=1)
    assert error.value.status_code == 404 and error.value.body['detail'] == 'Not found.'


# -- the old client ----------------------------------------------------------------------------


@pytest.mark.label_studio
@pytest.mark.usefixtures('legacy_on')
def test_the_old_client_with_a_legacy_token(server, ann):
    client = Client(url=server.base_url, api_key=ann.legacy_key())
    assert client.check_connection() == {'status': 'UP'}
    assert client.make_request('GET', '/api/current-user/whoami').json()['email'] == ann.email


def test_the_old_client_with_an_api_key(server, ann, api_key):
    client = Client(url=server.base_url, api_key=api_key)
    assert client.check_connection() == {'status': 'UP'}
    assert client.make_request('GET', '/api/current-user/whoami').json()['email'] == ann.email


def test_the_old_client_with_a_pat(server, ann, pat):
    client = Client(url=server.base_url, api_key=pat)
    assert client.check_connection() == {'status': 'UP'}
    assert client.make_request('GET', '/api/current-user/whoami').json()['email'] == ann.email


@pytest.mark.label_studio
@pytest.mark.usefixtures('legacy_on')
def test_the_old_client_with_email_and_password(server, ann):
    client = Client(url=server.base_url, credentials=ClientCredentials(email=ann.email, password=ann.password))
    assert client.api_key == ann.legacy_key()
    assert client.make_request('GET', '/api/current-user/whoami').json()['email'] == ann.email
