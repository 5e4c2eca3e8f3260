"""
One test for each row of deliberate-differences.md: where Label Studio 1.23.2 has a defect or made a
choice, and what Latchkey does instead. The numbers are the rows'.
"""
import concurrent.futures
import subprocess
import time

import pytest

from support import jwt, sample

SECRET_KEY = 'a-key-that-only-this-test-knows'
GONE = {'detail': 'Token is invalid or already blacklisted.'}
NO_CREDENTIALS = 'Authentication credentials were not provided.'
NOT_YOURS = 'You do not have permission to perform this action.'


@pytest.fixture(scope='module')
def server(make_module_server, tmp_path_factory):
    """Knows the signing key, so that tests can sign tokens that were never issued."""
    key = tmp_path_factory.mktemp('key') / 'secret-key'
    key.write_text(SECRET_KEY)
    key.chmod(0o600)
    return make_module_server('--secret-key-file', str(key), '--leeway', '0')


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture
def bob(server):
    return server.new_user('bob')


@pytest.fixture
def imported(make_server, tmp_path):
    return sample.imported(make_server, tmp_path)


def assert_envelope(answer, status, detail):
    assert (answer.status, answer.detail) == (status, detail), answer
    assert set(answer.json) == {'id', 'status_code', 'version', 'detail', 'exc_info'}


# -- authorization and revocation --------------------------------------------------------------


def test_01_a_truncated_pat_is_revoked_by_its_owner_only(server, ann, bob):
    pat = ann.create_pat()
    listed = jwt.truncated(pat)
    assert_envelope(server.client().revoke(listed), 401, NO_CREDENTIALS)
    answer = bob.revoke(listed)
    assert (answer.status, answer.json) == (404, GONE)
    assert server.refresh(pat).status == 200, 'it lives'
    assert ann.revoke(listed).status == 204
    assert server.refresh(pat).status == 401


def test_01_an_administrator_may_revoke_by_the_truncated_form(server, ann):
    pat = ann.create_pat()
    assert server.owner.revoke(jwt.truncated(pat)).status == 204
    assert server.refresh(pat).status == 401


def test_01_whoever_holds_the_whole_token_may_revoke_it(server, ann):
    pat = ann.create_pat()
    assert server.client().revoke(pat).status == 204
    assert server.refresh(pat).status == 401


def test_02_an_invented_payload_with_a_known_jti_revokes_nothing(server, ann, bob):
    pat = ann.create_pat()
    real = jwt.claims(pat)
    invented = [jwt.sign('another key', jti=real['jti'], user_id=str(bob.id)),
                jwt.sign('another key', jti=real['jti'], user_id=real['user_id'], exp=1),
                jwt.truncated(jwt.sign('x', jti=real['jti'], user_id=str(bob.id))),
                jwt.with_other_signature(pat)]
    for token in invented:
        assert server.client().revoke(token).status in (401, 404), token
        answer = bob.revoke(token)
        assert (answer.status, answer.json) == (404, GONE), token
    assert server.refresh(pat).status == 200


def test_03_an_unknown_jti_is_not_found_and_nothing_is_stored(server, ann):
    never_issued = jwt.sign(SECRET_KEY, user_id=str(ann.id))
    for token in (jwt.truncated(never_issued), jwt.sign('another key', user_id=str(ann.id))):
        assert server.client().revoke(token).status in (401, 404)
        answer = ann.revoke(token)
        assert (answer.status, answer.json) == (404, GONE)
    assert server.refresh(never_issued).status == 200, 'its jti is on no list'
    assert ann.list_pats() == []


def test_04_what_is_no_pat_is_not_revoked(server, ann):
    pat = ann.create_pat()
    real = jwt.claims(pat)
    access = server.access(pat)
    for why, token in (('an access token', access),
                       ('alg none', jwt.sign_claims('', real, {'alg': 'none', 'typ': 'JWT'})),
                       ('no alg', jwt.sign_claims('x', real, {'typ': 'JWT'})),
                       ('expired', jwt.sign(SECRET_KEY, user_id=real['user_id'], exp=1))):
        for caller in (server.client(), server.new_user('eve')):
            answer = caller.revoke(token)
            assert answer.status == 404 or answer.status == 401 and caller.email is None, (why, answer)
    assert server.refresh(pat).status == 200 and server.whoami(access).status == 200


def test_05_rotating_anothers_pat_changes_nothing(server, ann, bob):
    pat = ann.create_pat()
    answer = bob.rotate(pat)
    assert answer.status == 400
    assert answer.json['validation_errors'] == {'non_field_errors': ['Invalid refresh token']}
    assert server.refresh(pat).status == 200
    assert bob.list_pats() == []


def test_06_of_simultaneous_creations_one_wins(ann):
    ann.legacy_key()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(lambda _: ann.post('/api/token/').status, range(6)))
    assert statuses == [201, 409, 409, 409, 409, 409]
    assert len(ann.list_pats()) == 1


def test_07_members_read_the_organizations_settings_and_change_none(server, ann):
    invitation = ann.invitation()
    assert ann.settings().status == 200
    for answer in (ann.settings(api_tokens_enabled=False),
                   ann.patch('/api/organizations/1', json={'title': 'Mine'}),
                   ann.request('PUT', '/api/organizations/1', json={'title': 'Mine'}),
                   ann.post('/api/invite/reset-token')):
        assert_envelope(answer, 403, NOT_YOURS)
    assert server.owner.settings().json['api_tokens_enabled'] is True
    assert server.owner.get('/api/organizations/1').json['title'] != 'Mine'
    assert server.owner.invitation() == invitation


def test_08_members_change_their_own_account_only(server, ann, bob):
    for target in (bob.id, server.owner.id):
        assert ann.patch('/api/users/%d/' % target, json={'first_name': 'Owned'}).status == 403
    assert bob.whoami().json['first_name'] == '' and server.owner.whoami().json['first_name'] == ''
    assert ann.patch('/api/users/%d/' % ann.id, json={'first_name': 'Ann'}).json['first_name'] == 'Ann'
    assert server.owner.patch('/api/users/%d/' % bob.id, json={'phone': '5'}).json['phone'] == '5'


def test_09_nobody_moves_into_an_organization_that_is_not_theirs(imported):
    ann = imported.sign_in('ann@example.com', sample.USERS['ann']['password'])
    answer = ann.patch('/api/users/2/', json={'active_organization': 2})
    assert answer.status in (200, 403)
    assert ann.whoami().json['active_organization'] == 1
    assert 'fred@example.com' not in ann.get('/api/users/').text
    assert ann.invitation() == sample.SAMPLE['organizations'][0]['invite_token']


def test_10_a_change_of_email_changes_nothing_else_either(ann):
    answer = ann.patch('/api/users/%d/' % ann.id, json={'first_name': 'New', 'email': 'new@example.com'})
    assert_envelope(answer, 405, 'Cannot update read-only field: email')
    me = ann.whoami().json
    assert (me['first_name'], me['email']) == ('', ann.email)


def test_11_a_removed_member_has_no_access_to_the_organization(server, ann):
    access = server.access(ann.create_pat())
    assert server.owner.delete('/api/organizations/1/memberships/%d/' % ann.id).status == 204
    client = server.client()
    signed_in = client.try_sign_in(ann.email, ann.password)
    assert signed_in.status in (200, 302)
    for who in (ann, client):
        who.whoami()  # in Label Studio this puts them back
        for path in ('/api/users/', '/api/invite', '/api/jwt/settings', '/api/organizations/1'):
            answer = who.get(path)
            assert answer.status in (401, 403), (path, answer)
    assert server.whoami(access).status == 401


def test_12_nobody_signs_up_without_an_invitation(server):
    client = server.client()
    client.csrf_field('/user/login/')
    form = {'email': 'stranger@example.com', 'password': 'Str4ngerPass!', 'allow_newsletters': 'false'}
    for path in ('/user/signup/', '/user/signup/?token=', '/user/signup/?token=wrong'):
        answer = client.post(path, form=form)
        assert answer.status == 403, (path, answer.status)
        assert client.whoami().status == 401
    assert 'stranger@example.com' not in server.owner.get('/api/users/').text


def test_13_a_sessions_change_needs_a_csrf_token_or_the_same_origin(server, ann):
    for headers in ({}, {'Origin': 'https://evil.example'}, {'X-CSRFToken': 'x' * 32}):
        assert_status = ann.post('/api/token/', headers=headers, csrf=False).status
        assert assert_status == 403, headers
    assert ann.list_pats() == []
    pat = ann.post('/api/token/', headers={'Origin': server.base_url}, csrf=False).json['token']
    assert ann.post('/api/token/blacklist/', json={'refresh': jwt.truncated(pat)}, csrf=False,
                    headers={'Referer': server.base_url + '/user/account/'}).status == 204


def test_14_a_session_ends_at_sign_out(server, ann):
    copy = server.client()
    copy.http.cookies.set('sessionid', ann.http.cookies['sessionid'])
    assert copy.whoami().status == 200
    ann.sign_out()
    assert copy.whoami().status == 401


def test_15_sign_out_by_a_plain_link_works(ann):
    answer = ann.get('/logout')
    assert (answer.status, answer.headers['Location']) == (302, '/')
    assert ann.whoami().status == 401


def test_15_sign_out_by_post_works_without_a_csrf_token(ann):
    assert ann.post('/logout', csrf=False).status == 302
    assert ann.whoami().status == 401


# -- lifetime and settings ---------------------------------------------------------------------


def test_16_an_access_token_dies_with_its_pat(server, ann):
    pat = ann.create_pat()
    access = server.access(pat)
    assert server.whoami(access).status == 200
    new = ann.rotate(pat).json['refresh']
    assert server.whoami(access).status == 200, 'both work for the grace time; see http/test_token_rotation.py'
    access = server.access(new)
    assert server.whoami(access).status == 200
    ann.revoke(new)
    assert server.whoami(access).status == 401, 'revoked'


def test_17_a_kind_switched_off_is_not_created_exchanged_or_rotated(server, ann, bob):
    pat = ann.create_pat()
    server.set_settings(api_tokens_enabled=False)
    try:
        for answer in (bob.post('/api/token/'), server.refresh(pat), ann.rotate(pat)):
            assert answer.status == 403 and 'switched off' in answer.detail, answer
    finally:
        server.set_settings(api_tokens_enabled=True)
    assert server.refresh(pat).status == 200


def test_18_the_organizations_lifetime_is_applied_to_new_pats(server, ann):
    server.set_settings(api_token_ttl_days=1)
    try:
        claims = jwt.claims(ann.create_pat())
        assert claims['exp'] - claims['iat'] == 86400
    finally:
        server.set_settings(api_token_ttl_days=73000)


def test_19_a_pat_that_was_never_issued_here_but_is_signed_right_works(server, ann):
    pat = jwt.sign(SECRET_KEY, user_id=str(ann.id))
    assert server.whoami(server.access(pat)).json['email'] == ann.email


def test_19_a_rows_end_shortens_nothing(imported):
    token = sample.USERS['kim']['tokens'][0]['token']
    assert imported.whoami(imported.access(token)).json['email'] == 'kim@example.com'


def test_20_the_account_page_holds_no_legacy_key_while_they_are_off(ann):
    key = ann.legacy_key()
    for path in ('/user/account/', '/user/account/legacy-token', '/user/account/personal-access-token', '/'):
        page = ann.get(path)
        assert page.status == 200 and key not in page.text, path


def test_21_legacy_keys_are_not_in_clear_in_the_database(server, ann):
    key = ann.legacy_key()
    assert ann.legacy_key() == key, 'its owner can read it again'
    if server.database:
        dump = subprocess.run(['pg_dump', server.database], capture_output=True, text=True, check=True).stdout
        assert key not in dump and ann.email in dump
    else:
        files = b''.join(path.read_bytes() for path in server.data.iterdir() if path.is_file())
        assert key.encode() not in files and bytes.fromhex(key) not in files and ann.email.encode() in files


def test_22_an_access_token_in_x_api_key_counts(server, ann):
    """The SDK 2.1 sends one there."""
    access = server.access(ann.create_pat())
    assert server.client(X_API_Key=access).whoami().json['email'] == ann.email


def test_22_but_not_when_strict(strict_server):
    access = strict_server.access(strict_server.new_user('ann').create_pat())
    answer = strict_server.client(X_API_Key=access).whoami()
    assert (answer.status, answer.detail) == (401, 'Invalid token.')


def test_23_a_form_changes_only_what_it_names(server):
    answer = server.owner.post('/api/jwt/settings', form={'legacy_api_tokens_enabled': 'false'})
    assert answer.status == 200
    assert answer.json['api_tokens_enabled'] is True


# -- answers of the wrong kind -----------------------------------------------------------------


@pytest.mark.parametrize('path', ['/api/nothing', '/api/token/refresh/x', '/api/current-user/whoami/', '/api/'])
def test_24_an_unknown_path_under_api_is_json(server, ann, path):
    for who in (ann, server.client()):
        assert_envelope(who.get(path), 404, 'Not found.')


def test_25_an_unknown_organization_or_page_is_json(server):
    owner = server.owner
    assert_envelope(owner.get('/api/organizations/99'), 404, 'Not found.')
    assert_envelope(owner.get('/api/organizations/99/memberships'), 404, 'Not found.')
    assert_envelope(owner.get('/api/organizations/1/memberships?page=99'), 404, 'Invalid page.')
    assert_envelope(owner.get('/api/organizations/1/memberships?page=x'), 404, 'Invalid page.')


@pytest.mark.parametrize('name', ['carl', 'eve'])
def test_26_a_bearer_without_an_organization_is_nobody(imported, name):
    pat = sample.USERS[name]['tokens'][0]['token']
    access = imported.access(pat)
    for path in ('/api/current-user/whoami', '/api/token/', '/api/users/', '/api/jwt/settings'):
        assert_envelope(imported.bearer(access).get(path), 401, NO_CREDENTIALS)
    assert imported.bearer(access).rotate(pat).status == 401
    assert imported.refresh(pat).status == 200, 'nothing was rotated'


def test_27_settings_and_invitation_without_an_organization_are_refused(imported):
    eve = imported.with_key(sample.USERS['eve']['legacy_key'])
    assert_envelope(eve.settings(), 403, NOT_YOURS)
    assert_envelope(eve.get('/api/invite'), 403, NOT_YOURS)


@pytest.mark.parametrize('name', ['carl', 'eve'])
def test_28_sign_in_without_an_organization_is_no_failure_of_the_server(imported, name):
    client = imported.client()
    answer = client.try_sign_in('%s@example.com' % name, sample.USERS[name]['password'])
    assert answer.status in (200, 302)
    if name == 'carl' and answer.status == 302:  # eve is still a member: a sign-in may bring her back
        assert client.get('/api/users/').status in (401, 403)


@pytest.mark.parametrize('claims', [{'user_id': 'abc'}, {'user_id': ''}, {'user_id': ['1']}, {'user_id': {'a': 1}},
                                    {'user_id': None}, {'user_id': 10**30}, {'user_id': -1}, {'user_id': '-1'},
                                    {'exp': '99999999999'}, {'exp': None}, {'iat': None}, {'iat': 'x'}, {'nbf': 'x'},
                                    {'jti': 5}, {'jti': None}])
def test_29_a_signed_access_token_with_odd_claims_is_nobody(server, claims):
    assert server.whoami(jwt.sign(SECRET_KEY, token_type='access')).status == 200, 'without them, it is somebody'
    token = jwt.sign(SECRET_KEY, **{'token_type': 'access', **claims})
    assert server.whoami(token).status == 401


def test_30_the_pat_of_a_deleted_user_is_invalid(server, ann):
    pat = ann.create_pat()
    assert server.owner.delete('/api/users/%d/' % ann.id).status == 204
    assert_envelope(server.refresh(pat), 401, 'Token is invalid')


@pytest.mark.parametrize('odd', [{'drop': ['jti']}, {'user_id': 'abc'}, {'user_id': ''}, {'user_id': ['1']},
                                 {'jti': 7}, {'user_id': '999999'}, {'jti': 'x' * 600}])
def test_31_a_signed_pat_with_odd_claims_is_invalid(server, odd):
    assert server.refresh(jwt.sign(SECRET_KEY)).status == 200, 'without them, it is good'
    assert_envelope(server.refresh(jwt.sign(SECRET_KEY, **odd)), 401, 'Token is invalid')


def test_32_a_signed_pat_without_a_user_is_invalid(server):
    assert_envelope(server.refresh(jwt.sign(SECRET_KEY, drop=['user_id'])), 401, 'Token is invalid')


@pytest.mark.parametrize('odd', [{'drop': ['jti']}, {'drop': ['exp']}, {'exp': 'x'}, {'exp': 10**17}, {'exp': None},
                                 {'user_id': 'abc'}, {'jti': None}, {'jti': ['x']}])
def test_33_revoking_a_token_with_odd_claims_is_not_found(server, ann, odd):
    for key in (SECRET_KEY, 'another key'):
        answer = ann.revoke(jwt.sign(key, **{'user_id': str(ann.id), **odd}))
        assert (answer.status, answer.json) == (404, GONE)


def test_34_a_missing_legacy_key_is_made(make_server, tmp_path):
    server = sample.imported(make_server, tmp_path, 'DELETE FROM authtoken_token WHERE user_id = 2')
    ann = server.sign_in('ann@example.com', sample.USERS['ann']['password'])
    assert ann.get('/user/account/').status == 200
    key = ann.legacy_key()
    assert len(key) == 40 and ann.legacy_key() == key
    assert server.with_key(key).whoami().json['id'] == 2
    assert server.with_key(sample.USERS['ann']['legacy_key']).whoami().status == 401


def test_35_a_body_without_a_content_type_is_read_as_json_or_refused(server, ann):
    pat = ann.create_pat()
    answer = server.client().post('/api/token/refresh/', body='{"refresh": "%s"}' % pat)
    assert answer.status in (200, 415) and answer.json is not None


def test_36_health_is_json(server):
    answer = server.client().get('/health')
    assert answer.json == {'status': 'UP'}
    assert answer.headers['Content-Type'] == 'application/json'


def test_37_a_prefix_is_another_path(server):
    for path in ('/x/health', '/x/api/version', '/x/api/token/'):
        assert server.client().get(path).status == 404, path


def test_38_a_doubled_slash_is_one(server, ann):
    """Kept as it is: the SDK 1.0 asks for `//api/token/refresh/` when its base URL ends in a slash."""
    pat = ann.create_pat()
    assert server.client().post('//api/token/refresh/', json={'refresh': pat}).status == 200
    assert ann.get('//api//token/').status == 200


def test_39_callers_of_the_api_get_no_session(server, ann):
    pat = ann.create_pat()
    for answer in (server.client().whoami(), server.refresh(pat), server.whoami(server.access(pat)),
                   server.client().get('/health')):
        assert not [line for line in answer.set_cookies if line.startswith('sessionid=')], answer


def test_40_an_email_is_compared_without_regard_to_case(make_server, tmp_path):
    server = sample.imported(make_server, tmp_path, "UPDATE htx_user SET email = 'Ann@Example.Com' WHERE id = 2")
    for typed in ('ann@example.com', 'Ann@Example.Com', 'ANN@EXAMPLE.COM'):
        assert server.sign_in(typed, sample.USERS['ann']['password']).whoami().json['email'] == 'Ann@Example.Com'


def test_41_what_is_cleaned_away_does_not_come_back(server, ann):
    end = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 2))
    pat = ann.create_token('short', expires_at=end).json['token']
    assert server.refresh(pat).status == 200
    time.sleep(max(0, jwt.claims(pat)['exp'] + 0.2 - time.time()))
    assert server.refresh(pat).detail == 'Token is expired'
    assert ann.list_pats() == []
    server.restart()
    assert server.refresh(pat).detail == 'Token is expired'
