"""Access Token Settings: what a lower limit does is said, and done; what a limit forbids is said to whoever meets it."""
from playwright.sync_api import expect

import pytest

SETTINGS = '/organization/settings/access-tokens'


@pytest.fixture
def owner(server, window):
    yield window.sign_in(server.owner_email, server.owner_password).go(SETTINGS) and window
    server.set_settings(api_token_ttl_days=73000, max_tokens_per_user=0, require_expiry=False, allowed_ips=[])


def save(window, said):
    window.button('Save').click()
    window.said(said)


def test_a_lower_limit_shortens_and_says_how_many(server, owner):
    user = server.new_user()
    token = user.create_token('long', ttl_days=300).json
    owner.page.get_by_label('Time-to-Live').fill('10')
    save(owner, 'Tokens that now end sooner: 1.')
    (shortened,) = user.get('/api/v1/tokens').json['items']
    assert shortened['expires_at'] < token['expires_at']
    owner.page.reload()
    expect(owner.page.get_by_label('Time-to-Live')).to_have_value('10')


def test_a_person_cannot_have_more_tokens_than_the_limit(server, owner, open_window):
    user = server.new_user()
    user.create_token('only one')
    owner.page.get_by_label('Tokens per person').fill('1')
    save(owner, 'Saved.')
    other = open_window(server.base_url)
    other.sign_in(user.email, user.password).go('/account/personal-access-tokens')
    other.button('Create New Token').first.click()
    form = other.dialog('Create New Token')
    form.get_by_label('Name').fill('one more')
    other.button('Create', form).click()
    other.page.get_by_role('alert').first.wait_for()
    assert len(user.get('/api/v1/tokens').json['items']) == 1


def test_addresses_are_checked_and_kept(server, owner):
    field = owner.page.get_by_label('Allowed addresses')
    field.fill('no address')
    owner.button('Save').click()
    expect(owner.page.locator('.mantine-Textarea-error')).to_be_visible()
    assert server.owner.settings().json.get('allowed_ips') in (None, [])
    field.fill('127.0.0.0/8\n2001:db8::/32')
    save(owner, 'Saved.')
    owner.page.reload()
    expect(field).to_have_value('127.0.0.0/8\n2001:db8::/32')
    owner.problems.clear()  # the browser notes the 400
