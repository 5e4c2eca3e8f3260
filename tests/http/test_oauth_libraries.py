"""The OAuth endpoints through clients that others wrote: Authlib, PyJWT, joserfc, oauthlib."""
import time

import jwt as pyjwt
import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from joserfc import jwt as jose_jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import DeviceClient, InvalidGrantError
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error
from requests_oauthlib import OAuth2Session

from support.oauth import ACCESS_TOKEN, EXCHANGE


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    monkeypatch.setenv('OAUTHLIB_INSECURE_TRANSPORT', '1')  # loopback
    monkeypatch.setenv('NO_PROXY', '*')


# -- PyJWT -------------------------------------------------------------------------------------


@pytest.mark.parametrize('algorithm', ['EdDSA', 'ES256', 'RS256'])
def test_pyjwt_verifies_access_tokens_by_the_jwks(make_server, algorithm):
    server = make_server()
    owner = server.owner
    pat = owner.create_pat()
    server.cli_json('key', 'add', '--algorithm', algorithm, '--current')
    keys = pyjwt.PyJWKClient(server.base_url + '/.well-known/jwks.json')
    access = server.access(pat)
    claims = pyjwt.decode(access, keys.get_signing_key_from_jwt(access).key, algorithms=[algorithm])
    assert claims['user_id'] == str(owner.id) and claims['token_type'] == 'access'

    server.cli_json('key', 'rotate', '--algorithm', algorithm, '--now')
    newer = server.access(pat)
    assert pyjwt.get_unverified_header(newer)['kid'] != pyjwt.get_unverified_header(access)['kid']
    for token in (access, newer):
        key = keys.get_signing_key_from_jwt(token).key
        assert pyjwt.decode(token, key, algorithms=[algorithm])['user_id'] == str(owner.id)
    head, body, signature = access.split('.')
    with pytest.raises(pyjwt.InvalidSignatureError):
        forged = '.'.join((head, body, signature[:-8] + 'AAAAAAAA'))
        pyjwt.decode(forged, keys.get_signing_key_from_jwt(access).key, algorithms=[algorithm])


@pytest.mark.parametrize('algorithm', ['EdDSA', 'ES256', 'RS256'])
def test_joserfc_verifies_access_tokens_by_the_jwks(make_server, algorithm):
    server = make_server()
    server.cli_json('key', 'add', '--algorithm', algorithm, '--current')
    access = server.access(server.owner.create_pat())
    keys = KeySet.import_key_set(server.client().get('/.well-known/jwks.json').json)
    token = jose_jwt.decode(access, keys, algorithms=[algorithm])
    jose_jwt.JWTClaimsRegistry().validate(token.claims)
    assert token.header['kid'] in {key.kid for key in keys.keys} and token.claims['token_type'] == 'access'


# -- Authlib -----------------------------------------------------------------------------------


def test_authlib_refreshes_introspects_and_revokes(server, ann):
    pat = ann.create_pat()
    metadata = server.client().get('/.well-known/oauth-authorization-server').json
    session = AuthlibSession(client_id='authlib', token={'refresh_token': pat, 'token_type': 'Bearer'},
                             token_endpoint_auth_method='none')
    session.trust_env = False
    token = session.refresh_token(metadata['token_endpoint'], refresh_token=pat)
    assert token['expires_in'] > 0
    assert session.get(server.base_url + '/api/current-user/whoami').json()['email'] == ann.email

    caller = AuthlibSession(client_id='proxy', client_secret=pat, token_endpoint_auth_method='client_secret_basic')
    caller.trust_env = False
    told = caller.introspect_token(metadata['introspection_endpoint'], token=token['access_token'],
                                   token_type_hint='access_token').json()
    assert told['active'] is True and told['username'] == ann.email

    assert session.revoke_token(metadata['revocation_endpoint'], token=pat,
                                token_type_hint='refresh_token').status_code == 200
    assert server.whoami(token['access_token']).status == 401


def test_authlib_refreshes_by_itself_once_the_token_has_ended(server, ann):
    pat = ann.create_pat()
    ended = {'access_token': 'ended', 'refresh_token': pat, 'token_type': 'Bearer', 'expires_at': int(time.time()) - 1}
    session = AuthlibSession(client_id='authlib', token=ended, token_endpoint_auth_method='none',
                             token_endpoint=server.base_url + '/oauth/token')
    session.trust_env = False
    assert session.get(server.base_url + '/api/current-user/whoami').json()['email'] == ann.email


def test_authlib_exchanges_a_token(server, ann):
    session = AuthlibSession(client_id='authlib', token_endpoint_auth_method='none')
    session.trust_env = False
    token = session.fetch_token(server.base_url + '/oauth/token', grant_type=EXCHANGE, subject_token=ann.create_pat(),
                                subject_token_type=ACCESS_TOKEN, scope='read')
    assert token['issued_token_type'] == ACCESS_TOKEN and token['scope'] == 'read'


# -- oauthlib ----------------------------------------------------------------------------------


def test_oauthlib_s_device_client_is_let_in(server, ann):
    client = DeviceClient('oauthlib-tv')
    session = OAuth2Session(client=client)
    session.trust_env = False
    device = session.post(server.base_url + '/oauth/device_authorization', data={'client_id': 'oauthlib-tv'}).json()

    def poll():
        return session.fetch_token(server.base_url + '/oauth/token', include_client_id=True,
                                   device_code=device['device_code'])

    with pytest.raises(CustomOAuth2Error) as refused:
        poll()
    assert refused.value.error == 'authorization_pending'
    assert ann.post('/api/v1/device-grants/%s/approve' % device['user_code']).status == 200
    token = poll()
    assert token['refresh_token'] and session.get(server.base_url + '/api/current-user/whoami').json()['email'] == ann.email

    with pytest.raises(Exception) as refused:
        poll()
    assert 'expired_token' in str(refused.value)


def test_requests_oauthlib_refreshes(server, ann):
    pat = ann.create_pat()
    session = OAuth2Session('requests', token={'access_token': 'x', 'refresh_token': pat, 'token_type': 'Bearer',
                                               'expires_in': -1},
                            auto_refresh_url=server.base_url + '/oauth/token', token_updater=lambda token: None)
    session.trust_env = False
    assert session.get(server.base_url + '/api/current-user/whoami').json()['email'] == ann.email
    ann.revoke(pat)
    with pytest.raises(InvalidGrantError):
        session.refresh_token(server.base_url + '/oauth/token', refresh_token=pat)
