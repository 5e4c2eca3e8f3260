"""Device authorization (RFC 8628): the device, the person, and who must not get in between."""
import re
import time

import pytest

from support.oauth import ask_device, error, grant, poll_device, DEVICE


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def decide(person, device, what):
    return person.post('/api/v1/device-grants/%s/%s' % (device['user_code'], what))


def test_a_device_gets_a_token_once_a_person_approves(server, ann):
    device = ask_device(server, 'television', client_name='Living room', scope='read')
    assert re.fullmatch('[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}', device['user_code'])
    # the page without scripts where the application is not built in
    assert device['verification_uri'] in (server.base_url + '/device', server.base_url + '/device/plain')
    assert device['verification_uri_complete'] == device['verification_uri'] + '?user_code=' + device['user_code']
    assert error(poll_device(server, device)) == (400, 'authorization_pending')

    seen = ann.get('/api/v1/device-grants/' + device['user_code']).json
    assert seen['client_name'] == 'Living room' and seen['scopes'] == ['read']
    assert seen['state'] == 'pending' and seen['ip'] == '127.0.0.1'
    assert decide(ann, device, 'approve').json['state'] == 'approved'

    got = poll_device(server, device)
    assert got.status == 200, got
    assert got.json['scope'] == 'read' and got.json['token_type'] == 'Bearer'
    assert server.whoami(got.json['access_token']).json['email'] == ann.email
    assert server.refresh(got.json['refresh_token']).status == 200
    assert [t['name'] for t in ann.get('/api/v1/tokens').json['items']] == ['Living room']
    assert error(poll_device(server, device)) == (400, 'expired_token'), 'the secret was shown once'


def test_a_denied_device_gets_nothing(server, ann):
    device = ask_device(server)
    assert decide(ann, device, 'deny').json['state'] == 'denied'
    assert error(poll_device(server, device)) == (400, 'access_denied')
    assert decide(ann, device, 'approve').status == 409, 'decided is decided'
    assert ann.get('/api/v1/tokens').json['items'] == []


def test_two_devices_of_one_name_get_a_token_each(server, ann):
    for _ in range(2):
        device = ask_device(server, 'twin')
        decide(ann, device, 'approve')
        assert poll_device(server, device).status == 200
    assert sorted(t['name'] for t in ann.get('/api/v1/tokens').json['items']) == ['twin', 'twin (2)']


def test_a_device_that_asks_too_often_must_slow_down(server):
    device = ask_device(server)
    assert error(poll_device(server, device)) == (400, 'authorization_pending')
    assert error(poll_device(server, device)) == (400, 'slow_down')
    assert error(poll_device(server, device)) == (400, 'slow_down')


def test_only_a_person_at_a_browser_decides(server, ann):
    device = ask_device(server)
    path = '/api/v1/device-grants/%s/approve' % device['user_code']
    token = ann.create_token('t').json['token']
    assert server.client().post(path).status == 401
    assert server.bearer(token).post(path).status == 403
    assert ann.post(path, csrf=False, headers={'Origin': 'https://elsewhere.example'}).status == 403
    assert ann.post(path, csrf=False).status == 403
    assert ann.post(path).status == 200


def test_another_person_does_not_see_what_was_decided(server, ann):
    device = ask_device(server)
    decide(ann, device, 'approve')
    bob = server.new_user('bob')
    assert bob.get('/api/v1/device-grants/' + device['user_code']).status == 404
    assert decide(bob, device, 'deny').status == 404


def test_codes_cannot_be_guessed_for_long(server):
    eve = server.new_user('eve')
    device = ask_device(server)
    for _ in range(10):
        assert eve.get('/api/v1/device-grants/BBBB-BBBB').status == 404
    answer = eve.get('/api/v1/device-grants/' + device['user_code'])
    assert answer.status == 429 and int(answer.headers['Retry-After']) > 0


def test_a_code_may_be_typed_as_people_do(server, ann):
    device = ask_device(server)
    typed = device['user_code'].lower().replace('-', '')
    assert ann.get('/api/v1/device-grants/' + typed).json['user_code'] == device['user_code']


@pytest.mark.parametrize('form,wanted', [
    ({}, 'invalid_request'),
    ({'client_id': 'x' * 81}, 'invalid_request'),
    ({'client_id': 'a\x07b'}, 'invalid_request'),
    ({'client_id': 'tv', 'scope': 'everything'}, 'invalid_scope'),
])
def test_what_asks_wrongly_is_told(server, form, wanted):
    assert error(server.client().post('/oauth/device_authorization', form=form)) == (400, wanted)


def test_an_unknown_device_code_is_no_grant(server):
    for code in ('x', 'A' * 43):
        assert error(grant(server, DEVICE, device_code=code)) == (400, 'invalid_grant')


def test_a_switched_off_kind_lets_no_device_in(server, ann):
    device = ask_device(server)
    decide(ann, device, 'approve')
    server.set_settings(api_tokens_enabled=False)
    try:
        answer = poll_device(server, device)
        assert error(answer) == (400, 'access_denied') and 'switched off' in answer.json['error_description']
    finally:
        server.set_settings(api_tokens_enabled=True)


def test_the_audit_log_knows_who_let_what_in(server, ann):
    device = ask_device(server, 'audited')
    decide(ann, device, 'approve')
    organization = ann.whoami().json['active_organization']
    answer = server.owner.get('/api/v1/organizations/%d/audit-events?event=device.approved' % organization)
    assert answer.status == 200, answer
    newest = answer.json['items'][0]
    assert newest['subject']['name'] == 'audited' and newest['actor']['id'] == ann.id
    assert device['user_code'] not in answer.text and device['device_code'] not in answer.text


# -- the page without scripts ------------------------------------------------------------------


def test_the_page_asks_to_sign_in_and_comes_back_to_the_code(server):
    answer = server.client().get('/device/plain?user_code=BCDF-GHJK')
    assert answer.status == 302
    assert answer.headers['Location'] == '/user/login/?next=/device/plain%3Fuser_code%3DBCDF-GHJK'


def test_the_page_shows_what_asks_and_takes_the_answer(server, ann):
    device = ask_device(server, client_name='<b>TV</b>', scope='read')
    page = ann.get('/device/plain?user_code=' + device['user_code'])
    assert page.status == 200 and '&lt;b&gt;TV&lt;/b&gt;' in page.text and '<b>TV' not in page.text
    assert "default-src 'none'" in page.headers['Content-Security-Policy']
    field = re.search(r'name="csrfmiddlewaretoken"[^>]*value="([^"]+)"', page.text).group(1)
    form = {'user_code': device['user_code'], 'decision': 'approve'}
    assert ann.post('/device/plain', form=form, csrf=False).status == 403
    done = ann.post('/device/plain', form={**form, 'csrfmiddlewaretoken': field})
    assert done.status == 200 and 'Approved' in done.text
    assert poll_device(server, device).status == 200
    assert 'used before' in ann.get('/device/plain?user_code=' + device['user_code']).text


def test_the_page_says_that_a_code_is_wrong(server, ann):
    assert 'no such code' in ann.get('/device/plain?user_code=BCDF-GHJK').text
    assert 'name="user_code"' in ann.get('/device/plain').text


def test_a_waiting_device_is_let_in_within_its_interval(server, ann):
    device = ask_device(server)
    assert error(poll_device(server, device)) == (400, 'authorization_pending')
    time.sleep(device['interval'])
    assert error(poll_device(server, device)) == (400, 'authorization_pending')
