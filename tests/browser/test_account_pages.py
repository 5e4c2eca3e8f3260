"""Account & Settings: what people do with their own tokens, profile, password and sessions."""
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from support.browser import becomes

TOKENS = '/account/personal-access-tokens'
KEYS = '/account/api-keys'
LEGACY = '/account/legacy-token'
PASSWORD = 'Memb3rPass!'


@pytest.fixture
def member(server, window):
    user = server.new_user()
    window.user = user
    return window.sign_in(user.email, user.password)


# Nothing lies over its middle, and nothing cuts it off.
IS_SEEN = '''e => {
    const { x, y, width, height } = e.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2) === e;
}'''


def create(window, name, **fields):
    """Creates a token by the form and gives the secret that the dialog shows. The dialog stays open."""
    window.page.get_by_role('button', name='Create New Token').first.click()
    form = window.dialog('Create New Token')
    form.get_by_label('Name').fill(name)
    if 'expires' in fields:
        form.get_by_label('Expires').select_option(fields['expires'])
    if 'scopes' in fields:
        form.get_by_role('checkbox', name=re.compile('^all')).uncheck()
        for scope in fields['scopes']:
            form.get_by_role('checkbox', name=re.compile('^' + scope)).check()
    form.get_by_role('button', name='Create', exact=True).click()
    return window.dialog('New Auth Token').get_by_test_id('secret').inner_text()


def close_dialog(window):
    window.button('I have stored it').click()
    expect(window.page.get_by_role('dialog')).to_have_count(0)


def names(window):
    return window.page.locator('.list tbody td:first-child').all_inner_texts()


def test_a_token_is_made_shown_once_and_works(server, member):
    member.go(TOKENS)
    expect(member.page.get_by_text('You have no token here yet')).to_be_visible()
    secret = create(member, 'laptop', expires='7')
    assert server.whoami(server.access(secret)).json['email'] == member.user.email
    for tab in ('Python SDK', 'curl', 'latchkey'):
        member.page.get_by_role('tab', name=tab, exact=True).click()
        example = member.page.get_by_role('region', name=tab, exact=True).inner_text()
        assert secret in example and server.base_url in example
    close_dialog(member)
    becomes(lambda: names(member), ['laptop'])
    assert secret not in member.everything_kept() and secret.split('.')[2] not in member.everything_kept()
    member.go(TOKENS)
    becomes(lambda: names(member), ['laptop'])
    assert secret.split('.')[2] not in member.everything_kept()
    (token,) = member.user.get('/api/v1/tokens').json['items']
    assert token['expires_at'][:10] > token['created_at'][:10]


@pytest.mark.parametrize('tab', ['Python SDK', 'curl', 'latchkey'])
def test_the_examples_work_as_they_stand(server, latchkey, member, tmp_path, tab):
    member.go(TOKENS)
    create(member, 'example')
    member.page.get_by_role('tab', name=tab, exact=True).click()
    example = member.page.get_by_role('region', name=tab, exact=True).inner_text()
    close_dialog(member)
    program = tmp_path / 'example'
    program.write_text(example)
    home = {'HOME': str(tmp_path), 'XDG_CONFIG_HOME': str(tmp_path), 'PATH': '%s:%s' % (latchkey.parent, os.environ['PATH'])}
    said = subprocess.run([sys.executable if tab == 'Python SDK' else 'bash', str(program)], env={**os.environ, **home},
                          capture_output=True, text=True, timeout=60)
    assert member.user.email in said.stdout, said


@pytest.mark.parametrize('way', ['leave and come back', 'reload'])
def test_the_secret_is_gone_however_one_leaves_the_dialog(member, way):
    member.go(TOKENS)
    secret = create(member, 'gone')
    assert secret in member.everything_kept(), 'or this test could not fail'
    member.page.keyboard.press('Escape')
    assert secret in member.everything_kept(), 'a slip does not lose it'
    if way == 'reload':
        member.page.reload()
    else:
        member.page.goto(member.base_url + '/user/login/?next=/account/profile')
        member.page.go_back()
    member.settle()
    member.expect_path(TOKENS)
    assert secret.split('.')[2] not in member.everything_kept()


def test_the_secret_can_be_copied(server, open_window):
    window = open_window(server.base_url, permissions=['clipboard-read', 'clipboard-write'])
    user = server.new_user()
    window.sign_in(user.email, user.password).go(TOKENS)
    secret = create(window, 'copied')
    window.button('Copy').click()
    expect(window.page.get_by_role('status').filter(has_text='Copied.')).to_have_count(1)
    assert window.page.evaluate('navigator.clipboard.readText()') == secret


def test_revoking_asks_first_and_holds_at_once(server, member):
    secrets_of = {}
    member.go(TOKENS)
    for name in ('one', 'two'):
        secrets_of[name] = create(member, name)
        close_dialog(member)
    access = server.access(secrets_of['one'])
    becomes(lambda: sorted(names(member)), ['one', 'two'])

    member.act('one', 'Revoke')
    dialog = member.dialog('Revoke token')
    expect(dialog).to_contain_text('“one” stops working')
    member.button('Cancel', dialog).click()
    becomes(lambda: sorted(names(member)), ['one', 'two'])
    assert server.whoami(access).status == 200

    member.act('one', 'Revoke')
    member.button('Revoke', member.dialog('Revoke token')).click()
    member.said('“one” is revoked.')
    becomes(lambda: names(member), ['two'])
    assert server.whoami(access).status == 401
    assert server.refresh(secrets_of['one']).status == 401
    assert server.refresh(secrets_of['two']).status == 200

    member.page.get_by_label('State').select_option('ended')
    expect(member.page.get_by_text('Revoked by its owner')).to_be_visible()
    member.expect_path(TOKENS + '?state=ended')


def test_rotating_leaves_time_to_change_over(server, member):
    member.go(TOKENS)
    old = create(member, 'ci')
    close_dialog(member)
    member.act('ci', 'Rotate')
    dialog = member.dialog('Rotate token')
    dialog.get_by_label('goes on working').select_option('3600')
    member.button('Rotate', dialog).click()
    new = member.dialog('New Auth Token').get_by_test_id('secret').inner_text()
    close_dialog(member)
    assert new != old
    assert server.refresh(old).status == 200 and server.refresh(new).status == 200
    member.settle()
    assert old.split('.')[2] not in member.everything_kept() and new.split('.')[2] not in member.everything_kept()


def test_renaming_and_narrowing(server, member):
    member.go(TOKENS)
    create(member, 'wide')
    close_dialog(member)
    member.act('wide', 'Rename or narrow')
    dialog = member.dialog('Rename or narrow')
    dialog.get_by_label('Name').fill('narrow')
    dialog.get_by_role('checkbox', name=re.compile('^all')).uncheck()
    dialog.get_by_role('checkbox', name=re.compile('^read')).check()
    dialog.get_by_label('Allowed addresses').fill('127.0.0.0/8\n192.0.2.0/24')
    member.button('Save', dialog).click()
    member.said('Saved.')
    (token,) = member.user.get('/api/v1/tokens').json['items']
    assert (token['name'], token['scopes']) == ('narrow', ['read'])
    assert sorted(token['allowed_ips']) == ['127.0.0.0/8', '192.0.2.0/24']


def test_what_the_server_refuses_is_said(server, open_window):
    window = open_window(server.base_url)
    user = server.new_user()
    user.create_token('twice')
    window.sign_in(user.email, user.password).go(TOKENS)
    window.page.get_by_role('button', name='Create New Token').first.click()
    form = window.dialog('Create New Token')
    form.get_by_label('Name').fill('twice')
    form.get_by_role('button', name='Create', exact=True).click()
    expect(form.locator('.mantine-TextInput-error')).to_contain_text('has that name already')
    expect(window.page.locator('.mantine-Notification-root')).to_have_count(0)  # which would cover the form's buttons on a phone
    form.get_by_label('Name').fill('thrice')
    window.button('Only from certain addresses…', form).click()
    expect(form.get_by_label('Allowed addresses')).to_be_focused()
    form.get_by_label('Allowed addresses').fill('nonsense')
    form.get_by_role('button', name='Create', exact=True).click()
    fault = form.locator('.mantine-Textarea-error')
    expect(fault).to_contain_text('write 192.0.2.7')
    becomes(lambda: fault.evaluate(IS_SEEN), True)  # not cut off by what it stands in
    window.button('Cancel', form).click()
    becomes(lambda: names(window), ['twice'])


@pytest.mark.parametrize('why', ['reuse', 'leaked'])
def test_a_token_that_was_ended_for_safety_is_told_of(server, open_window, why):
    window, user = open_window(server.base_url), server.new_user()
    first = user.create_token('ci job').json
    second = user.post('/api/v1/tokens/%s/rotate' % first['id'], json={'grace_seconds': 0}).json['token']
    if why == 'reuse':
        assert server.refresh(first['token']).status == 401
    else:
        assert server.client().post('/api/v1/leaks', json=[second]).json['items'][0]['result'] == 'revoked'
    assert server.refresh(second).status == 401
    window.sign_in(user.email, user.password)
    told = window.page.get_by_role('alert').filter(has_text='ended for your safety')
    expect(told).to_contain_text(re.compile('“ci job” was ended on .*' + {'reuse': 'used after it had been replaced', 'leaked': 'leaked'}[why]))
    expect(told).to_contain_text('Create a new token')
    assert window.axe() == []
    window.button('I have seen it').click()
    expect(told).to_have_count(0)
    window.go(TOKENS)
    expect(window.page.get_by_text('You have no token here yet')).to_be_visible()
    expect(told).to_have_count(0)
    elsewhere = open_window(server.base_url, 'phone-dark')
    elsewhere.sign_in(user.email, user.password)
    expect(elsewhere.page.get_by_role('alert').filter(has_text='ended for your safety')).to_be_visible()
    assert window.problems == elsewhere.problems == []


@pytest.mark.parametrize('heading, sort', [('Name', 'name'), ('Expires', 'expires_at'), ('Created', 'created_at'), ('Last used', 'last_used_at')])
def test_each_column_is_sorted_both_ways(server, member, heading, sort):
    for number, days in ((1, 20), (2, 10), (3, 30)):
        assert member.user.create_token('number %d' % number, ttl_days=days).status == 201
    server.whoami(server.access(member.user.create_token('number 4', ttl_days=40).json['token']))
    # uses are written every few seconds: the order by use is the same from then on
    becomes(lambda: [token['name'] for token in member.user.get('/api/v1/tokens?sort=-last_used_at&limit=1').json['items']], ['number 4'])
    member.go(TOKENS)
    for way in ((sort, '-' + sort) if sort != 'created_at' else ('created_at', '-created_at')):
        member.button(heading).click()
        expect(member.page.get_by_role('columnheader', name=heading)).to_have_attribute('aria-sort', 'descending' if way[0] == '-' else 'ascending')
        wanted = [token['name'] for token in member.user.get('/api/v1/tokens?sort=' + way).json['items']]
        becomes(lambda: names(member), wanted)
        member.expect_path(TOKENS + ('' if way == '-created_at' else '?sort=' + way))
        member.page.reload()
        becomes(lambda: names(member), wanted)


def test_use_is_shown(server, member):
    secret = member.user.create_token('busy').json['token']
    for _ in range(3):
        server.whoami(server.access(secret))
    member.go(TOKENS)
    member.act('busy', 'Show its use')
    expect(member.dialog('Use of “busy”').get_by_text('Requests per day')).to_be_visible()


def test_an_api_key_works_as_it_is(server, member):
    member.go(KEYS)
    secret = create(member, 'robot', scopes=['read'])
    assert secret.startswith('lk_')
    close_dialog(member)
    assert server.bearer(secret).whoami().json['email'] == member.user.email
    assert secret not in member.everything_kept()
    assert member.user.get('/api/v1/tokens').json['items'][0]['scopes'] == ['read']


def test_the_legacy_page_is_there_only_where_legacy_tokens_are_on(server, member):
    link = member.page.get_by_role('link', name='Legacy Token')
    member.go(LEGACY)
    expect(member.page.get_by_text('switched this kind of token off')).to_be_visible()
    expect(link).to_have_count(0)
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        member.go('/account/profile')
        link.click()
        field = member.page.get_by_label('Access Token', exact=True)
        expect(field).to_have_value(re.compile('^[0-9a-f]{40}$'))
        before = field.input_value()
        assert server.with_key(before).whoami().json['email'] == member.user.email

        member.button('Reset').click()
        member.button('Reset', member.dialog('Reset the legacy token')).click()
        member.said('The old token no longer works.')
        expect(field).not_to_have_value(before)
        assert server.with_key(before).whoami().status == 401
        assert server.with_key(field.input_value()).whoami().status == 200
        shown = field.input_value()
        member.page.get_by_role('link', name='Personal Info').click()
        member.settle()
        assert shown not in member.everything_kept()
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


def test_names_can_be_changed(member):
    member.go('/account/profile')
    member.page.get_by_label('First name').fill('Ada')
    member.page.get_by_label('Last name').fill('Łovelace')
    member.button('Save').click()
    member.said('Saved.')
    member.go('/account/profile')
    expect(member.page.get_by_label('First name')).to_have_value('Ada')
    assert member.user.whoami().json['last_name'] == 'Łovelace'


def test_the_password_can_be_changed(server, open_window):
    user = server.new_user()
    window = open_window(server.base_url)
    window.sign_in(user.email, user.password).go('/account/password')
    for current, told in (('wrong', None), (user.password, 'Your password is changed.')):
        window.page.get_by_label('Current password').fill(current)
        window.page.get_by_label(re.compile('^New password(?!,)')).fill('another Passw0rd')
        window.page.get_by_label('New password, again').fill('another Passw0rd')
        window.button('Change password').click()
        if told:
            window.said(told)
        else:
            window.page.get_by_role('alert').or_(window.page.locator('.mantine-PasswordInput-error')).first.wait_for()
    assert server.sign_in(user.email, 'another Passw0rd').whoami().status == 200
    assert user.whoami().status == 401, 'the other session has ended'
    window.go('/account/profile')
    expect(window.page.get_by_role('heading', name='Personal Info')).to_be_visible()


def test_other_sessions_can_be_ended(server, member):
    elsewhere = server.sign_in(member.user.email, PASSWORD)
    member.go('/account/sessions')
    expect(member.page.get_by_text('This one')).to_have_count(1)
    member.button('End all others').click()
    member.button('End all others', member.dialog('End all others')).click()
    member.said('Other sessions ended: ')
    assert elsewhere.whoami().status == 401
    expect(member.page.locator('.list tbody tr')).to_have_count(1)


def test_a_long_list_is_paged_filtered_and_sorted_by_the_server(server, open_window):
    user = server.new_user()
    for number in range(60):
        assert user.create_token('number %02d' % number).status == 201
    window = open_window(server.base_url)
    window.sign_in(user.email, user.password).go(TOKENS + '?sort=name')
    page = window.page
    becomes(lambda: (names(window)[:1], len(names(window))), (['number 00'], 50))
    window.button('Next').click()
    page.get_by_text('number 59').wait_for()
    becomes(lambda: len(names(window)), 10)
    page.reload()
    becomes(lambda: len(names(window)), 10)  # the address has the page
    window.button('First').click()
    page.get_by_text('number 00').wait_for()
    page.get_by_label('Search by name').fill('number 3')
    page.wait_for_url('**q=number+3**')
    becomes(lambda: names(window), ['number 3%d' % digit for digit in range(10)])
    window.button('Expires').click()
    page.wait_for_url('**sort=expires_at**')
    page.get_by_label('Search by name').fill('no such')
    page.get_by_role('button', name='Show all').click()
    becomes(lambda: len(names(window)), 50)
    assert window.problems == []
