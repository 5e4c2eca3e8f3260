"""
Label Studio's own web pages, unmodified, through nginx: what they make, list, revoke and switch is Latchkey's.

The browser keeps Label Studio's session cookie; Latchkey asks Label Studio whose it is.
"""
import re

import pytest
from playwright.sync_api import expect

import real_label_studio
from proxies import KINDS, missing
from stack import SteadyServer
from support import jwt
from support.browser import Window

EMAIL, PASSWORD = real_label_studio.OWNER
SIGNED = re.compile(r'^[\w-]+\.[\w-]+\.[\w-]+$')


@pytest.fixture(scope='module')
def real(tmp_path_factory):
    studio = real_label_studio.LabelStudio(tmp_path_factory.mktemp('label-studio')).start()
    yield studio
    studio.stop()


@pytest.fixture(scope='module')
def daemon(real, latchkey, tmp_path_factory):
    """As docs/label-studio.md says: import, then serve with the same SECRET_KEY."""
    server = SteadyServer(latchkey, tmp_path_factory.mktemp('server'), owner=False, options=[
        '--secret-key-file', str(real.secret_key_file), '--upstream-url', 'http://' + real.address,
        '--trusted-proxies', '127.0.0.1/32'])
    done = server.cli('import', 'label-studio', '--from', real.database, '--secret-key-file', real.secret_key_file)
    assert done.returncode == 0, done
    server.owner_email, server.owner_password = EMAIL, PASSWORD
    yield server.start()
    server.kill9()


@pytest.fixture(scope='module')
def site(daemon, real, tmp_path_factory):
    """The one address that people know."""
    if missing('nginx'):
        pytest.skip(missing('nginx'))
    proxy = KINDS['nginx'](tmp_path_factory.mktemp('proxy'), 'label-studio', '127.0.0.1:%d' % daemon.port, real.address).start()
    yield proxy.base_url
    proxy.stop()


class Studio(Window):
    """Somebody at Label Studio's pages."""

    def enter(self):
        self.page.goto(self.base_url + '/user/login/')
        self.page.locator('#email').fill(EMAIL)
        self.page.locator('#password').fill(PASSWORD)
        self.page.get_by_role('button', name='Log in').click()
        self.page.wait_for_url(self.base_url + '/')
        expect(self.page.get_by_text('Welcome')).to_be_visible()
        return self

    def account(self, section):
        self.page.goto(self.base_url + '/user/account/personal-info')
        self.page.get_by_role('link', name=section).or_(self.page.get_by_text(section, exact=True)).first.click()
        expect(self.page.get_by_text('Authenticate with our API')).to_be_visible()

    def create(self):
        """Gives the whole token, which the page shows once."""
        self.account('Personal Access Token')
        self.page.get_by_role('button', name='Create New Token').click()
        expect(self.page.get_by_text('New Auth Token')).to_be_visible()
        field = self.page.locator('input[readonly]')
        expect(field).to_have_value(SIGNED)
        token = field.input_value()
        self.page.keyboard.press('Escape')
        expect(self.page.get_by_text('New Auth Token')).to_have_count(0)
        return token

    def revoke(self):
        self.page.get_by_role('button', name='Revoke').click()
        sure = self.page.locator('button[aria-label=Revoke]')
        with self.page.expect_response('**/api/token/blacklist') as answer:
            sure.click()
        assert answer.value.status == 204
        expect(sure).to_have_count(0)

    def switch(self, **switches):
        """Organization, "API Tokens Settings"."""
        self.page.goto(self.base_url + '/organization/')
        self.page.get_by_role('button', name='Show API token settings').click()
        for name, on in switches.items():
            self.page.locator('[name=%s]' % name).set_checked(on, force=True)  # a picture lies over it
        with self.page.expect_response(lambda r: r.url.endswith('/api/jwt/settings') and r.request.method == 'POST') as answer:
            self.page.get_by_role('button', name='Save').click()
        assert answer.value.status == 200


@pytest.fixture
def open_studio(chromium):
    windows = []

    def open_one(base_url):
        windows.append(Studio(chromium, base_url))
        return windows[-1]

    yield open_one
    for one in windows:
        one.close()


@pytest.fixture
def studio(open_studio, site, daemon):
    """Signed in at Label Studio, through the proxy, with no token yet and the settings as a new installation has them."""
    for token in daemon.owner.list_pats():
        assert daemon.owner.revoke(token).status == 204
    daemon.set_settings(api_tokens_enabled=True, legacy_api_tokens_enabled=False)
    return open_studio(site).enter()


def listed(daemon):
    return [token['id'] for token in daemon.cli_json('token', 'list', '--user', EMAIL)['items']]


def test_create_new_token_makes_latchkeys(studio, daemon, site, real):
    own = real.tokens_of_its_own()
    pat = studio.create()
    assert jwt.truncated(pat) in studio.text, 'the page lists what it has'
    access = daemon.access(pat)
    assert daemon.whoami(access).json['email'] == EMAIL
    assert daemon.bearer(access).request('GET', '/api/v1/tokens').json['items'][0]['id'] == jwt.claims(pat)['jti']
    assert listed(daemon) == [jwt.claims(pat)['jti']]
    assert real.tokens_of_its_own() == own, 'Label Studio itself made none'
    expect(studio.page.get_by_role('button', name='Create New Token')).to_be_disabled()


def test_revoke_ends_it_at_once(studio, daemon, site):
    pat = studio.create()
    access = daemon.access(pat)
    assert daemon.bearer(access).get('/api/current-user/whoami').status == 200
    studio.revoke()
    assert daemon.whoami(access).status == 401
    assert daemon.refresh(pat).status == 401
    through = daemon.client(Authorization='Bearer ' + access)
    through.base_url = site
    assert through.get('/api/projects/').status == 401, 'and at Label Studio, which would take it for minutes'
    assert listed(daemon) == []
    expect(studio.page.get_by_role('button', name='Create New Token')).to_be_enabled()
    expect(studio.page.get_by_text(jwt.truncated(pat))).to_have_count(0)


def test_what_was_made_at_the_command_line_is_on_the_page_too(studio, daemon):
    pat = daemon.cli('token', 'create', '--user', EMAIL, '--name', 'from the command line').stdout.strip()
    studio.account('Personal Access Token')
    expect(studio.page.get_by_text(jwt.truncated(pat))).to_be_visible()
    studio.revoke()
    assert daemon.refresh(pat).status == 401


def test_the_switches_of_the_organization_hold_in_latchkey(studio, daemon, site):
    pat = studio.create()
    access = daemon.access(pat)
    studio.switch(legacy_api_tokens_enabled=True, api_tokens_enabled=False)
    settings = daemon.owner.settings().json
    assert (settings['api_tokens_enabled'], settings['legacy_api_tokens_enabled']) == (False, True)
    assert daemon.whoami(access).status == 401 and daemon.refresh(pat).status == 403
    studio.page.goto(site + '/user/account/')
    expect(studio.page.get_by_text('Legacy Token')).not_to_have_count(0)
    expect(studio.page.get_by_text('Personal Access Token')).to_have_count(0)

    studio.switch(legacy_api_tokens_enabled=False, api_tokens_enabled=True)
    assert daemon.whoami(access).status == 200 and daemon.refresh(pat).status == 200
    assert daemon.with_key(daemon.owner.legacy_key()).whoami().status == 401


def test_the_legacy_page_shows_and_resets_latchkeys(studio, daemon, real):
    in_label_studio = real.query('SELECT key FROM authtoken_token ORDER BY key')
    studio.switch(legacy_api_tokens_enabled=True)
    studio.account('Legacy Token')
    field = studio.page.locator('input[name=token]')
    expect(field).to_have_value(re.compile('^[0-9a-f]{40}$'))
    before = field.input_value()
    assert daemon.with_key(before).whoami().json['email'] == EMAIL
    with studio.page.expect_response('**/api/current-user/reset-token*'):
        studio.page.get_by_role('button', name='Reset').click()
    expect(field).not_to_have_value(before)
    assert daemon.with_key(before).whoami().status == 401
    assert daemon.with_key(field.input_value()).whoami().status == 200
    assert real.query('SELECT key FROM authtoken_token ORDER BY key') == in_label_studio


def tour(studio):
    """All pages that tokens have to do with; what the console said there, without the address."""
    studio.enter()
    studio.create()
    studio.revoke()
    studio.switch(legacy_api_tokens_enabled=True)
    studio.account('Legacy Token')
    studio.switch(legacy_api_tokens_enabled=False)
    studio.page.wait_for_load_state('networkidle')
    return {problem.replace(studio.base_url, '') for problem in studio.problems}


def test_the_console_says_nothing_that_it_does_not_say_without_latchkey(studio, open_studio, site, real):
    studio.page.goto('about:blank')
    without = tour(open_studio('http://' + real.address))
    assert tour(open_studio(site)) - without == set()


@pytest.mark.parametrize('where', ['other_site', 'other_port'])
def test_another_sites_form_makes_no_token_with_label_studios_session(studio, daemon, elsewhere, where):
    elsewhere.pages['/'] = '<form method=post action="%s/api/token"><button>go</button></form>' % studio.base_url
    studio.page.goto(getattr(elsewhere, where) + '/')
    with studio.page.expect_response(lambda r: r.request.method == 'POST') as answer:
        studio.page.get_by_role('button').click()
    assert answer.value.status in (401, 403)
    assert listed(daemon) == []


def test_a_dead_latchkey_is_said_on_the_page_and_its_return_needs_nothing(studio, daemon):
    daemon.kill9()
    try:
        studio.page.goto(studio.base_url + '/user/account/')
        expect(studio.page.get_by_text('It cannot be checked just now who is calling.')).to_be_visible()
    finally:
        daemon.start()
    pat = studio.create()
    assert daemon.refresh(pat).status == 200
