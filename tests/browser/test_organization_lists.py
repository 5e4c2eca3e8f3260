"""The organization's long lists: paged, filtered, sorted and chosen from, with all of it in the address; and what is exported."""
import csv
import json
import re

import pytest
from playwright.sync_api import expect
from support.browser import becomes
from support.people import new_service_account, org, promote

MARKS = '\u200f\u05e8\u05e2 evil <img src=x onerror=alert(1)>'  # written from right to left; what turns others is refused
MANY = 120
# The text of the innermost element that the direction of its text cannot leave.
WHAT_IS_TURNED = '''e => {
    while (getComputedStyle(e).display === "inline" && getComputedStyle(e).unicodeBidi === "normal") e = e.parentElement;
    return e.textContent;
}'''


@pytest.fixture(scope='module')
def tokens(server):
    """Of one machine: more than two pages of them."""
    account = new_service_account(server.owner, 'many')
    path = org(server.owner, '/service-accounts/%d/tokens' % account['id'])
    for number in range(MANY):
        order = {'name': 'n %03d' % number, 'kind': ('pat', 'api_key')[number % 2], 'ttl_days': 5 + number}
        assert server.owner.post(path, json=order).status == 201
    return account


@pytest.fixture(params=['wide-light', 'phone-dark'])
def administrator(server, open_window, request):
    """What the owner may, others see done by an administrator."""
    client = promote(server, server.new_user('administrator'), 'administrator')
    window = open_window(server.base_url, request.param)
    window.client = client
    window.is_phone = request.param.startswith('phone')
    window.context.add_cookies([{'name': c.name, 'value': c.value, 'url': window.base_url} for c in client.http.cookies])
    yield window
    assert window.problems == []


def rows(window):
    return window.page.locator('.list tbody tr')


def names(window):
    return re.findall(r'\bn \d\d\d\b', ' '.join(rows(window).all_inner_texts()))


def sort_by(window, heading):
    window.button(heading).click()


def test_pages_come_one_after_the_other_and_the_address_has_them(server, tokens, administrator):
    window, page = administrator, administrator.page
    window.go('/organization/tokens?q=n+&sort=created_at')
    first = ['n %03d' % number for number in range(50)]
    becomes(lambda: names(window), first)
    expect(page.get_by_role('status').filter(has_text='50 of 120 shown')).to_be_visible()
    window.button('Next').click()
    expect(rows(window).first).to_contain_text('n 050')
    second = page.url
    window.button('Next').click()
    expect(rows(window).first).to_contain_text('n 100')
    becomes(lambda: len(names(window)), 20)
    expect(window.button('Next')).to_be_disabled()
    window.button('Previous').click()
    expect(rows(window).first).to_contain_text('n 050')
    page.reload()
    expect(rows(window).first).to_contain_text('n 050')
    window.button('Next').click()
    expect(rows(window).first).to_contain_text('n 100')
    page.go_back()
    expect(rows(window).first).to_contain_text('n 050')
    page.goto(second)
    expect(rows(window).first).to_contain_text('n 050')
    window.button('First').click()
    expect(rows(window).first).to_contain_text('n 000')
    becomes(lambda: names(window), first)


def test_a_filter_starts_from_the_first_page_and_survives_a_reload(server, tokens, administrator):
    window, page = administrator, administrator.page
    window.go('/organization/tokens?q=n+&sort=created_at')
    window.button('Next').click()
    expect(rows(window).first).to_contain_text('n 050')
    page.get_by_label('Kind', exact=True).select_option('api_key')
    expect(rows(window).first).to_contain_text('n 001')
    assert 'cursor' not in page.url and 'kind=api_key' in page.url
    page.get_by_label('Expires', exact=True).select_option('14')
    expect(page.get_by_role('status').filter(has_text=re.compile('^5 '))).to_be_visible()
    shown = ['n %03d' % number for number in (1, 3, 5, 7, 9)]
    becomes(lambda: names(window), shown)
    page.reload()
    becomes(lambda: names(window), shown)
    expect(page.get_by_label('Kind', exact=True)).to_have_value('api_key')
    expect(page.get_by_label('Expires', exact=True)).to_have_value('14')


def test_an_order_is_the_servers(server, tokens, administrator):
    window, page = administrator, administrator.page
    window.go('/organization/tokens?q=n+')
    expect(rows(window).first).to_contain_text('n %03d' % (MANY - 1))
    sort_by(window, 'Expires')
    page.wait_for_url('**sort=expires_at**')
    expect(rows(window).first).to_contain_text('n 000')
    expect(page.get_by_role('columnheader', name='Expires')).to_have_attribute('aria-sort', 'ascending')
    sort_by(window, 'Expires')
    page.wait_for_url('**sort=-expires_at**')
    expect(rows(window).first).to_contain_text('n %03d' % (MANY - 1))


def test_a_whole_page_is_chosen_and_only_that_is_revoked(server, administrator):
    window, page = administrator, administrator.page
    account = new_service_account(server.owner)
    path = org(server.owner, '/service-accounts/%d/tokens' % account['id'])
    for number in range(55):
        assert server.owner.post(path, json={'name': 'all %d of %d' % (number, account['id'])}).status == 201
    listed = org(server.owner, '/tokens?user_id=%d&limit=1' % account['id'])
    window.go('/organization/tokens?user_id=%d' % account['id'])
    rows(window).first.wait_for()
    if window.is_phone:
        for number in range(2):
            rows(window).nth(number).get_by_role('checkbox').check()
        count = 2
    else:
        page.get_by_label('Choose all on this page').check()
        count = 50
    window.button('Revoke chosen (%d)' % count).click()
    dialog = window.dialog('Revoke chosen (%d)' % count)
    assert window.axe() == []
    window.button('Cancel', dialog).click()
    assert server.owner.get(listed).json['total'] == 55
    window.button('Revoke chosen (%d)' % count).click()
    window.button('Revoke', window.dialog('Revoke chosen (%d)' % count)).click()
    window.said('Tokens revoked: %d.' % count)
    expect(rows(window)).to_have_count(min(50, 55 - count))
    assert server.owner.get(listed).json['total'] == 55 - count
    window.button('Revoke chosen (0)').wait_for()
    window.button('Show everybody’s').click()
    expect(window.button('Show everybody’s')).to_have_count(0)


def test_what_is_exported_is_what_is_filtered(server, administrator):
    window, page = administrator, administrator.page
    user = server.new_user('exported')
    user.create_token('=1+1')  # what a table would calculate
    user.create_token(MARKS)
    window.go('/organization/audit-log?event=token.created&actor_id=%d' % user.id)
    expect(rows(window)).to_have_count(2)
    exported = {}
    for kind in ('CSV', 'NDJSON'):
        with page.expect_download() as download:
            page.get_by_role('link', name='Export ' + kind).click()
        with open(download.value.path(), encoding='utf-8', newline='') as file:
            exported[kind] = file.read()
        assert download.value.suggested_filename.endswith('.' + kind.lower())
    events = [json.loads(line) for line in exported['NDJSON'].splitlines()]
    assert {event['subject']['name'] for event in events} == {'=1+1', MARKS}
    assert {(event['event'], event['actor']['id']) for event in events} == {('token.created', user.id)}
    lines = list(csv.DictReader(exported['CSV'].splitlines()))
    assert len(lines) == 2
    assert not any(value.startswith(('=', '+', '-', '@')) for line in lines for value in line.values())


def test_an_older_page_of_the_log_has_its_address(server, tokens, administrator):
    window = administrator
    window.go('/organization/audit-log?event=token.created')
    newest = rows(window).first.inner_text()
    window.button('Next').click()
    expect(rows(window).first).not_to_have_text(newest, use_inner_text=True)
    older = rows(window).first.inner_text()
    window.page.reload()
    expect(rows(window).first).to_have_text(older, use_inner_text=True)


def test_marks_that_turn_text_stay_in_their_place(server, administrator):
    """A name cannot turn round what stands beside it, nor bring an element in."""
    window = administrator
    user = server.new_user('marks')
    user.create_token(MARKS)
    assert user.patch('/api/v1/account', json={'first_name': MARKS[:40], 'last_name': 'x'}).status == 200
    new_service_account(server.owner, '%s machine %d' % (MARKS, user.id))
    for path, where in (('/organization/tokens?user_id=%d' % user.id, '.list td'), ('/organization/members?q=' + user.email, '.list td'),
                        ('/organization/service-accounts', '.list td'), ('/organization/audit-log?actor_id=%d' % user.id, '.list td')):
        window.go(path)
        shown = window.page.locator(where).filter(has_text='evil').first
        expect(shown).to_be_visible()
        window.settle()
        assert window.page.locator('main img').count() == 0
        assert window.overflow() == []
        beside = shown.locator('xpath=descendant-or-self::*[contains(text(), "evil")]').first.evaluate(WHAT_IS_TURNED)
        assert beside.startswith(MARKS[:40]) and len(beside) <= len(MARKS) + len(' machine 123'), path


@pytest.mark.parametrize('path, asked', [
    ('/organization/tokens', '/organizations/*/tokens?*'), ('/organization/members', '/organizations/*/members?*'),
    ('/organization/audit-log', '/organizations/*/audit-events?*'), ('/organization/webhooks', '/organizations/*/webhooks?*'),
    ('/organization/settings/access-tokens', '/organizations/*/token-settings'),
    ('/organization/overview', '/organizations/*/tokens/summary')])
def test_what_could_not_be_loaded_says_so_and_is_tried_again(administrator, path, asked):
    window, page = administrator, administrator.page
    page.route('**/api/v1' + asked, lambda route: route.abort())
    window.go(path)
    retry = window.button('Try again').first
    retry.wait_for()
    expect(page.get_by_text('The server cannot be reached').first).to_be_visible()
    assert window.axe() == []
    page.unroute('**/api/v1' + asked)
    retry.click()
    expect(page.get_by_text('The server cannot be reached')).to_have_count(0)
    window.settle()
    window.problems.clear()  # the browser notes the failed request
