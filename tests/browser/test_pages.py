"""What people do on the pages that the server makes."""
import re
import secrets
import urllib.parse

import pytest
from playwright.sync_api import expect

TOKENS = '/user/account/personal-access-token'
LEGACY = '/user/account/legacy-token'
PASSWORD = 'Memb3rPass!'


@pytest.fixture
def owner(server, window):
    return window.sign_in(server.owner_email, server.owner_password)


@pytest.fixture
def member(server, window):
    user = server.new_user()
    window.user = user
    return window.sign_in(user.email, user.password)


def create(window, name, days=None):
    """Creates a token by the form and gives the secret that the dialog shows. The dialog stays open."""
    page = window.page
    page.get_by_label('Name', exact=True).fill(name)
    if days:
        page.get_by_label('Days until it ends').fill(str(days))
    page.get_by_role('button', name='Create New Token').click()
    dialog = page.get_by_role('dialog', name='New Auth Token')
    expect(dialog).to_be_visible()
    return dialog.locator('code').inner_text()


def close_dialog(window):
    window.page.get_by_role('button', name='I have stored it').click()
    expect(window.page.get_by_role('dialog')).to_have_count(0)


def names(window):
    return window.page.locator('#tokens tbody td:first-child').all_inner_texts()


# -- in, up and out -----------------------------------------------------------------------------


def test_signing_in_leads_to_the_page_that_was_wanted(server, window):
    window.go(TOKENS)
    assert window.path == '/user/login/?next=' + TOKENS
    window.page.get_by_label('Email address').fill(server.owner_email)
    window.page.get_by_label('Password').fill(server.owner_password)
    window.page.get_by_role('button', name='Log in').click()
    window.settle()
    window.expect_path(TOKENS)
    expect(window.page.get_by_role('heading', name='Personal Access Token')).to_be_visible()


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
        window.page.get_by_role('button', name='Log in').click()
        window.settle()
        cookie = next(c for c in window.context.cookies() if c['name'] == 'sessionid')
        assert (cookie['expires'] > 0) == tick
        assert cookie['httpOnly'] and cookie['sameSite'] == 'Lax'


def test_signing_up_by_invitation(server, window):
    email = 'new-%s@example.com' % secrets.token_hex(4)
    window.go('/user/signup/?token=' + server.owner.invitation())
    window.page.get_by_label('Email address').fill(email)
    window.page.get_by_label('Password').fill('short')
    window.page.get_by_role('button', name='Create account').click()
    assert window.path.startswith('/user/signup/'), 'the browser itself refuses a short password'
    window.page.get_by_label('Password').fill(PASSWORD)
    window.page.get_by_role('button', name='Create account').click()
    window.settle()
    window.expect_path('/')
    expect(window.page.get_by_text(email)).to_be_visible()
    assert server.sign_in(email, PASSWORD).whoami().json['email'] == email


def test_signing_up_with_an_address_that_is_taken(server, window):
    window.go('/user/signup/?token=' + server.owner.invitation())
    window.page.get_by_label('Email address').fill(server.owner_email)
    window.page.get_by_label('Password').fill(PASSWORD)
    window.page.get_by_role('button', name='Create account').click()
    expect(window.page.get_by_role('alert')).to_have_text('User with this email already exists')


def test_a_wrong_invitation_lets_nobody_in(server, open_window):
    window = open_window(server.base_url)
    window.go('/user/signup/?token=' + 'x' * 40)
    window.page.get_by_label('Email address').fill('uninvited@example.com')
    window.page.get_by_label('Password').fill(PASSWORD)
    window.page.get_by_role('button', name='Create account').click()
    window.settle()
    assert 'This invitation is not valid' in window.text
    assert window.cookie('sessionid') is None
    assert 'uninvited@example.com' not in server.owner.get('/api/users/').text


def test_signing_out(owner):
    page = owner.page
    stolen = owner.cookie('sessionid')
    page.get_by_text('owner@example.com').click()
    page.get_by_role('link', name='Log out').click()
    owner.settle()
    owner.expect_path('/user/login/')
    assert owner.cookie('sessionid') is None
    page.go_back()
    owner.settle()
    assert owner.path.startswith('/user/login/'), 'the page before is not shown from memory'
    owner.context.add_cookies([{'name': 'sessionid', 'value': stolen, 'url': owner.base_url}])
    owner.go('/')
    assert owner.path == '/user/login/', 'a stolen cookie is dead'


def test_a_session_that_ended_meanwhile_leads_to_the_log_in(owner):
    owner.go(TOKENS)
    owner.context.clear_cookies(name='sessionid')
    owner.page.get_by_label('Name', exact=True).fill('late')
    owner.page.get_by_role('button', name='Create New Token').click()
    owner.page.wait_for_url('**/user/login/**')
    assert urllib.parse.unquote(owner.path) == '/user/login/?next=' + TOKENS
    owner.problems = [p for p in owner.problems if '401' not in p and '403' not in p]  # the browser notes the refusal


# -- account ------------------------------------------------------------------------------------


def test_names_can_be_changed(member):
    member.go('/user/account/')
    member.page.get_by_label('First name').fill('Ada')
    member.page.get_by_label('Last name').fill('Łovelace')
    member.page.get_by_role('button', name='Save').click()
    expect(member.page.get_by_role('status')).to_have_text('Saved.')
    member.go('/user/account/')
    expect(member.page.get_by_label('First name')).to_have_value('Ada')
    assert member.user.whoami().json['last_name'] == 'Łovelace'


def test_a_token_is_made_shown_once_and_works(server, member):
    member.go(TOKENS)
    expect(member.page.get_by_text('You have no token yet.')).to_be_visible()
    secret = create(member, 'laptop', days=7)
    assert server.whoami(server.access(secret)).json['email'] == member.user.email
    close_dialog(member)
    assert names(member) == ['laptop']
    assert secret not in member.everything_kept() and secret.split('.')[2] not in member.everything_kept()
    member.go(TOKENS)
    assert names(member) == ['laptop']
    assert secret.split('.')[2] not in member.everything_kept()
    (token,) = member.user.get('/api/v1/tokens').json['items']
    assert token['expires_at'][:10] > token['created_at'][:10]


@pytest.mark.parametrize('way', ['escape', 'leave and come back', 'reload'])
def test_the_secret_is_gone_however_one_leaves_the_dialog(member, way):
    member.go(TOKENS)
    secret = create(member, 'gone')
    assert secret in member.everything_kept(), 'or this test could not fail'
    if way == 'escape':
        member.page.keyboard.press('Escape')
        expect(member.page.get_by_role('dialog')).to_have_count(0)
    elif way == 'reload':
        member.page.reload()
    else:
        member.page.goto(member.base_url + '/')
        member.page.go_back()
    member.settle()
    assert member.path == TOKENS
    assert secret.split('.')[2] not in member.everything_kept()


def test_the_secret_can_be_copied(server, open_window):
    window = open_window(server.base_url, permissions=['clipboard-read', 'clipboard-write'])
    user = server.new_user()
    window.sign_in(user.email, user.password).go(TOKENS)
    secret = create(window, 'copied')
    window.page.get_by_role('button', name='Copy').click()
    expect(window.page.locator('.outcome').filter(has_text='Copied.')).to_have_count(1)
    assert window.page.evaluate('navigator.clipboard.readText()') == secret


def test_revoking_asks_first_and_holds_at_once(server, member):
    member.go(TOKENS)
    secrets_of = {}
    for name in ('one', 'two'):
        secrets_of[name] = create(member, name)
        close_dialog(member)
    access = server.access(secrets_of['one'])
    assert sorted(names(member)) == ['one', 'two']

    asked = member.answer_dialogs(accept=False)
    member.page.get_by_role('button', name='Revoke one').click()
    assert len(asked) == 1 and '"one"' in asked[0]
    assert server.whoami(access).status == 200 and sorted(names(member)) == ['one', 'two']

    member.answer_dialogs(accept=True)
    member.page.get_by_role('button', name='Revoke one').click()
    expect(member.page.get_by_role('status')).to_have_text('Revoked.')
    assert names(member) == ['two']
    assert server.whoami(access).status == 401
    assert server.refresh(secrets_of['one']).status == 401
    assert server.refresh(secrets_of['two']).status == 200


def test_a_name_that_is_taken_is_said(server, open_window):
    window = open_window(server.base_url)
    user = server.new_user()
    user.create_token('twice')
    window.sign_in(user.email, user.password).go(TOKENS)
    window.page.get_by_label('Name', exact=True).fill('twice')
    window.page.get_by_role('button', name='Create New Token').click()
    expect(window.page.locator('#new-token .outcome.fault')).to_contain_text('has that name already')
    assert names(window) == ['twice']
    expect(window.page.get_by_role('dialog')).to_have_count(0)


def test_all_tokens_are_listed_however_many(server, member):
    for number in range(3):
        assert member.user.create_token('number %d' % number).status == 201
    member.go(TOKENS)
    assert sorted(names(member)) == ['number 0', 'number 1', 'number 2']
    assert re.fullmatch(r'\w{3} \d+, \d{4}', member.page.locator('#tokens tbody td:nth-child(3)').first.inner_text())


def test_the_legacy_page_is_there_only_where_legacy_tokens_are_on(server, member):
    link = member.page.get_by_role('link', name='Legacy Token')
    member.go('/user/account/')
    expect(link).to_have_count(0)
    member.go(LEGACY)
    assert 'switched this kind of token off' in member.text
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        member.go('/user/account/')
        link.click()
        member.settle()
        field = member.page.get_by_label('Access Token')
        before = field.input_value()
        assert re.fullmatch('[0-9a-f]{40}', before)
        assert server.with_key(before).whoami().json['email'] == member.user.email

        member.answer_dialogs(accept=True)
        member.page.get_by_role('button', name='Reset').click()
        expect(member.page.get_by_role('status')).to_have_text('Reset.')
        assert field.input_value() != before
        assert server.with_key(before).whoami().status == 401
        assert server.with_key(field.input_value()).whoami().status == 200
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


# -- organization -------------------------------------------------------------------------------


def test_the_switches_hold_from_the_next_request_on(server, owner):
    legacy = server.owner.legacy_key()
    page = owner.page
    owner.go('/organization/')
    assert server.with_key(legacy).whoami().status == 401
    try:
        page.get_by_label('Legacy Tokens').check()
        page.get_by_label('Personal Access Tokens').uncheck()
        page.get_by_label('Time-to-Live').fill('30')
        page.get_by_role('button', name='Save').click()
        expect(page.locator('#settings [role=status]')).to_contain_text('Saved.')
        assert server.with_key(legacy).whoami().status == 200
        settings = server.owner.settings().json
        assert (settings['api_tokens_enabled'], settings['legacy_api_tokens_enabled']) == (False, True)
        assert settings['api_token_ttl_days'] == 30
        owner.go('/organization/')
        expect(page.get_by_label('Legacy Tokens')).to_be_checked()
        expect(page.get_by_label('Personal Access Tokens')).not_to_be_checked()
        expect(page.get_by_label('Time-to-Live')).to_have_value('30')
        owner.go(TOKENS)
        assert 'switched this kind of token off' in owner.text
        expect(page.get_by_role('link', name='Personal Access Token')).to_have_count(0)
    finally:
        server.set_settings(api_tokens_enabled=True, legacy_api_tokens_enabled=False, api_token_ttl_days=73000)


def test_a_lifetime_out_of_range_is_not_sent(server, owner):
    owner.go('/organization/')
    for wrong in ('0', '99999999', ''):
        owner.page.get_by_label('Time-to-Live').fill(wrong)
        owner.page.get_by_role('button', name='Save').click()
        assert owner.page.evaluate('!document.getElementById("ttl").validity.valid')
    assert server.owner.settings().json['api_token_ttl_days'] == 73000


def test_a_member_sees_no_form(server, member):
    expect(member.page.get_by_role('link', name='Organization')).to_have_count(0)
    member.go('/organization/')
    assert 'Only owners and administrators' in member.text
    assert member.page.locator('main form, main input, main button').count() == 0


def test_the_invite_link_brings_people_in_until_it_is_reset(server, owner, open_window):
    owner.go('/organization/')
    field = owner.page.get_by_label('Invite link')
    first = field.input_value()
    assert first == server.base_url + '/user/signup/?token=' + server.owner.invitation()
    owner.page.get_by_role('button', name='Reset link').click()
    expect(owner.page.locator('#invite [role=status]')).to_have_text('The old link no longer works.')
    second = field.input_value()
    assert second != first

    for link, email, works in ((first, 'first@example.com', False), (second, 'second@example.com', True)):
        guest = open_window(server.base_url)
        guest.go(link[len(server.base_url):])
        guest.page.get_by_label('Email address').fill(email)
        guest.page.get_by_label('Password').fill(PASSWORD)
        guest.page.get_by_role('button', name='Create account').click()
        guest.settle()
        assert (guest.path == '/') == works, guest.text
