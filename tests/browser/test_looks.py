"""Each page, wide and on a phone, light and dark: nothing out of place, nothing that a keyboard or a reader cannot use."""
import secrets

import pytest
from playwright.sync_api import expect

from support.browser import VIEWS

TOKENS = '/account/personal-access-tokens'
LONG = 'W' * 60


@pytest.fixture(scope='module', autouse=True)
def crowded(server):
    """What strains a page: long names, long addresses, many tokens, everything switched on."""
    server.set_settings(legacy_api_tokens_enabled=True)
    for name in ('short', 'a longer name, with several words in it', LONG, '字' * 30):
        assert server.owner.create_token(name).status == 201


@pytest.fixture(params=list(VIEWS))
def view(request):
    return request.param


@pytest.fixture
def stranger(server, open_window, view):
    return open_window(server.base_url, view)


@pytest.fixture
def owner(server, stranger):
    return with_session(stranger, server.owner)


def with_session(window, client):
    window.context.add_cookies([{'name': c.name, 'value': c.value, 'url': window.base_url} for c in client.http.cookies])
    return window


def test_pages_before_signing_in(server, stranger):
    page = stranger.page
    for path in ('/user/login/', '/user/signup/?token=' + server.owner.invitation()):
        stranger.go(path)
        assert stranger.faults() == {}, path

    stranger.sign_in('%s@%s.example' % ('long' * 10, 'w' * 60), 'wrong')
    expect(page.get_by_role('alert')).to_be_visible()
    assert stranger.faults() == {}, 'refused'

    page.goto(stranger.base_url + '/user/signup/?token=' + server.owner.invitation())
    page.evaluate('document.forms[0].noValidate = true')
    page.get_by_label('Password').fill('short')
    page.get_by_role('button', name='Create account').click()
    expect(page.get_by_role('alert')).to_have_count(2)
    assert stranger.faults() == {}, 'faults'


def test_pages_that_only_say_something(server, stranger):
    page = stranger.page
    with_session(stranger, server.owner)
    stranger.go('/no/such/page')
    stranger.problems.clear()  # the browser notes the 404
    assert stranger.faults() == {}
    stranger.context.clear_cookies()
    stranger.go('/user/signup/?token=no')
    page.get_by_label('Email address').fill('nobody@example.com')
    page.get_by_label('Password').fill('Memb3rPass!')
    stranger.submit('Create account')
    stranger.problems.clear()  # and the 403
    assert stranger.faults() == {}
    expect(page.get_by_role('link')).to_have_attribute('href', '/')


def test_the_menu_opens_by_keyboard(server, owner):
    owner.go(TOKENS)
    owner.page.get_by_role('button', name=server.owner_email).focus()
    owner.page.keyboard.press('Enter')
    expect(owner.page.get_by_role('menuitem', name='Log out')).to_be_visible()
    expect(owner.page.get_by_role('menuitem', name='Account & Settings')).to_be_focused()
    assert owner.axe() == []
    owner.page.keyboard.press('Enter')
    owner.page.wait_for_url('**/account/profile')


def holds_focus(dialog):
    """The focus comes into it and stays. (It is taken there once the dialog before has given it back.)"""
    expect(dialog.locator(':focus')).to_have_count(1)
    dialog.page.wait_for_timeout(150)
    expect(dialog.locator(':focus')).to_have_count(1)


def test_the_secret_in_its_dialog(server, owner):
    """Made, stored and closed by keyboard alone."""
    owner.go(TOKENS)
    page = owner.page
    opener = page.get_by_role('button', name='Create New Token').first
    opener.focus()
    page.keyboard.press('Enter')
    form = owner.dialog('Create New Token')
    form.get_by_role('checkbox').first.wait_for()
    holds_focus(form)
    assert owner.faults() == {}, 'the form'
    form.get_by_label('Name').focus()
    page.keyboard.type('dialog ' + secrets.token_hex(4))
    page.keyboard.press('Enter')
    dialog = owner.dialog('New Auth Token')
    holds_focus(dialog)
    assert owner.faults() == {}, 'the secret'
    owner.button('I have stored it').focus()
    page.keyboard.press('Enter')
    expect(dialog).to_have_count(0)
    expect(opener, 'and back to where it was').to_be_focused()


def test_a_kind_that_is_off(server, stranger):
    user = server.new_user()
    with_session(stranger, user)
    server.set_settings(legacy_api_tokens_enabled=False)
    try:
        stranger.go('/account/legacy-token')
        assert stranger.faults() == {}
    finally:
        server.set_settings(legacy_api_tokens_enabled=True)


@pytest.mark.parametrize('kept', ['light', 'dark'])
def test_the_colours_that_were_chosen_stay(server, open_window, kept):
    window = open_window(server.base_url, 'wide-light')
    with_session(window, server.owner)
    window.go(TOKENS)
    for _ in range({'light': 1, 'dark': 2}[kept]):
        window.page.get_by_role('button', name='Colors:').click()
    window.page.reload()
    window.settle()
    assert window.page.evaluate('document.documentElement.dataset.mantineColorScheme') == kept
    assert window.faults() == {}


def test_large_letters_stay_inside(server, owner):
    """Somebody who needs letters of twice the size."""
    for path in (TOKENS, '/organization/tokens', '/organization/settings/access-tokens'):
        owner.go(path)
        owner.page.evaluate('document.styleSheets[0].insertRule("html { font-size: 200%; }")')
        assert [found for found in owner.overflow() if 'page:' in found] == [], path
