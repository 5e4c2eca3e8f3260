"""The same pages with scripts off, and under a path."""
import re
import secrets
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from support.browser import becomes
from support.server import Server

PASSWORD = 'Memb3rPass!'
TOKENS = '/account/personal-access-tokens'


def test_signing_in_and_up_and_out_need_no_script(server, open_window):
    window = open_window(server.base_url, java_script_enabled=False)
    page = window.page
    window.sign_in(server.owner_email, server.owner_password)
    window.expect_path('/')
    page.get_by_role('link', name='log out').click()
    window.expect_path('/user/login/')

    email = 'plain-%s@example.com' % secrets.token_hex(4)
    window.go('/user/signup/?token=' + server.owner.invitation())
    page.get_by_label('Email address').fill(email)
    page.get_by_label('Password').fill(PASSWORD)
    page.get_by_role('button', name='Create account').click()
    window.expect_path('/')
    assert server.sign_in(email, PASSWORD).whoami().json['email'] == email
    assert window.problems == []


def test_without_scripts_the_application_says_what_is_missing(server, open_window):
    window = open_window(server.base_url, java_script_enabled=False)
    window.sign_in(server.owner_email, server.owner_password)
    for path in ('/account/profile', TOKENS, '/organization/members'):
        window.go(path)
        assert 'need JavaScript' in window.text, path


def test_a_server_that_was_stopped_is_asked_again_when_it_is_back(make_server, open_window):
    server = make_server()
    port = int(server.base_url.rsplit(':', 1)[1])
    server.owner.create_token('still here')
    window = open_window(server.base_url)
    page = window.page
    window.sign_in(server.owner_email, server.owner_password).go(TOKENS)
    expect(page.get_by_text('still here')).to_be_visible()
    server.stop()
    page.get_by_role('link', name='Members').click()
    expect(page.get_by_text('The server cannot be reached').or_(page.get_by_text('could not be shown')).first).to_be_visible()
    if page.get_by_text('could not be shown').count():  # not even the code of the page was there
        server.start(port)
        window.button('Load again').click()
    else:
        window.button('Try again').click()
        expect(window.button('Try again')).to_be_visible()
        server.start(port)
        window.button('Try again').click()
    expect(page.locator('.list').get_by_text(server.owner_email)).to_be_visible()
    window.expect_path('/organization/members')


def test_what_is_done_while_the_server_is_away_is_told_and_not_lost(make_server, open_window):
    server = make_server()
    port = int(server.base_url.rsplit(':', 1)[1])
    window = open_window(server.base_url)
    window.sign_in(server.owner_email, server.owner_password).go(TOKENS)
    window.button('Create New Token').first.click()
    form = window.dialog('Create New Token')
    form.get_by_label('Name').fill('made in the end')
    form.get_by_role('checkbox').first.wait_for()
    server.stop()
    window.button('Create', form).click()
    window.said('The server cannot be reached')
    expect(form.get_by_label('Name')).to_have_value('made in the end')
    server.start(port)
    window.button('Create', form).click()
    window.dialog('New Auth Token').get_by_test_id('secret').wait_for()
    window.button('I have stored it').click()
    expect(window.page.locator('.list').get_by_text('made in the end')).to_be_visible()


@pytest.mark.parametrize('path', ['/organization/tokens?q=x&kind=api_key&sort=expires_at', '/organization/members?role=member&state=all',
                                  '/organization/audit-log?event=token.created&since=2026-01-01'])
def test_a_session_that_ended_on_an_organizations_page_comes_back_there(server, open_window, path):
    window = open_window(server.base_url)
    page = window.page
    window.sign_in(server.owner_email, server.owner_password).go(path)
    heading = page.locator('h1').inner_text()
    window.context.clear_cookies(name='sessionid')
    page.get_by_role('searchbox').fill('something')
    page.wait_for_url(re.compile('/user/login/'))
    page.get_by_label('Email address').fill(server.owner_email)
    page.get_by_label('Password').fill(server.owner_password)
    page.get_by_role('button', name='Log in').click()
    expect(page.get_by_role('heading', name=heading, level=1)).to_be_visible()
    becomes(lambda: dict(parse_qsl(urlsplit(window.path).query)), {**dict(parse_qsl(urlsplit(path).query)), 'q': 'something'})
    expect(page.get_by_role('searchbox')).to_have_value('something')


class ServerUnderPath(Server):
    """--public-url has a path, and nothing in front takes it away."""

    def command(self, port):
        self.origin = 'http://127.0.0.1:%d' % port
        return super().command(port) + ['--public-url', self.origin + '/base']


@pytest.fixture(scope='module')
def under_path(latchkey, tmp_path_factory):
    server = ServerUnderPath(latchkey, tmp_path_factory.mktemp('server'), options=['--legacy-tokens', 'on']).start()
    server.base_url = server.origin + '/base'
    yield server
    server.kill9()


def test_under_a_path_every_page_and_form_stays_under_it(under_path, open_window):
    window = open_window(under_path.base_url)  # which notes whatever is asked beside that path
    page = window.page
    window.go(TOKENS)
    window.expect_path('/user/login/?next=/base' + TOKENS)
    page.get_by_label('Email address').fill(under_path.owner_email)
    page.get_by_label('Password').fill('wrong')
    page.get_by_role('button', name='Log in').click()
    expect(page.get_by_role('alert')).to_be_visible()
    page.get_by_label('Password').fill(under_path.owner_password)
    page.get_by_role('button', name='Log in').click()
    window.settle()
    window.expect_path(TOKENS)

    page.get_by_role('button', name='Create New Token').first.click()
    form = window.dialog('Create New Token')
    form.get_by_label('Name').fill('under a path')
    window.button('Create', form).click()
    dialog = window.dialog('New Auth Token')
    secret = dialog.get_by_test_id('secret').inner_text()
    assert under_path.base_url in dialog.get_by_role('region').inner_text()
    window.button('I have stored it').click()
    assert under_path.refresh(secret).status == 200
    window.act('under a path', 'Revoke')
    window.button('Revoke', window.dialog('Revoke token')).click()
    window.said('is revoked')
    assert under_path.refresh(secret).status == 401

    page.get_by_role('link', name='Legacy Token').click()
    field = page.get_by_label('Access Token', exact=True)
    expect(field).to_have_value(re.compile('^[0-9a-f]{40}$'))
    assert under_path.with_key(field.input_value()).whoami().status == 200
    page.get_by_role('link', name='Personal Info').click()
    page.get_by_label('First name').fill('Paula')
    window.button('Save').click()
    window.said('Saved.')
    page.reload()
    expect(page.get_by_label('First name')).to_have_value('Paula')

    page.get_by_role('link', name='Access Token Settings').click()
    page.get_by_label('Time-to-Live').fill('400')
    window.button('Save').click()
    window.said('Saved. It holds')
    page.get_by_role('link', name='Invitations').click()
    field = page.get_by_label('Invite link', exact=True)
    expect(field).not_to_have_value('')
    link = field.input_value()
    assert link.startswith(under_path.base_url + '/user/signup/?token=')

    page.get_by_role('link', name='Latchkey').click()
    page.wait_for_url('**/base' + TOKENS)
    for anchor in page.locator('a[href]').all():
        href = anchor.get_attribute('href')
        assert href.startswith('/base') or href == '#main', href
    window.log_out(under_path.owner_email)
    window.expect_path('/user/login/')

    page.goto(link)
    page.get_by_label('Email address').fill('below@example.com')
    page.get_by_label('Password').fill(PASSWORD)
    page.get_by_role('button', name='Create account').click()
    page.wait_for_url('**/base' + TOKENS)
    window.settle()
    assert window.problems == []
