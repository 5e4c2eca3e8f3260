"""Signing in, up and out: the pages that the server makes, and how the application asks for them again."""
import re
import secrets

import pytest
from playwright.sync_api import expect

TOKENS = '/account/personal-access-tokens'
PASSWORD = 'Memb3rPass!'


@pytest.fixture
def owner(server, window):
    return window.sign_in(server.owner_email, server.owner_password)


def test_signing_in_leads_to_the_page_that_was_wanted(server, window):
    window.go(TOKENS + '?q=lap')
    window.expect_path('/user/login/?next=/account/personal-access-tokens%3Fq%3Dlap')
    window.page.get_by_label('Email address').fill(server.owner_email)
    window.page.get_by_label('Password').fill(server.owner_password)
    window.page.get_by_role('button', name='Log in').click()
    window.settle()
    window.expect_path(TOKENS + '?q=lap')
    expect(window.page.get_by_role('heading', name='Personal Access Token')).to_be_visible()
    expect(window.page.get_by_label('Search by name')).to_have_value('lap')


def test_the_start_leads_to_the_tokens(owner):
    owner.page.wait_for_url('**' + TOKENS)


def test_a_wrong_password_is_said_and_the_address_stays(server, window):
    window.sign_in(server.owner_email, 'not his password')
    expect(window.page.get_by_role('alert')).to_have_text("The email and password you entered don't match.")
    expect(window.page.get_by_label('Email address')).to_have_value(server.owner_email)
    expect(window.page.get_by_label('Password')).to_have_value('')
    assert window.cookie('sessionid') is None


def test_without_a_tick_the_session_ends_with_the_browser(server, open_window):
    for tick in (False, True):
        window = open_window(server.base_url)
        window.go('/user/login/')
        window.page.get_by_label('Email address').fill(server.owner_email)
        window.page.get_by_label('Password').fill(server.owner_password)
        if tick:
            window.page.get_by_label('Keep me logged in on this browser').check()
        window.submit('Log in')
        cookie = next(c for c in window.context.cookies() if c['name'] == 'sessionid')
        assert (cookie['expires'] > 0) == tick
        assert cookie['httpOnly'] and cookie['sameSite'] == 'Lax'


def test_signing_up_by_invitation(server, window):
    email = 'new-%s@example.com' % secrets.token_hex(4)
    window.go('/user/signup/?token=' + server.owner.invitation())
    window.page.get_by_label('Email address').fill(email)
    window.page.get_by_label('Password').fill('short')
    window.page.get_by_role('button', name='Create account').click()
    assert not window.page.evaluate('document.forms[0].checkValidity()'), 'the browser itself refuses a short password'
    assert window.path.startswith('/user/signup/')
    window.page.get_by_label('Password').fill(PASSWORD)
    window.page.get_by_role('button', name='Create account').click()
    expect(window.page.get_by_role('button', name=email)).to_be_visible()
    assert server.sign_in(email, PASSWORD).whoami().json['email'] == email


def test_signing_up_with_an_address_that_is_taken(server, window):
    window.go('/user/signup/?token=' + server.owner.invitation())
    window.page.get_by_label('Email address').fill(server.owner_email)
    window.page.get_by_label('Password').fill(PASSWORD)
    window.page.get_by_role('button', name='Create account').click()
    expect(window.page.get_by_role('alert').first).to_have_text('User with this email already exists')


def test_a_wrong_invitation_lets_nobody_in(server, open_window):
    window = open_window(server.base_url)
    window.go('/user/signup/?token=' + 'x' * 40)
    window.page.get_by_label('Email address').fill('uninvited@example.com')
    window.page.get_by_label('Password').fill(PASSWORD)
    window.submit('Create account')
    assert 'This invitation is not valid' in window.text
    assert window.cookie('sessionid') is None
    assert 'uninvited@example.com' not in server.owner.get('/api/users/').text


def test_signing_out(server, owner):
    stolen = owner.cookie('sessionid')
    owner.go('/account/profile')
    owner.log_out(server.owner_email)
    assert owner.cookie('sessionid') is None
    owner.page.go_back()
    owner.page.wait_for_url('**/user/login/**')
    owner.settle()
    assert server.owner_email not in owner.everything_kept(), 'the page before is not shown from memory'
    owner.context.add_cookies([{'name': 'sessionid', 'value': stolen, 'url': owner.base_url}])
    owner.go('/')
    owner.expect_path('/user/login/')  # a stolen cookie is dead


def test_a_session_that_ended_meanwhile_leads_to_the_log_in_and_back(server, owner):
    page = owner.page
    owner.go(TOKENS + '?state=all')
    owner.context.clear_cookies(name='sessionid')
    page.get_by_role('button', name='Create New Token').first.click()  # which asks for the scopes
    page.wait_for_url(re.compile('/user/login/'))
    page.get_by_label('Email address').fill(server.owner_email)
    page.get_by_label('Password').fill(server.owner_password)
    page.get_by_role('button', name='Log in').click()
    page.wait_for_url('**' + TOKENS + '?state=all')
    expect(page.get_by_role('heading', name='Personal Access Token')).to_be_visible()
    assert server.owner.get('/api/v1/tokens').json['items'] == []
    owner.problems = [p for p in owner.problems if '401' not in p and '403' not in p]  # the browser notes the refusal


def test_a_generated_password_is_changed_before_anything_else(make_server, open_window):
    server = make_server(owner=False)
    password = next(word for line in server.lines for word in line.split() if len(word) >= 16 and word.isalnum())
    window = open_window(server.base_url)
    window.sign_in('admin@localhost', password) if 'admin@localhost' in server.log else window.sign_in(re.search(r'[\w.]+@[\w.]+', server.log).group(), password)
    window.page.wait_for_url('**/account/password')
    window.go('/account/sessions')
    window.page.wait_for_url('**/account/password')
    window.page.get_by_label('Current password').fill(password)
    window.page.get_by_label(re.compile('^New password(?!,)')).fill('a password of my own')
    window.page.get_by_label('New password, again').fill('a password of my own')
    window.button('Change password').click()
    window.page.wait_for_url('**' + TOKENS)
    assert window.problems == []
