"""Personal access tokens and legacy tokens by Label Studio's own endpoints."""
import concurrent.futures
import datetime
import hashlib
import json
import time

import pytest

from support import jwt

YEARS_200 = 73000 * 86400


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.mark.label_studio
def test_a_new_pat_has_the_five_claims_in_order(ann):
    pat = ann.create_pat()
    assert list(jwt.claims(pat)) == ['token_type', 'exp', 'iat', 'jti', 'user_id']
    assert jwt.claims(pat)['token_type'] == 'refresh'
    assert jwt.claims(pat)['user_id'] == str(ann.id), 'the id is a text'
    assert jwt.claims(pat)['exp'] - jwt.claims(pat)['iat'] == YEARS_200


@pytest.mark.label_studio
def test_the_header_names_the_algorithm_and_perhaps_the_key(ann):
    header = json.loads(jwt.decode(ann.create_pat().split('.')[0]))
    header.pop('kid', None)  # of a key made here; Label Studio's own has no name (see tests/contract)
    assert header == {'alg': 'HS256', 'typ': 'JWT'}


@pytest.mark.label_studio
def test_a_list_shows_a_pat_without_its_signature(ann):
    pat = ann.create_pat()
    assert ann.list_pats() == [jwt.truncated(pat)]


def test_created_at_and_expires_at_are_texts_that_agree_with_the_claims(ann):
    made = ann.post('/api/token/').json
    listed = ann.get('/api/token/').json[0]
    for item in (made, listed):
        for field, claim in (('created_at', 'iat'), ('expires_at', 'exp')):
            moment = datetime.datetime.fromisoformat(item[field].replace('Z', '+00:00'))
            assert int(moment.timestamp()) == jwt.claims(made['token'])[claim], (field, item)


def test_strict_answers_have_label_studios_own_fields_only(strict_server):
    ann = strict_server.new_user('ann')
    assert list(ann.post('/api/token/').json) == ['token']
    assert list(ann.get('/api/token/').json[0]) == ['token']
    assert list(ann.settings().json) == ['api_tokens_enabled', 'legacy_api_tokens_enabled']


@pytest.mark.label_studio
def test_a_second_pat_by_the_same_endpoint_is_a_conflict(ann):
    ann.create_pat()
    answer = ann.post('/api/token/')
    assert answer.status == 409
    assert answer.detail == 'You already have a valid token. Please revoke it before creating a new one.'


@pytest.mark.label_studio
def test_each_access_token_is_a_new_one_of_the_same_user(server, ann):
    pat = ann.create_pat()
    first, second = server.access(pat), server.access(pat)
    assert first != second
    assert jwt.claims(first)['jti'] != jwt.claims(second)['jti']
    assert jwt.claims(first)['exp'] - jwt.claims(first)['iat'] == 300
    assert server.whoami(first).json['email'] == ann.email


def test_an_access_token_names_its_parent_in_the_first_half_of_its_jti(server, ann):
    pat = ann.create_pat()
    parent = hashlib.sha256(jwt.claims(pat)['jti'].encode()).hexdigest()[:16]
    assert jwt.claims(server.access(pat))['jti'][:16] == parent


@pytest.mark.label_studio
def test_an_access_token_is_no_pat_and_a_pat_is_no_bearer_when_strict(strict_server):
    pat = strict_server.new_user('ann').create_pat()
    answer = strict_server.refresh(strict_server.access(pat))
    assert (answer.status, answer.detail) == (401, 'Token has wrong type')
    assert strict_server.whoami(pat).status == 401


def test_a_pat_sent_directly_counts_under_any_scheme(server, ann):
    pat = ann.create_pat()
    for headers in ({'Authorization': 'Bearer ' + pat}, {'Authorization': 'Token ' + pat}, {'X-API-Key': pat}):
        answer = server.client(**headers).whoami()
        assert answer.status == 200 and answer.json['email'] == ann.email, headers
    ann.revoke(pat)
    for headers in ({'Authorization': 'Bearer ' + pat}, {'Authorization': 'Token ' + pat}, {'X-API-Key': pat}):
        assert server.client(**headers).whoami().status == 401, headers


@pytest.mark.label_studio
def test_a_changed_signature_is_refused(server, ann):
    forged = jwt.with_other_signature(ann.create_pat())
    answer = server.refresh(forged)
    assert (answer.status, answer.detail) == (401, 'Token is invalid')
    assert answer.headers['WWW-Authenticate'] == 'Bearer realm="api"'


@pytest.mark.label_studio
def test_a_pat_without_its_signature_gives_no_access(server, ann):
    assert server.refresh(jwt.truncated(ann.create_pat())).status == 401


@pytest.mark.label_studio
def test_rotating_gives_a_new_pat_and_ends_the_old_one(make_server):
    server = make_server('--rotation-grace', '0')
    ann = server.new_user('ann')
    old = ann.create_pat()
    answer = ann.rotate(old)
    assert answer.status == 200
    new = answer.json['refresh']
    assert server.refresh(new).status == 200
    assert ann.list_pats() == [jwt.truncated(new)]
    assert (server.refresh(old).status, server.refresh(old).detail) == (401, 'Token is blacklisted')
    assert server.refresh(new).status == 401, 'reuse ends the family'


def test_of_two_simultaneous_rotations_one_wins(strict_server):
    ann = strict_server.new_user('ann')
    old = ann.create_pat()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ann.rotate(old), range(6)))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200, 400, 400, 400, 400, 400]
    assert len(ann.list_pats()) == 1


@pytest.mark.label_studio
def test_a_revoked_pat_makes_room_for_the_next(ann):
    pat = ann.create_pat()
    assert ann.revoke(pat).status == 204
    assert ann.revoke(pat).status == 404
    assert ann.list_pats() == []
    ann.create_pat()


@pytest.mark.label_studio
def test_white_space_around_a_token_is_trimmed(server, ann):
    pat = ann.create_pat()
    assert server.refresh('  %s\n' % pat).status == 200


@pytest.mark.label_studio
def test_the_legacy_key_is_read_and_reset_by_its_owner(server, ann):
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        old = ann.legacy_key()
        assert len(old) == 40 and set(old) <= set('0123456789abcdef')
        answer = ann.post('/api/current-user/reset-token/')
        assert answer.status == 201
        new = answer.json['token']
        assert new != old and ann.legacy_key() == new
        assert server.with_key(old).whoami().detail == 'Invalid token.'
        assert server.with_key(new).whoami().json['email'] == ann.email
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


@pytest.mark.label_studio
def test_each_path_works_with_and_without_its_slash_and_never_redirects(server, ann):
    pat = ann.create_pat()
    for path in ('/api/token', '/api/token/'):
        assert ann.get(path).status == 200, path
    for path in ('/api/token/refresh', '/api/token/refresh/'):
        assert server.client().post(path, json={'refresh': pat}).status == 200, path
    for path in ('/api/current-user/token/', '/api/jwt/settings/', '/api/current-user/whoami/', '/api/token//x'):
        assert ann.get(path).status == 404, path


def test_an_access_token_in_its_leeway_still_counts_and_not_after(make_server):
    server = make_server('--access-token-ttl', '1', '--leeway', '2')
    pat = server.new_user('ann').create_pat()
    access = server.access(pat)
    end = jwt.claims(access)['exp']
    time.sleep(max(0, end + 0.3 - time.time()))
    assert server.whoami(access).status == 200, 'within the leeway'
    time.sleep(max(0, end + 2.2 - time.time()))
    assert server.whoami(access).status == 401, 'after it'


def test_strict_has_no_leeway(make_server):
    server = make_server('--strict', '--access-token-ttl', '1')
    access = server.access(server.new_user('ann').create_pat())
    time.sleep(max(0, jwt.claims(access)['exp'] + 0.1 - time.time()))
    assert server.whoami(access).status == 401


def test_an_access_token_never_outlives_its_pat(make_server):
    server = make_server('--access-token-ttl', '86400')
    ann = server.new_user('ann')
    token = ann.create_token('short', expires_at=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 60)))
    assert token.status == 201, token
    pat = token.json['token']
    assert jwt.claims(server.access(pat))['exp'] <= jwt.claims(pat)['exp']


def test_all_that_worked_works_after_a_restart(server, ann):
    pat, other = ann.create_pat(), server.new_user('bob')
    dead = other.create_pat()
    other.revoke(dead)
    access, key = server.access(pat), ann.legacy_key()
    server.restart()
    assert server.whoami(access).status == 200
    assert server.refresh(pat).status == 200
    assert server.refresh(dead).detail == 'Token is blacklisted'
    again = server.sign_in(ann.email, ann.password)
    assert again.legacy_key() == key
    assert again.list_pats() == [jwt.truncated(pat)]
