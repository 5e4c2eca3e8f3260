"""Browser sessions: cookies, forged requests, and their end."""
import pathlib

import pytest

FORGED = 'https://evil.example'


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def cookie_of(client):
    return client.http.cookies['sessionid']


def with_cookie(server, session):
    client = server.client()
    client.http.cookies.set('sessionid', session)
    return client


@pytest.mark.label_studio
def test_the_session_cookie_is_out_of_reach_of_scripts(server):
    client = server.client()
    answer = client.try_sign_in(server.owner_email, server.owner_password)
    assert answer.status == 302 and answer.headers['Location'] == '/'
    session = [line for line in answer.set_cookies if line.startswith('sessionid=')][0]
    for attribute in ('HttpOnly', 'SameSite=Lax', 'Path=/'):
        assert attribute in session, session
    assert 'Max-Age' not in session, 'without persist_session it ends with the browser'


@pytest.mark.label_studio
def test_a_wrong_password_shows_the_form_again_and_gives_no_session(server):
    client = server.client()
    answer = client.try_sign_in(server.owner_email, 'wrong')
    assert answer.status == 200
    assert 'The email and password you entered don&#x27;t match.' in answer.text
    assert client.whoami().status == 401


@pytest.mark.label_studio
@pytest.mark.parametrize('target', ['//evil.example', 'http://evil.example/', 'javascript:alert(1)', '/\\evil.example'])
def test_sign_in_leads_to_a_path_of_this_host_only(server, target):
    client = server.client()
    client.csrf_field('/user/login/')
    form = {'email': server.owner_email, 'password': server.owner_password, 'next': target}
    answer = client.post('/user/login/?next=' + target, form=form)
    assert (answer.status, answer.headers['Location']) == (302, '/')


@pytest.mark.label_studio
def test_sign_in_leads_to_the_page_that_was_wanted(server):
    client = server.client()
    client.csrf_field('/user/login/')
    form = {'email': server.owner_email, 'password': server.owner_password}
    answer = client.post('/user/login/?next=/user/account/', form=form)
    assert (answer.status, answer.headers['Location']) == (302, '/user/account/')


@pytest.mark.label_studio
def test_the_sign_in_form_needs_its_csrf_token(server):
    form = {'email': server.owner_email, 'password': server.owner_password}
    assert server.client().post('/user/login/', form=form).status == 403
    client = server.client()
    client.csrf_field('/user/login/')
    answer = client.post('/user/login/', form={**form, 'csrfmiddlewaretoken': 'x' * 32}, csrf=False)
    assert answer.status == 403


@pytest.mark.label_studio
def test_the_sign_in_form_refuses_a_foreign_origin(server):
    answer = server.client().try_sign_in(server.owner_email, server.owner_password, headers={'Origin': FORGED})
    assert answer.status == 403


@pytest.mark.label_studio
def test_a_session_is_a_new_one_after_sign_in(server):
    """Session fixation: a cookie that was planted before is worth nothing after."""
    planted = 'planted-by-somebody-else-0123456789'
    client = with_cookie(server, planted)
    client.sign_in(server.owner_email, server.owner_password)
    assert planted not in [cookie.value for cookie in client.http.cookies if cookie.domain]
    assert with_cookie(server, planted).whoami().status == 401


def test_signing_in_again_ends_the_session_before(server, ann):
    before = cookie_of(ann)
    # signed in, the form leads away; the request is made as the form would
    answer = ann.post('/user/login/', form={'email': ann.email, 'password': ann.password,
                                            'csrfmiddlewaretoken': ann.http.cookies['csrftoken']})
    assert answer.status == 302
    if cookie_of(ann) != before:
        assert with_cookie(server, before).whoami().status == 401


def test_a_copied_cookie_is_dead_after_sign_out(server, ann):
    copy = with_cookie(server, cookie_of(ann))
    assert copy.whoami().json['email'] == ann.email
    assert ann.sign_out().status == 302
    assert copy.whoami().status == 401


@pytest.mark.label_studio
def test_sign_out_of_one_session_leaves_another_alone(server, ann):
    other = server.sign_in(ann.email, ann.password)
    ann.sign_out()
    assert ann.whoami().status == 401
    assert other.whoami().status == 200


@pytest.mark.label_studio
@pytest.mark.parametrize('session', ['', 'x', 'x' * 200, 'a' * 32, '"quoted"', '%00', '../../etc/passwd'])
def test_an_unknown_session_is_nobody(server, session):
    answer = server.client(Cookie='sessionid=' + session).whoami()
    assert (answer.status, answer.detail) == (401, 'Authentication credentials were not provided.')


def test_a_session_survives_a_restart(server, ann):
    server.restart()
    copy = server.client()
    copy.http.cookies.set('sessionid', cookie_of(ann))
    assert copy.whoami().json['email'] == ann.email


def test_a_sessions_id_is_not_in_the_database(server, engine, ann):
    if engine == 'postgres':
        pytest.skip('the files are the server\'s own')
    session = cookie_of(ann).encode()
    for path in filter(pathlib.Path.is_file, server.data.iterdir()):
        assert session not in path.read_bytes(), path


# -- forged requests ---------------------------------------------------------------------------


def test_a_change_by_session_alone_is_refused(ann):
    answer = ann.post('/api/token/', csrf=False)
    assert answer.status == 403, answer
    assert 'csrf' in answer.detail.lower()
    assert ann.list_pats() == []


def test_a_change_by_session_needs_its_own_csrf_token(server, ann):
    other = server.new_user('bob').http.cookies['csrftoken']
    for token in ('', 'x', 'x' * 32, 'x' * 64, other):
        answer = ann.post('/api/token/', headers={'X-CSRFToken': token}, csrf=False)
        assert answer.status == 403, (token, answer)
    assert ann.post('/api/token/').status == 201


def test_a_change_from_the_same_origin_needs_no_csrf_token(server, ann):
    assert ann.post('/api/token/', headers={'Origin': server.base_url}, csrf=False).status == 201


@pytest.mark.parametrize('headers', [
    {'Origin': FORGED},
    {'Origin': 'null'},
    {'Sec-Fetch-Site': 'cross-site'},
    {'Origin': 'http://127.0.0.1:1'},
    {'Origin': 'http://127.0.0.1.evil.example'},
])
def test_a_change_from_a_foreign_origin_is_always_refused(ann, headers):
    answer = ann.post('/api/token/', headers=headers)
    assert answer.status == 403, answer
    assert ann.list_pats() == []


def test_every_method_that_changes_something_is_guarded(server, ann):
    path = '/api/users/%d/' % ann.id
    assert ann.patch(path, json={'first_name': 'x'}, csrf=False).status == 403
    assert ann.patch(path, json={'first_name': 'Ann'}).status == 200
    assert ann.whoami().json['first_name'] == 'Ann'
    owner = server.owner
    assert owner.delete(path, csrf=False).status == 403
    assert owner.post('/api/jwt/settings', json={'api_tokens_enabled': False}, csrf=False).status == 403
    assert owner.post('/api/invite/reset-token', csrf=False).status == 403
    assert owner.post('/api/v1/tokens', json={'name': 'x', 'kind': 'pat'}, csrf=False).status == 403
    assert ann.post('/api/current-user/reset-token/', csrf=False).status == 403


def test_a_token_needs_no_csrf_token(server, ann):
    """A token is not sent by a browser on its own, so nothing can be forged with it."""
    access = server.access(ann.create_pat())
    caller = server.bearer(access)
    caller.http.cookies.set('sessionid', cookie_of(ann))
    assert caller.post('/api/v1/tokens', json={'name': 'by bearer', 'kind': 'pat'}, csrf=False).status == 201


@pytest.mark.label_studio
def test_a_read_needs_no_csrf_token(ann):
    assert ann.get('/api/token/', headers={'Origin': FORGED}).status == 200
