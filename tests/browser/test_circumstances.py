"""The same pages with scripts off, and under a path."""
import re
import secrets

import pytest
from playwright.sync_api import expect

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
