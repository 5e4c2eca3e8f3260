"""Organization: what owners and administrators do, and that members are kept out."""
import re
import secrets

import pytest
from playwright.sync_api import expect

from support.browser import becomes
from support.people import new_service_account, org, promote

PASSWORD = 'Memb3rPass!'
SETTINGS = '/organization/settings/access-tokens'
ADDRESSES = ('/organization/overview', '/organization/members', '/organization/invitations', '/organization/service-accounts',
             '/organization/tokens', '/organization/audit-log', '/organization/webhooks', SETTINGS)


@pytest.fixture
def owner(server, window):
    return window.sign_in(server.owner_email, server.owner_password)


def row(window, text):
    return window.page.locator('.list tbody tr').filter(has_text=text)


@pytest.mark.parametrize('path', ADDRESSES)
def test_a_member_at_an_administrators_address(server, window, path):
    user = server.new_user()
    window.sign_in(user.email, user.password).go(path)
    expect(window.page.get_by_role('heading', name='For administrators')).to_be_visible()
    expect(window.page.get_by_role('link', name='Audit Log')).to_have_count(0)
    assert window.page.locator('main button, main input, main form').count() == 0


def test_the_switches_hold_from_the_next_request_on(server, owner):
    legacy = server.owner.legacy_key()
    page = owner.page
    assert server.with_key(legacy).whoami().status == 401
    server.new_user().create_token('one that stops')
    owner.go(SETTINGS)
    try:
        page.get_by_role('switch', name=re.compile('^Legacy Tokens')).check(force=True)
        page.get_by_role('switch', name=re.compile('^Personal Access Tokens Tokens')).uncheck(force=True)
        page.get_by_label('Time-to-Live').fill('30')
        owner.button('Save').click()
        dialog = owner.dialog('What stops working')
        expect(dialog).to_contain_text(re.compile(r'Personal Access Tokens: \d+ live tokens? of \d+ (person|people) stops? working'))
        assert server.owner.settings().json['api_tokens_enabled'], 'nothing is done before the answer'
        owner.button('Switch off', dialog).click()
        owner.said('Saved.')
        assert server.with_key(legacy).whoami().status == 200
        settings = server.owner.settings().json
        assert (settings['api_tokens_enabled'], settings['legacy_api_tokens_enabled']) == (False, True)
        assert settings['api_token_ttl_days'] == 30
        expect(page.get_by_role('link', name='Personal Access Token')).to_have_count(0)
        owner.go('/account/personal-access-tokens')
        expect(page.get_by_text('switched this kind of token off')).to_be_visible()
    finally:
        server.set_settings(api_tokens_enabled=True, legacy_api_tokens_enabled=False, api_token_ttl_days=73000)


def test_limits_out_of_range_are_not_sent(server, owner):
    owner.go(SETTINGS)
    for wrong in ('0', '99999999', ''):
        owner.page.get_by_label('Time-to-Live').fill(wrong)
        owner.button('Save').click()
        expect(owner.page.get_by_text('A whole number from 1 to 73,000.')).to_be_visible()
    assert server.owner.settings().json['api_token_ttl_days'] == 73000


def test_members_and_their_roles(server, owner, open_window):
    user = server.new_user('carla')
    user.create_token('hers')
    owner.go('/organization/members?q=' + user.email)
    owner.act(user.email, 'Change role')
    dialog = owner.dialog('Role of ' + user.email)
    dialog.get_by_role('radio', name=re.compile('^Administrator')).check()
    owner.button('Save', dialog).click()
    owner.said(user.email + ': Administrator.')
    expect(row(owner, user.email)).to_contain_text('Administrator')
    assert user.get('/api/v1/session').json['can']['administer']

    owner.act(user.email, 'Deactivate')
    dialog = owner.dialog('Deactivate')
    expect(dialog).to_contain_text('their live tokens (1) stop working')
    owner.button('Deactivate', dialog).click()
    owner.said('is deactivated')
    assert user.whoami().status == 401
    owner.page.get_by_label('State').select_option('deactivated')
    owner.act(user.email, 'Activate')
    owner.said('is active again')

    owner.page.get_by_label('State').select_option('active')
    row(owner, user.email).wait_for()
    owner.act(user.email, 'Remove from organization')
    owner.button('Remove from organization', owner.dialog('Remove from organization')).click()
    owner.said('is no longer a member')
    owner.button('Show all').click()
    expect(row(owner, server.owner_email)).to_have_count(1)


def test_an_invitation_brings_one_in(server, owner, open_window):
    owner.go('/organization/invitations')
    owner.button('Invite').first.click()
    dialog = owner.dialog('Invite')
    dialog.get_by_label('Role').select_option('administrator')
    owner.button('Create link', dialog).click()
    link = owner.dialog('Invite link').get_by_test_id('secret').inner_text()
    owner.button('I have stored it').click()
    secret = link.split('token=')[1]
    owner.settle()
    assert secret not in owner.everything_kept()
    guest = open_window(server.base_url)
    guest.page.goto(link)
    email = 'guest-%s@example.com' % secrets.token_hex(4)
    guest.page.get_by_label('Email address').fill(email)
    guest.page.get_by_label('Password').fill(PASSWORD)
    guest.button('Create account').click()
    expect(guest.page.get_by_role('link', name='Audit Log')).to_be_visible()
    owner.go('/organization/invitations')
    expect(row(owner, 'Used')).to_have_count(1)


def test_an_invitation_can_be_revoked(server, owner):
    owner.go('/organization/invitations')
    owner.button('Invite').first.click()
    dialog = owner.dialog('Invite')
    dialog.get_by_label('Email address').fill('late@example.com')
    owner.button('Create link', dialog).click()
    owner.button('I have stored it').click()
    owner.button('Revoke the invitation for late@example.com').click()
    owner.button('Revoke invitation', owner.dialog('Revoke invitation')).click()
    owner.said('The invitation is revoked.')
    expect(row(owner, 'late@example.com')).to_contain_text('Revoked')


def test_the_invite_link_brings_people_in_until_it_is_reset(server, owner, open_window):
    owner.go('/organization/invitations')
    field = owner.page.get_by_label('Invite link', exact=True)
    expect(field).not_to_have_value('')
    first = field.input_value()
    assert first == server.base_url + '/user/signup/?token=' + server.owner.invitation()
    owner.button('Reset link').click()
    owner.button('Reset link', owner.dialog('Reset link')).click()
    owner.said('The old link no longer works.')
    expect(field).not_to_have_value(first)
    for link, email, works in ((first, 'first@example.com', False), (field.input_value(), 'second@example.com', True)):
        guest = open_window(server.base_url)
        guest.go(link[len(server.base_url):])
        guest.page.get_by_label('Email address').fill(email)
        guest.page.get_by_label('Password').fill(PASSWORD)
        guest.submit('Create account')
        assert ('/user/signup/' not in guest.path) == works, guest.text


def test_a_service_account_and_its_token(server, owner):
    page = owner.page
    name = 'robot ' + secrets.token_hex(3)
    owner.go('/organization/service-accounts')
    owner.button('New service account').first.click()
    dialog = owner.dialog('New service account')
    dialog.get_by_label('Name').fill(name)
    dialog.get_by_label('Description').fill('Exports each night')
    owner.button('Create', dialog).click()
    expect(page.get_by_role('heading', name=name)).to_be_visible()
    owner.button('Create New Token').first.click()
    dialog = owner.dialog('Create New Token')
    dialog.get_by_label('Name').fill('first')
    owner.button('Create', dialog).click()
    secret = owner.dialog('New Auth Token').get_by_test_id('secret').inner_text()
    owner.button('I have stored it').click()
    assert server.bearer(secret).get('/api/v1/session').status == 200
    owner.act('first', 'Rotate')
    owner.button('Rotate', owner.dialog('Rotate token')).click()
    successor = owner.dialog('New Auth Token').get_by_test_id('secret').inner_text()
    owner.button('I have stored it').click()
    owner.settle()
    assert secret not in owner.everything_kept() and successor not in owner.everything_kept()
    owner.act('first', 'Revoke')
    owner.button('Revoke', owner.dialog('Revoke token')).click()
    owner.said('“first” is revoked.')
    assert server.bearer(successor).get('/api/v1/session').status == 401

    owner.button('Edit').click()
    dialog = owner.dialog('Edit service account')
    dialog.get_by_label('Name').fill(name + ' II')
    owner.button('Save', dialog).click()
    expect(page.get_by_role('heading', name=name + ' II')).to_be_visible()
    owner.button('Deactivate').click()
    owner.button('Deactivate', owner.dialog('Deactivate')).click()
    owner.said('is deactivated')
    expect(owner.button('Activate')).to_be_visible()


def test_the_owner_of_a_service_account_is_chosen_and_changed(server, owner):
    page = owner.page
    first, second = server.new_user('answers-first'), server.new_user('answers-second')
    name = 'owned ' + secrets.token_hex(3)
    owner.go('/organization/service-accounts')
    owner.button('New service account').first.click()
    dialog = owner.dialog('New service account')
    dialog.get_by_label('Name').fill(name)
    field = dialog.get_by_role('textbox', name='Answers for it')
    expect(field).to_have_value(server.owner_email)
    field.fill('no such person')
    expect(page.get_by_text('No member has that name or email.')).to_be_visible()
    field.fill(first.email[:-4])
    expect(page.get_by_role('option', name=second.email)).to_have_count(0)
    page.get_by_role('option', name=first.email).click()
    assert owner.axe() == []
    owner.button('Create', dialog).click()
    expect(page.get_by_role('heading', name=name)).to_be_visible()
    expect(page.get_by_text(first.email + ' answers for it')).to_be_visible()

    owner.button('Edit').click()
    dialog = owner.dialog('Edit service account')
    field = dialog.get_by_role('textbox', name='Answers for it')
    expect(field).to_have_value(first.email)
    field.fill('answers-second')
    expect(page.get_by_role('listbox').get_by_role('option')).to_have_text([re.compile(re.escape(second.email))])  # those found before are gone
    field.press('ArrowDown')
    field.press('Enter')
    expect(field).to_have_value(second.email)
    owner.button('Save', dialog).click()
    expect(page.get_by_text(second.email + ' answers for it')).to_be_visible()
    page.get_by_role('link', name='All service accounts').click()
    expect(row(owner, name)).to_contain_text(second.email)

    assert server.owner.delete(org(server.owner, '/members/%d' % second.id)).status == 204
    row(owner, name).get_by_role('link').click()
    owner.button('Edit').click()
    dialog = owner.dialog('Edit service account')
    dialog.get_by_label('Description').fill('whose owner has left')
    owner.button('Save', dialog).click()
    owner.said('Saved.')


def test_an_administrator_before_an_owner_may_only_look(server, window):
    administrator = promote(server, server.new_user('below'), 'administrator')
    token = server.owner.create_token('of the owner').json
    window.sign_in(administrator.email, administrator.password)
    window.go('/organization/members?q=' + server.owner_email)
    expect(row(window, server.owner_email)).to_contain_text('Owner')
    expect(row(window, server.owner_email).get_by_role('button')).to_have_count(0)
    window.go('/organization/members?q=' + administrator.email)
    expect(row(window, administrator.email)).to_contain_text('Administrator')
    expect(row(window, administrator.email).get_by_role('button')).to_have_count(0)  # nor before himself
    other = server.new_user('beside')
    window.go('/organization/members?q=' + other.email)
    window.act(other.email, 'Change role')
    dialog = window.dialog('Role of ' + other.email)
    expect(dialog.get_by_role('radio')).to_have_count(2)
    expect(dialog.get_by_role('radio', name=re.compile('^Owner'))).to_have_count(0)
    window.button('Cancel', dialog).click()
    window.go('/organization/tokens?q=of+the+owner')
    expect(row(window, 'of the owner')).to_have_count(1)
    expect(row(window, 'of the owner').get_by_role('button')).to_have_count(0)
    expect(row(window, 'of the owner').get_by_role('checkbox')).to_be_disabled()
    expect(window.page.get_by_label('Choose all on this page')).to_be_disabled()
    assert administrator.delete(org(administrator, '/tokens/' + token['id'])).status == 403, 'as the server has it'
    assert server.owner.delete('/api/v1/tokens/' + token['id']).status == 204


def test_only_what_is_known_is_passed_on_from_the_address(owner):
    asked = []
    owner.page.on('request', lambda request: '/api/v1/' in request.url and asked.append(request.url))
    for path in ('/organization/audit-log', '/organization/tokens', '/organization/members', '/account/personal-access-tokens'):
        owner.go(path + '?format=csv&limit=1&order=asc&strange=x&q=1')
        expect(owner.page.get_by_role('heading', level=1)).to_be_visible()
        expect(owner.page.get_by_text('This could not be loaded')).to_have_count(0)
    assert [url for url in asked if 'q=1' in url]
    assert [url for url in asked if any(word in url for word in ('format=', 'strange=', 'order=', 'limit=1&'))] == []


def test_everybodys_tokens_are_filtered_and_revoked_together(server, owner):
    users = [server.new_user('many') for _ in range(3)]
    pats = [user.create_token('of ' + user.email).json['token'] for user in users]
    owner.go('/organization/tokens?q=' + 'of many')
    for user in users[:2]:
        owner.page.get_by_label('Choose of %s of %s' % (user.email, user.email)).check()
    owner.button('Revoke chosen (2)').click()
    dialog = owner.dialog('Revoke chosen (2)')
    owner.button('Revoke', dialog).click()
    owner.said('Tokens revoked: 2.')
    assert [server.refresh(pat).status for pat in pats] == [401, 401, 200]
    expect(owner.page.locator('.list tbody tr')).to_have_count(1)
    owner.act('of ' + users[2].email, 'Revoke')
    owner.button('Revoke', owner.dialog('Revoke token')).click()
    owner.said('is revoked')
    owner.page.get_by_label('State').select_option('ended')
    expect(owner.page.get_by_text('Revoked by an administrator')).to_have_count(3)
    for label, value in (('Kind', 'pat'), ('Use', 'true'), ('Not used', '30'), ('Expires', '14')):
        owner.page.get_by_label(label, exact=True).select_option(value)
        owner.settle()
        expect(owner.page.get_by_text('This could not be loaded')).to_have_count(0)


def test_the_audit_log_is_filtered_exported_and_followed(server, owner):
    page = owner.page
    user = server.new_user('watched')
    user.create_token('seen token')
    owner.go('/organization/audit-log')
    page.get_by_label('Event').select_option('token.created')
    page.wait_for_url('**event=token.created**')
    becomes(lambda: set(page.locator('.list tbody td:nth-child(2)').all_inner_texts()), {'token.created'})
    with page.expect_download() as download:
        page.get_by_role('link', name='Export CSV').click()
    assert 'seen token' in open(download.value.path()).read()
    page.get_by_label('Event').select_option('')
    page.get_by_role('switch', name='Follow').check(force=True)
    expect(page.get_by_text('New events appear on top')).to_be_visible()
    owner.settle()
    user.create_token('while one looks')
    expect(row(owner, 'while one looks')).to_have_count(1)
    page.get_by_role('switch', name='Follow').uncheck(force=True)
    page.get_by_role('link', name=user.email).first.click()
    page.wait_for_url('**actor_id=**')
    becomes(lambda: {user.email in text for text in page.locator('.list tbody td:nth-child(3)').all_inner_texts()}, {True})


def test_a_webhook_is_made_tried_changed_and_deleted(server, owner):
    page = owner.page
    owner.go('/organization/webhooks')
    owner.button('New webhook').first.click()
    dialog = owner.dialog('New webhook')
    dialog.get_by_label('Address').fill('https://hooks.example.com/x')
    owner.button('Create', dialog).click()
    secret = owner.dialog('Webhook secret').get_by_test_id('secret').inner_text()
    assert secret.startswith('whsec_')
    owner.button('I have stored it').click()
    owner.settle()
    assert secret not in owner.everything_kept()
    url = 'https://hooks.example.com/x'
    owner.act(url, 'New secret')
    owner.button('New secret', owner.dialog('New secret')).click()
    assert owner.dialog('Webhook secret').get_by_test_id('secret').inner_text() != secret
    owner.button('I have stored it').click()
    owner.act(url, 'Edit webhook')
    dialog = owner.dialog('Edit webhook')
    dialog.get_by_label('Description').fill('for the pager')
    owner.button('Save', dialog).click()
    owner.said('Saved.')
    expect(row(owner, url)).to_contain_text('for the pager')
    owner.act(url, 'Send a test')
    owner.said('A test is on its way')
    owner.act(url, 'Deliveries')
    expect(owner.dialog('Deliveries')).to_be_visible()
    owner.button('Close', owner.dialog('Deliveries')).click()
    owner.act(url, 'Switch off')
    owner.said('The webhook is off.')
    owner.act(url, 'Delete webhook')
    owner.button('Delete webhook', owner.dialog('Delete webhook')).click()
    owner.said('The webhook is deleted.')
    expect(page.get_by_text('There is no webhook yet')).to_be_visible()


def test_the_overview_leads_on(server, owner):
    owner.go('/organization/overview')
    owner.button('Rename organization').click()
    dialog = owner.dialog('Rename organization')
    dialog.get_by_label('Name').fill('The Works')
    owner.button('Save', dialog).click()
    expect(owner.page.get_by_role('heading', name='The Works')).to_be_visible()
    owner.page.get_by_role('link', name='tokens never used').click()
    owner.page.wait_for_url('**/organization/tokens?never_used=true')


def test_the_overview_counts_what_there_is(make_server, open_window):
    server = make_server()
    user = server.new_user()
    pats = [user.create_token('pat %d' % number, ttl_days=400).json['token'] for number in range(3)]
    assert user.create_token('soon over', ttl_days=5).status == 201
    assert user.create_token('a key', kind='api_key', ttl_days=400).status == 201
    ended = user.create_token('ended').json['id']
    assert user.delete('/api/v1/tokens/' + ended).status == 204
    new_service_account(server.owner)
    access = server.access(pats[0])
    for _ in range(4):
        server.whoami(access)
    becomes(lambda: server.owner.get(org(server.owner, '/tokens/summary')).json['never_used'], 4)  # written every few seconds
    requests = server.owner.get(org(server.owner, '/tokens/summary')).json['requests_per_day'][-1]['requests']
    assert requests >= 5
    window = open_window(server.base_url)
    window.sign_in(server.owner_email, server.owner_password).go('/organization/overview')
    for label, count in (('Members', 2), ('Service Accounts', 1), ('tokens never used', 4), ('not used for 90 days', 0), ('expire within 14 days', 1)):
        expect(window.page.locator('main').get_by_role('link', name=label).locator('xpath=..')).to_have_text('%d%s' % (count, label))
    kinds = window.page.get_by_role('table', name='Live tokens by kind')
    for kind, count in (('Personal Access Token', 4), ('API key', 1)):
        expect(kinds.get_by_role('row').filter(has_text=kind)).to_have_text('%s%d' % (kind, count))
    expect(window.page.locator('figure').filter(has_text='Requests per day')).to_contain_text('%d requests' % requests)
    assert window.problems == []


def test_a_device_is_let_in(server, window):
    grant = server.client().post('/oauth/device_authorization', form={'client_id': 'latchkey'}).json
    user = server.new_user()
    window.go('/device?user_code=' + grant['user_code'])
    window.page.get_by_label('Email address').fill(user.email)
    window.page.get_by_label('Password').fill(user.password)
    window.button('Log in').click()
    expect(window.page.get_by_text('asks to act as ' + user.email)).to_be_visible()
    window.button('Approve').click()
    window.said('Approved')
    answer = server.client().post('/oauth/token', form={
        'grant_type': 'urn:ietf:params:oauth:grant-type:device_code', 'device_code': grant['device_code'], 'client_id': 'latchkey'})
    assert answer.status == 200, answer
    window.go('/device')
    window.page.get_by_label('Code').fill('zzzz-zzzz')
    window.button('Continue').click()
    expect(window.page.get_by_text('The code ZZZZ-ZZZZ is not known')).to_be_visible()
    window.problems.clear()  # the browser notes the 404
