"""What a page of somebody else's, a text of somebody else's, or a cookie of somebody else's can do: nothing."""
import pytest
from playwright.sync_api import expect

TOKENS = '/account/personal-access-tokens'
MARKUP = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>\'&lt;'
POLICY = {"default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"}


@pytest.fixture
def victim(server, open_window):
    """Somebody signed in, whose browser goes astray; problems on foreign pages are no concern of ours."""
    window = open_window(server.base_url)
    window.user = server.new_user()
    return window.sign_in(window.user.email, window.user.password)


def test_markup_in_names_is_text(server, window):
    """In every name that somebody may choose, on every page that shows one."""
    owner, user = server.owner, server.new_user()
    organization = '/api/v1/organizations/%d' % owner.get('/api/v1/session').json['organization']['id']
    assert user.patch('/api/users/%d/' % user.id, json={'first_name': MARKUP, 'last_name': MARKUP}).status == 200
    token = owner.create_token(MARKUP)
    assert user.create_token(MARKUP).status == 201 and token.status == 201
    assert owner.patch(organization, json={'title': MARKUP}).status == 200
    account = owner.post(organization + '/service-accounts', json={'name': MARKUP, 'description': MARKUP})
    assert account.status == 201
    assert owner.post(organization + '/webhooks', json={'url': 'https://hooks.example.com/', 'description': MARKUP}).status == 201
    window.page.on('dialog', lambda dialog: window.problems.append('it ran: ' + dialog.message) or dialog.dismiss())
    window.sign_in(server.owner_email, server.owner_password)
    for path in (TOKENS, '/organization/overview', '/organization/members?sort=-joined_at', '/organization/service-accounts',
                 '/organization/service-accounts/%d' % account.json['id'], '/organization/tokens', '/organization/audit-log',
                 '/organization/webhooks'):
        window.go(path)
        expect(window.page.get_by_text(MARKUP).first).to_be_visible()
        assert window.page.locator('img').count() == 0, path
    window.go(TOKENS)
    window.act(MARKUP, 'Revoke')
    expect(window.dialog('Revoke token')).to_contain_text(MARKUP)
    assert owner.patch(organization, json={'title': 'Label Studio'}).status == 200
    assert owner.delete('/api/v1/tokens/' + token.json['id']).status == 204


@pytest.mark.parametrize('path', ['/user/login/?next=', '/user/signup/?token=', '/user/signup/?next=', '/account/',
                                  '/account/personal-access-tokens?q=', '/device?user_code=', '/no/such/'])
def test_markup_in_an_address_is_text(server, open_window, path):
    window = open_window(server.base_url)
    if not path.startswith('/user'):
        window.sign_in(server.owner_email, server.owner_password)
    window.page.on('dialog', lambda dialog: window.problems.append('it ran: ' + dialog.message) or dialog.dismiss())
    window.go(path + MARKUP.replace('/', '%2F').replace('"', '%22').replace('<', '%3C'))
    assert window.page.locator('img').count() == 0
    assert [p for p in window.problems if 'status of 40' not in p] == []


def test_markup_in_a_refused_address_is_text(window):
    window.go('/user/login/')
    window.page.evaluate('document.forms[0].noValidate = true')
    window.page.get_by_label('Email address').evaluate('(field, text) => { field.type = "text"; field.value = text; }', MARKUP)
    window.page.get_by_label('Password').fill('wrong')
    window.page.get_by_role('button', name='Log in').click()
    expect(window.page.get_by_label('Email address')).to_have_value(MARKUP)
    assert window.page.locator('img').count() == 0


def test_a_script_that_got_in_would_not_run(server, window):
    """The second lock: markup put into the page by force is stopped by its policy."""
    window.sign_in(server.owner_email, server.owner_password)
    for path in ('/user/login/', '/', TOKENS, '/organization/tokens', '/device', '/no/such/page'):
        answer = server.owner.get(path) if path != '/user/login/' else server.client().get(path)
        assert POLICY <= set(answer.headers['Content-Security-Policy'].split('; ')), path
        assert answer.headers['X-Content-Type-Options'] == 'nosniff'
        assert answer.headers['Cache-Control'] in ('no-store', 'private, no-cache')
    window.go(TOKENS)
    window.page.evaluate('''() => {
        window.ran = [];
        document.querySelector("main").insertAdjacentHTML("beforeend",
            `<img src="data:image/png;base64,x" onerror="window.ran.push('handler')"><a id="js" href="javascript:window.ran.push('link')">x</a>`);
        const script = document.createElement("script");
        script.textContent = "window.ran.push('inline')";
        document.body.append(script);
        document.getElementById("js").click();
    }''')
    window.settle()
    assert window.page.evaluate('window.ran') == []
    assert any('Content Security Policy' in problem for problem in window.problems)
    window.problems.clear()


@pytest.mark.parametrize('where', ['other_site', 'other_port'])
@pytest.mark.parametrize('path', ['/user/login/', '/', TOKENS, '/organization/', '/no/such/page'])
def test_no_page_lets_itself_be_framed(victim, elsewhere, where, path):
    elsewhere.pages['/'] = '<iframe id=f src="%s%s"></iframe>' % (victim.base_url, path)
    victim.page.goto(getattr(elsewhere, where) + '/')
    victim.settle()
    frame = victim.page.frames[1]
    assert 'Latchkey' not in frame.content()
    assert any('frame-ancestors' in problem or 'Framing' in problem for problem in victim.problems), victim.problems


@pytest.mark.parametrize('where', ['other_site', 'other_port'])
def test_a_form_of_another_site_signs_nobody_in(server, elsewhere, open_window, where):
    window = open_window(server.base_url)
    window.go('/user/login/')  # has the cookie csrftoken now
    token = window.page.locator('[name=csrfmiddlewaretoken]').get_attribute('value')
    elsewhere.pages['/'] = '''<form method=post action="%s/user/login/"><input name=email value="%s">
        <input name=password value="%s"><input name=csrfmiddlewaretoken value="%s"><button>go</button></form>''' % (
        server.base_url, server.owner_email, server.owner_password, token)
    window.page.goto(getattr(elsewhere, where) + '/')
    with window.page.expect_response(lambda r: r.request.method == 'POST') as answer:
        window.page.get_by_role('button').click()
    assert answer.value.status == 403
    assert window.cookie('sessionid') is None


@pytest.mark.parametrize('where', ['other_site', 'other_port'])
@pytest.mark.parametrize('path, fields', [
    ('/api/token', ''), ('/api/token/', ''), ('/api/current-user/reset-token/', ''), ('/api/invite/reset-token', ''),
    ('/api/jwt/settings', '<input name=legacy_api_tokens_enabled value=true>'),
    ('/api/v1/tokens', '<input name=\'{"name":"evil","kind":"pat","x":"\' value=\'"}\'>')])
def test_a_form_of_another_site_changes_nothing(server, elsewhere, open_window, where, path, fields):
    window = open_window(server.base_url)
    window.sign_in(server.owner_email, server.owner_password)
    key, settings, link = server.owner.legacy_key(), server.owner.settings().json, server.owner.invitation()
    kind = 'text/plain' if 'evil' in fields else 'application/x-www-form-urlencoded'
    elsewhere.pages['/'] = '<form method=post enctype="%s" action="%s%s">%s<button>go</button></form>' % (
        kind, server.base_url, path, fields)
    window.page.goto(getattr(elsewhere, where) + '/')
    with window.page.expect_response(lambda r: r.request.method == 'POST') as answer:
        window.page.get_by_role('button').click()
    assert answer.value.status in (401, 403, 415), answer.value.status
    if where == 'other_port':  # of the same "site": its cookies do go along, and only the origin tells
        assert answer.value.status == 403
    assert server.owner.legacy_key() == key and server.owner.settings().json == settings
    assert server.owner.list_pats() == [] and server.owner.get('/api/v1/tokens').json['items'] == []
    assert server.owner.invitation() == link


@pytest.mark.parametrize('where', ['other_site', 'other_port'])
def test_a_script_of_another_site_reads_nothing(victim, elsewhere, where):
    victim.page.goto(getattr(elsewhere, where) + '/')
    read = victim.page.evaluate('''async base => {
        const found = [];
        for (const path of ["/api/token", "/api/v1/tokens", "/api/current-user/token", "/api/current-user/whoami", "/"])
            for (const options of [{ credentials: "include" }, { credentials: "include", method: "POST" },
                                   { credentials: "include", method: "DELETE" }])
                try { found.push(path + await (await fetch(base + path, options)).text()); } catch { /* as it should be */ }
        return found;
    }''', victim.base_url)
    assert read == []
    assert victim.user.get('/api/v1/tokens').json['items'] == []


def test_a_link_from_another_site_shows_the_page_and_gives_no_handle_on_it(victim, elsewhere):
    elsewhere.pages['/'] = '<a href="%s/" target=_blank rel=opener>go</a>' % victim.base_url
    victim.page.goto(elsewhere.other_port + '/')
    with victim.context.expect_page() as opened:
        victim.page.get_by_role('link').click()
    opened.value.wait_for_load_state()
    expect(opened.value.get_by_role('heading', name='Personal Access Token')).to_be_visible()
    assert opened.value.evaluate('window.opener') is None


@pytest.mark.parametrize('next_page', ['//evil.example/', 'http://evil.example/', '/\\evil.example/', 'javascript:alert(1)',
                                       '/%0A/evil.example', '/%09/evil.example', '///evil.example'])
def test_signing_in_never_leads_elsewhere(server, window, next_page):
    window.sign_in(server.owner_email, server.owner_password, '/user/login/?next=' + next_page)
    window.page.wait_for_url(server.base_url + TOKENS)


def test_a_session_made_up_by_somebody_else_is_not_taken_on(server, window):
    """A cookie planted before the sign-in is not the session's afterwards, nor is its CSRF token."""
    window.context.add_cookies([{'name': name, 'value': 'A' * 32, 'url': server.base_url} for name in ('sessionid', 'csrftoken')])
    window.sign_in(server.owner_email, server.owner_password)
    window.page.wait_for_url('**' + TOKENS)
    assert window.cookie('sessionid') != 'A' * 32 and window.cookie('csrftoken') != 'A' * 32


def test_scripts_of_the_page_cannot_read_the_session(victim):
    victim.go('/')
    assert victim.cookie('sessionid') not in victim.page.evaluate('document.cookie')
    assert 'sessionid' not in victim.page.evaluate('document.cookie')
