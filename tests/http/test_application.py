"""How the application's files are served: compressed as the client likes, kept for good, and never to strangers' frames."""
import gzip
import re

import pytest

from support.server import Server


@pytest.fixture
def index(server):
    page = server.owner.get('/account/profile')
    assert page.status == 200
    if 'No pages in this build' in page.text:
        pytest.skip('the program was built without its pages: -Dweb=true')
    return page


@pytest.fixture
def script(index):
    return '/' + re.search(r'src="\./(assets/[\w.-]+\.js)"', index.text).group(1)


def raw(server, path, **headers):
    import http.client
    import urllib.parse
    at = urllib.parse.urlsplit(server.base_url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    connection.request(headers.pop('method', 'GET'), path, headers={name.replace('_', '-'): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_the_page_around_it_is_asked_for_each_time_and_costs_nothing_then(server, index):
    assert index.headers['Cache-Control'] == 'private, no-cache'
    assert index.headers['X-Content-Type-Options'] == 'nosniff' and index.headers['Referrer-Policy'] == 'same-origin'
    policy = dict(part.strip().split(' ', 1) for part in index.headers['Content-Security-Policy'].split(';'))
    assert policy == {'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self' 'unsafe-inline'", 'img-src': "'self' data:",
                      'connect-src': "'self'", 'font-src': "'self'", 'base-uri': "'self'", 'form-action': "'self'",
                      'frame-ancestors': "'none'"}
    again = server.owner.get('/account/profile', headers={'If-None-Match': index.headers['ETag']})
    assert (again.status, again.text) == (304, '') and again.headers['ETag'] == index.headers['ETag']
    assert not re.search(r'<script(?![^>]*\bsrc=)', index.text), 'nothing inline'


def test_nobody_gets_it_without_signing_in(server):
    for path in ('/', '/account/profile', '/organization/tokens', '/device?user_code=ABCD-EFGH'):
        answer = server.client().get(path)
        assert answer.status == 302 and answer.headers['Location'].startswith('/user/login/'), path
    assert answer.headers['Location'] == '/user/login/?next=/device%3Fuser_code%3DABCD-EFGH'


def test_assets_are_kept_for_good(server, script):
    answer, body = raw(server, script)
    assert answer.status == 200 and answer.headers['Content-Type'] == 'text/javascript; charset=utf-8'
    assert answer.headers['Cache-Control'] == 'public, max-age=31536000, immutable'
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    again, nothing = raw(server, script, If_None_Match='"other", W/' + answer.headers['ETag'])
    assert (again.status, nothing) == (304, b'')
    head, nothing = raw(server, script, method='HEAD')
    assert (head.status, nothing, head.headers['Content-Length']) == (200, b'', str(len(body)))


@pytest.mark.parametrize('wanted, coding', [
    ('', None), ('identity', None), ('gzip', 'gzip'), ('gzip, deflate, br, zstd', 'br'), ('br;q=0.5, gzip', 'gzip'), ('br;q=0, gzip;q=0.1', 'gzip'),
    ('*', 'br'), ('identity, gzip;q=0', None), ('zstd', None), ('gzip;q=0.2, identity;q=0.5', None)])
def test_assets_come_as_the_client_likes(server, script, wanted, coding):
    plain = raw(server, script)[1]
    answer, body = raw(server, script, Accept_Encoding=wanted)
    assert answer.status == 200 and answer.headers['Content-Encoding'] == coding
    assert answer.headers['Vary'] == 'Accept-Encoding'
    if coding is None:
        assert body == plain
    else:
        assert len(body) < len(plain) * 0.5
        assert coding != 'gzip' or gzip.decompress(body) == plain


def test_tags_differ_by_coding(server, script):
    tags = {raw(server, script, Accept_Encoding=coding)[0].headers['ETag'] for coding in ('', 'gzip', 'br')}
    assert len(tags) == 3


@pytest.mark.parametrize('name', ['index.html', 'nothing.js', 'nothing-12345678.js', '..%2findex.html', '%2e%2e/index.html', ''])
def test_nothing_else_is_there(server, index, name):
    assert raw(server, '/assets/' + name)[0].status == 404


def test_the_compressed_forms_have_no_address_of_their_own(server, script):
    for ending in ('.br', '.gz'):
        assert raw(server, script + ending)[0].status == 404


def test_assets_are_only_read(server, script):
    for method in ('POST', 'PUT', 'DELETE'):
        answer, _ = raw(server, script, method=method)
        assert answer.status == 405 and answer.headers['Allow'] == 'GET, HEAD'


def test_an_unknown_address_of_the_api_is_no_page(server):
    for path in ('/api/v1/nothing', '/api/nothing'):
        answer = server.owner.get(path)
        assert answer.status == 404 and 'json' in answer.headers['Content-Type'], path


def test_the_first_load_is_small(server, index):
    """The sign-in needs a page and a style; the application, with the page of tokens, stays below 250 KiB compressed."""
    login = server.client().get('/user/login/')
    style = server.client().get('/static/latchkey.css')
    assert len(login.text) + len(style.text) < 20_000
    total = sum(len(raw(server, '/' + path, Accept_Encoding='br')[1]) for path in re.findall(r'(?:src|href)="\./(assets/[^"]+)"', index.text))
    assert 50_000 < total < 200 * 1024, total


class ServerUnderPath(Server):
    def command(self, port):
        return super().command(port) + ['--public-url', 'http://127.0.0.1:%d/base' % port]


def test_under_a_path_the_page_says_so(latchkey, make_database, tmp_path):
    server = ServerUnderPath(latchkey, tmp_path, make_database()).start()
    try:
        page = server.owner.get('/base/account/profile')
        assert page.status == 200
        assert '<base href="/base/">' in page.text and '"/assets/' not in page.text and '@base@' not in page.text
    finally:
        server.kill9()
