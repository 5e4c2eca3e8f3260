"""/api/v1/session, /sessions, /account: signing in from a page, and one's own account."""
import re

import pytest

from support.people import V1

SESSION = V1 + '/session'


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def sign_in(server, email, password, **more):
    client = server.client()
    return client, client.post(SESSION, json={'email': email, 'password': password}, **more)


def with_cookies_of(server, client):
    copy = server.client()
    copy.http.cookies.update(client.http.cookies)
    return copy


def test_signing_in_gives_cookies_and_says_who_one_is(server):
    client, answer = sign_in(server, server.owner_email, server.owner_password)
    assert answer.status == 200, answer
    cookie = [line for line in answer.set_cookies if line.startswith('sessionid=')][0]
    assert 'HttpOnly' in cookie and 'SameSite=Lax' in cookie and 'Max-Age' not in cookie
    body = answer.json
    assert body['user']['email'] == server.owner_email
    assert body['user']['is_service_account'] is False and body['user']['must_change_password'] is False
    assert body['organization']['role'] == 'owner'
    assert body['credential'] == 'session' and body['scopes'] == ['all']
    assert body['can'] == {'administer': True, 'own': True}
    assert set(body['kinds']) == {'pat', 'legacy', 'api_key', 'direct_pat'}
    assert set(body['limits']) == {'api_token_ttl_days', 'max_tokens_per_user', 'require_expiry'}
    assert client.get(SESSION).json['user'] == body['user']


def test_the_csrf_token_of_the_answer_is_good_for_a_change(server):
    client, answer = sign_in(server, server.owner_email, server.owner_password)
    account = {'first_name': 'Olga'}
    assert client.patch(V1 + '/account', json=account, csrf=False).status == 403
    token = answer.json['csrf_token']
    assert client.patch(V1 + '/account', json=account, csrf=False, headers={'X-CSRFToken': token}).status == 200
    token = client.get(SESSION).json['csrf_token']
    assert client.patch(V1 + '/account', json=account, csrf=False, headers={'X-CSRFToken': token}).status == 200


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(server, ann):
    _, wrong = sign_in(server, ann.email, 'not-the-password')
    _, unknown = sign_in(server, 'nobody-at-all@example.com', 'not-the-password')
    assert wrong.status == unknown.status == 401
    assert wrong.json == unknown.json
    assert not wrong.set_cookies and not unknown.set_cookies


@pytest.mark.parametrize('headers', [{'Origin': 'https://evil.example'}, {'Sec-Fetch-Site': 'cross-site'}])
def test_another_site_signs_nobody_in(server, headers):
    _, answer = sign_in(server, server.owner_email, server.owner_password, headers=headers)
    assert answer.status == 403 and not answer.set_cookies


def test_missing_and_unknown_fields_are_named(server):
    answer = server.client().post(SESSION, json={'email': 'a@example.com', 'remember': True})
    assert answer.status == 400 and 'remember' in answer.json['errors']
    answer = server.client().post(SESSION, json={})
    assert answer.status == 400 and set(answer.json['errors']) == {'email', 'password'}


def test_failed_attempts_are_throttled_with_those_of_the_form(server, ann):
    client = server.client()
    statuses = {client.post(SESSION, json={'email': ann.email, 'password': 'wrong'}).status for _ in range(20)}
    assert statuses == {401, 429}
    answer = client.try_sign_in(ann.email, ann.password)
    assert answer.status == 429, 'the form counts the same failures'
    assert int(client.post(SESSION, json={'email': ann.email, 'password': 'wrong'}).headers['Retry-After']) > 0


def test_signing_in_again_ends_the_session_before(server, ann):
    before = with_cookies_of(server, ann)
    assert ann.post(SESSION, json={'email': ann.email, 'password': ann.password}).status == 200
    assert before.get(SESSION).status == 401


def test_signing_out_ends_it_and_a_copied_cookie(server, ann):
    copy = with_cookies_of(server, ann)
    assert ann.delete(SESSION).status == 204
    assert copy.get(SESSION).status == 401


def test_nobody_has_no_session(server):
    assert server.client().get(SESSION).status == 401


def test_a_token_shows_its_own_scopes_and_no_csrf_token(server, ann):
    answer = ann.create_token('reader', scopes=['read'])
    assert answer.status == 201, answer
    bearer = server.bearer(answer.json['token'])
    body = bearer.get(SESSION).json
    assert body['credential'] == 'pat' and body['scopes'] == ['read'] and 'csrf_token' not in body
    assert bearer.delete(SESSION).status == 403


def test_sessions_are_listed_and_ended_one_by_one(server, ann):
    phone, _ = sign_in(server, ann.email, ann.password)
    items = ann.get(V1 + '/sessions').json['items']
    assert len(items) == 2
    assert [item['is_current'] for item in items].count(True) == 1
    for item in items:
        assert re.fullmatch('[0-9a-f]{16}', item['id'])
        assert item['ip'] == '127.0.0.1' and item['user_agent'] and item['expires_at'] > item['created_at']
    other = [item['id'] for item in items if not item['is_current']][0]
    assert phone.get(SESSION).status == 200
    assert ann.delete('%s/sessions/%s' % (V1, other)).status == 204
    assert phone.get(SESSION).status == 401
    assert ann.delete('%s/sessions/%s' % (V1, other)).status == 404


def test_all_other_sessions_end_together(server, ann):
    others = [sign_in(server, ann.email, ann.password)[0] for _ in range(2)]
    assert ann.delete(V1 + '/sessions').json == {'ended': 2}
    assert [other.get(SESSION).status for other in others] == [401, 401]
    assert ann.get(SESSION).status == 200


def test_nobody_ends_another_users_session(server, ann):
    theirs = ann.get(V1 + '/sessions').json['items'][0]['id']
    assert server.owner.delete('%s/sessions/%s' % (V1, theirs)).status == 404
    assert ann.get(SESSION).status == 200


def test_the_account_is_shown_and_changed(server, ann):
    answer = ann.patch(V1 + '/account', json={'first_name': 'Änn', 'phone': '+49 1'})
    assert answer.status == 200, answer
    assert ann.get(V1 + '/account').json == answer.json
    assert (answer.json['first_name'], answer.json['last_name'], answer.json['phone']) == ('Änn', '', '+49 1')
    for bad in ({'email': 'x@example.com'}, {'first_name': 1}, {'last_name': 'x' * 257}, {'phone': 'a\nb'}):
        answer = ann.patch(V1 + '/account', json=bad)
        assert answer.status == 400 and set(answer.json['errors']) == set(bad), answer


def test_a_password_is_changed_by_whoever_knows_it(server, ann):
    phone, _ = sign_in(server, ann.email, ann.password)
    change = {'current_password': ann.password, 'new_password': 'An0ther-Pass'}
    assert ann.post(V1 + '/account/password', json=change).status == 204
    assert ann.get(SESSION).status == 200, 'this session goes on'
    assert phone.get(SESSION).status == 401, 'all others end'
    assert sign_in(server, ann.email, ann.password)[1].status == 401
    assert sign_in(server, ann.email, 'An0ther-Pass')[1].status == 200


@pytest.mark.parametrize('current,new,field', [
    ('wrong', 'An0ther-Pass', 'current_password'),
    (None, 'short', 'new_password'),
    (None, 'x' * 129, 'new_password'),
    (None, None, 'new_password'),
])
def test_a_password_that_does_not_do_is_refused_by_field(server, ann, current, new, field):
    change = {'current_password': current or ann.password, 'new_password': new or ann.password}
    answer = ann.post(V1 + '/account/password', json=change)
    assert answer.status == 400 and list(answer.json['errors']) == [field], answer


def test_guessing_the_current_password_is_throttled(server, ann):
    guess = {'current_password': 'wrong', 'new_password': 'An0ther-Pass'}
    assert {ann.post(V1 + '/account/password', json=guess).status for _ in range(20)} == {400, 429}


@pytest.fixture(scope='module')
def fresh(make_module_server):
    """A daemon whose first owner's password was made by the first start."""
    return make_module_server(owner=False)


def first_password(server):
    return re.search(r'password[: ]+(\S{20})', server.log).group(1)


def test_a_generated_password_opens_only_the_way_to_a_new_one(fresh):
    generated = first_password(fresh)
    client, answer = sign_in(fresh, 'admin@localhost', generated)
    assert answer.status == 200 and answer.json['user']['must_change_password'] is True
    for method, path in (('GET', '/tokens'), ('POST', '/tokens'), ('GET', '/account'), ('GET', '/sessions'),
                         ('GET', '/organizations'), ('GET', '/organizations/1/members')):
        answer = client.request(method, V1 + path, json={'name': 'x'} if method == 'POST' else None)
        assert answer.status == 403 and answer.json['type'].endswith('/password-change-required'), (path, answer)
    # Label Studio's endpoints and tokens go on: the first minute of the README
    pat = client.create_pat()
    assert fresh.bearer(fresh.access(pat)).get(V1 + '/tokens').status == 200
    assert client.whoami().status == 200
    change = {'current_password': generated, 'new_password': 'Chosen-by-me-1'}
    assert client.post(V1 + '/account/password', json=change).status == 204
    assert client.get(V1 + '/tokens').status == 200
    assert client.get(SESSION).json['user']['must_change_password'] is False
