"""
Every page and every button, as an owner, an administrator and a member, on a wide screen and a phone: nothing that axe,
a keyboard or a careful eye finds wrong, no error in the console, and no secret left anywhere.
"""
import pytest

LOOKS = [('owner', view) for view in ('wide-light', 'wide-dark', 'phone-light', 'phone-dark')] + [
    ('administrator', 'wide-light'), ('administrator', 'phone-dark'), ('member', 'wide-dark'), ('member', 'phone-light')]
PRESSES = [('owner', 'wide-light'), ('owner', 'phone-dark'), ('administrator', 'wide-dark'), ('member', 'phone-light')]
CLOSES = ('Cancel', 'Close')


@pytest.fixture(scope='module')
def people(server):
    """Somebody of each role, and something in every list."""
    server.set_settings(legacy_api_tokens_enabled=True)
    owner, administrator, member = server.owner, server.new_user('administrator'), server.new_user('member')
    organization = '/api/v1/organizations/%d' % owner.get('/api/v1/session').json['organization']['id']
    assert owner.patch('%s/members/%d' % (organization, administrator.id), json={'role': 'administrator'}).status == 200
    for client in (owner, administrator, member):
        for order in ({'name': 'laptop'}, {'name': 'W' * 60, 'scopes': ['read'], 'allowed_ips': ['127.0.0.0/8'], 'ttl_days': 3},
                      {'name': '字' * 30, 'kind': 'api_key', 'ttl_days': 30}):
            assert client.post('/api/v1/tokens', json=order).status == 201
    account = owner.post(organization + '/service-accounts', json={'name': 'export job'}).json['id']
    made = [('/service-accounts/%d/tokens' % account, {'name': 'nightly', 'kind': 'api_key'}), ('/invitations', {'email': 'new@example.com'}),
            ('/webhooks', {'url': 'https://hooks.example.com/a/rather/long/address/that/must/not/break/the/page', 'description': 'Pager'})]
    for path, order in made:
        assert owner.post(organization + path, json=order).status == 201, path
    return {'owner': owner, 'administrator': administrator, 'member': member}


@pytest.fixture
def visitor(server, people, open_window, role, view):
    window = open_window(server.base_url, view)
    window.role = role
    window.context.add_cookies([{'name': c.name, 'value': c.value, 'url': window.base_url} for c in people[role].http.cookies])
    return window


def pages(window):
    """All that the navigation leads to, and the one service account."""
    window.go('/account/profile')
    paths = window.page.locator('nav[aria-label="Pages"] a').evaluate_all('links => links.map(a => new URL(a.href).pathname)')
    if window.role != 'member':
        window.go('/organization/service-accounts')
        paths += window.page.locator('.list a').evaluate_all('links => links.map(a => new URL(a.href).pathname)')
    return paths + ['/device', '/account/no-such-page']


@pytest.mark.parametrize('role, view', LOOKS)
def test_pages_have_no_fault(visitor):
    paths = pages(visitor)
    assert len(paths) == (8 if visitor.role == 'member' else 17), paths
    found = {}
    for path in paths:
        visitor.go(path)
        visitor.page.locator('h1').wait_for()
        visitor.settle()
        faults = visitor.faults()
        if faults:
            found[path] = faults
        visitor.problems.clear()
    assert found == {}


def open_dialogs(window, path, found):
    """Looks at the dialog that is open, if one is, and leaves it as a careful person would."""
    page = window.page
    window.settle()
    dialog = page.get_by_role('dialog')
    if dialog.count() == 0:
        return
    for name, wrong in (('axe', window.axe()), ('unnamed', window.unnamed()), ('overflow', window.overflow())):
        if wrong:
            found.append((path, dialog.first.inner_text()[:40], name, wrong))
    for name in CLOSES:
        button = dialog.get_by_role('button', name=name, exact=True)
        if button.count():
            button.first.click()
            break
    dialog.wait_for(state='detached')


def press(window, path, found):
    """Presses every button of the page; of what a menu offers, every entry."""
    page = window.page
    page.locator('h1').wait_for()
    count = page.locator('main button:visible').count()
    for at in range(count):
        if window.path != path:
            window.go(path)
        button = page.locator('main button:visible').nth(at)
        if button.is_disabled():
            continue
        is_menu = button.get_attribute('aria-haspopup') == 'menu'
        button.click()
        if not is_menu:
            open_dialogs(window, path, found)
            continue
        page.get_by_role('menu').wait_for()
        found.extend((path, 'menu', 'axe', wrong) for wrong in window.axe())
        entries = page.get_by_role('menuitem').all_inner_texts()
        for entry in entries:
            if not page.get_by_role('menu').is_visible():
                button.click()
            page.get_by_role('menuitem', name=entry, exact=True).click()
            page.evaluate('new Promise(done => setTimeout(done, 50))')  # what it does begins once the menu has closed
            open_dialogs(window, path, found)


@pytest.mark.parametrize('role, view', PRESSES)
def test_buttons_do_no_harm(people, visitor, role):
    """Whatever is pressed and then called off changes nothing, and every dialog can be used by everybody."""
    def tokens():
        return [(t['id'], t['state'], t['name']) for t in people[role].get('/api/v1/tokens?state=all').json['items']]

    before, found = tokens(), []
    for path in pages(visitor):
        visitor.go(path)
        press(visitor, path, found)
    assert found == []
    assert visitor.problems == []
    assert tokens() == before
