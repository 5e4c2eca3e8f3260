"""The same pages with scripts off, and under a path."""
import secrets

import pytest
from playwright.sync_api import expect

from support.server import Server

PASSWORD = 'Memb3rPass!'
TOKENS = '/user/account/personal-access-token'


def test_signing_in_and_up_and_out_need_no_script(server, open_window):
    window = open_window(server.base_url, java_script_enabled=False)
    page = window.page
    window.sign_in(server.owner_email, server.owner_password)
    assert window.path == '/'
    page.locator('summary').click()
    page.get_by_role('link', name='Log out').click()
    window.expect_path('/user/login/')

    email = 'plain-%s@example.com' % secrets.token_hex(4)
    window.go('/user/signup/?token=' + server.owner.invitation())
    page.get_by_label('Email address').fill(email)
    page.get_by_label('Password').fill(PASSWORD)
    page.get_by_role('button', name='Create account').click()
    window.expect_path('/')
    expect(page.locator('summary')).to_have_text(email)
    assert window.problems == []


def test_without_scripts_the_account_says_what_is_missing(server, open_window):
    window = open_window(server.base_url, java_script_enabled=False)
    window.sign_in(server.owner_email, server.owner_password)
    for path in ('/user/account/', TOKENS, '/organization/'):
        window.go(path)
        assert 'needs JavaScript' in window.text, path


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
    assert window.path == '/user/login/?next=/base' + TOKENS
    page.get_by_label('Email address').fill(under_path.owner_email)
    page.get_by_label('Password').fill('wrong')
    page.get_by_role('button', name='Log in').click()
    expect(page.get_by_role('alert')).to_be_visible()
    page.get_by_label('Password').fill(under_path.owner_password)
    page.get_by_role('button', name='Log in').click()
    window.settle()
    window.expect_path(TOKENS)

    page.get_by_label('Name', exact=True).fill('under a path')
    page.get_by_role('button', name='Create New Token').click()
    secret = page.get_by_role('dialog').locator('code').inner_text()
    page.get_by_role('button', name='I have stored it').click()
    assert under_path.refresh(secret).status == 200
    window.answer_dialogs(accept=True)
    page.get_by_role('button', name='Revoke under a path').click()
    expect(page.get_by_role('status')).to_have_text('Revoked.')
    assert under_path.refresh(secret).status == 401

    page.get_by_role('link', name='Legacy Token').click()
    window.settle()
    assert under_path.with_key(page.get_by_label('Access Token').input_value()).whoami().status == 200
    page.get_by_role('link', name='Personal Info').click()
    page.get_by_label('First name').fill('Paula')
    page.get_by_role('button', name='Save').click()
    expect(page.get_by_role('status')).to_have_text('Saved.')

    page.get_by_role('link', name='Organization').click()
    window.settle()
    page.get_by_label('Time-to-Live').fill('400')
    page.get_by_role('button', name='Save').click()
    expect(page.locator('#settings [role=status]')).to_contain_text('Saved.')
    link = page.get_by_label('Invite link').input_value()
    assert link.startswith(under_path.base_url + '/user/signup/?token=')

    page.get_by_role('link', name='Latchkey').click()
    window.settle()
    window.expect_path('/')
    for tile in page.locator('.tiles a').all():
        assert tile.get_attribute('href').startswith('/base/')
    page.locator('summary').click()
    page.get_by_role('link', name='Log out').click()
    window.settle()
    window.expect_path('/user/login/')

    page.goto(link)
    page.get_by_label('Email address').fill('below@example.com')
    page.get_by_label('Password').fill(PASSWORD)
    page.get_by_role('button', name='Create account').click()
    window.settle()
    window.expect_path('/')
    assert window.problems == []
