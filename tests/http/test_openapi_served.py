"""The description of the API, for programs and to read: out of the program alone, under any path."""
import gzip
import json
import pathlib
import re

import pytest
import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'openapi.yaml'


@pytest.fixture(scope='module')
def under_base(make_module_server):
    return make_module_server('--public-url', 'https://tokens.example.com/base')


def test_it_is_what_the_source_says(server):
    served = server.client().get('/api/openapi.json')
    assert served.status == 200 and served.headers['Content-Type'] == 'application/json'
    version = server.client().get('/api/v1/version').json['version']
    wanted = json.loads(json.dumps(yaml.safe_load(SOURCE.read_text())))
    wanted['info']['version'] = version
    wanted['servers'] = [{'url': '/'}]
    assert served.json == wanted


def test_yaml_says_the_same(server):
    served = server.client().get('/api/openapi.yaml')
    assert served.headers['Content-Type'] == 'application/yaml'
    assert yaml.safe_load(served.text) == server.client().get('/api/openapi.json').json


@pytest.mark.parametrize('name', ['openapi.json', 'openapi.yaml'])
def test_packed_it_is_the_same(server, under_base, name):
    for daemon in (server, under_base):
        plain = daemon.client(Accept_Encoding='identity').get('/api/' + name)
        assert 'Content-Encoding' not in plain.headers
        packed = daemon.client(Accept_Encoding='gzip').http.get(
            daemon.base_url + '/api/' + name, stream=True, timeout=60)
        raw = packed.raw.read(decode_content=False)
        assert packed.headers['Content-Encoding'] == 'gzip' and len(raw) < len(plain.text) / 4
        assert gzip.decompress(raw).decode() == plain.text
        assert packed.headers['ETag'] != plain.headers['ETag']


@pytest.mark.parametrize('coding, is_packed', [
    ('gzip', True), ('br, gzip', True), ('gzip;q=0', False), ('br', False), ('gzip;q=0.5, identity;q=0.9', False)])
def test_it_is_packed_for_who_wants_it(server, coding, is_packed):
    answer = server.client(Accept_Encoding=coding).get('/api/openapi.json')
    assert ('Content-Encoding' in answer.headers) == is_packed
    assert answer.headers['Vary'] == 'Accept-Encoding'


def test_who_has_it_is_told_so(server):
    for coding in ('gzip', 'identity'):
        client = server.client(Accept_Encoding=coding)
        etag = client.get('/api/openapi.json').headers['ETag']
        again = client.get('/api/openapi.json', headers={'If-None-Match': etag})
        assert (again.status, again.text) == (304, '') and again.headers['ETag'] == etag
        assert client.get('/api/openapi.json', headers={'If-None-Match': '"other"'}).status == 200


def test_packed_the_page_is_the_same(server, under_base):
    for daemon in (server, under_base):
        path = '/base/docs/api' if daemon is under_base else '/docs/api'
        plain = daemon.client(Accept_Encoding='identity').get(path)
        packed = daemon.client(Accept_Encoding='gzip').http.get(daemon.base_url + path, stream=True, timeout=60)
        raw = packed.raw.read(decode_content=False)
        assert 'Content-Encoding' not in plain.headers and packed.headers['Content-Encoding'] == 'gzip'
        assert plain.headers['Vary'] == packed.headers['Vary'] == 'Accept-Encoding'
        assert len(raw) < len(plain.text) / 3
        assert gzip.decompress(raw).decode() == plain.text
        assert packed.headers['ETag'] != plain.headers['ETag']


def test_an_address_that_is_none_does_no_harm(server):
    """It comes from the caller, and stands in each example."""
    for host in ('&' * 12000, '@part@', 'x' * 1000):
        client = server.client(Host=host, Accept_Encoding='gzip')
        page = client.get('/docs/api')
        assert page.status in (200, 400), page
        assert page.status == 400 or page.text.rstrip().endswith('</html>') and '@address@' not in page.text
    assert server.client().get('/healthz').status == 200


def test_who_has_the_page_is_told_so(server, under_base):
    page = server.client().get('/docs/api')
    assert page.headers['Cache-Control'] == 'no-cache'
    again = server.client().get('/docs/api', headers={'If-None-Match': page.headers['ETag']})
    assert (again.status, again.text) == (304, '') and again.headers['ETag'] == page.headers['ETag']
    assert server.client(Host='other.example').get('/docs/api').headers['ETag'] != page.headers['ETag'], 'another address is in it'


def test_a_path_of_the_public_address_is_the_server(under_base):
    served = under_base.client().get('/base/api/openapi.json').json
    assert served['servers'] == [{'url': '/base'}]


def test_the_page_shows_every_operation(server):
    page = server.client().get('/docs/api')
    assert page.status == 200 and page.headers['Content-Type'] == 'text/html; charset=utf-8'
    for item in server.client().get('/api/openapi.json').json['paths'].values():
        for method, operation in item.items():
            if method != 'parameters':
                assert 'id="%s"' % operation['operationId'] in page.text
    assert '@address@' not in page.text
    assert "curl '%s/api/v1/tokens'" % server.base_url in page.text


def test_each_link_within_the_page_leads_somewhere(server):
    page = server.client().get('/docs/api').text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_page_needs_nothing_from_elsewhere(server):
    page = server.client().get('/docs/api/')
    assert "default-src 'none'" in page.headers['Content-Security-Policy']
    assert 'unsafe' not in page.headers['Content-Security-Policy']
    assert not re.search(r'<script|<style|\sstyle=|\son[a-z]+=', page.text)
    for address in re.findall(r'(?:src|href)="([^"#][^"]*)"', page.text):
        assert address.startswith('/'), address
        if address != '/':
            assert server.client().get(address).status == 200, address


def test_the_page_lives_under_the_public_address(under_base):
    page = under_base.client().get('/base/docs/api').text
    assert "curl 'https://tokens.example.com/base/api/v1/tokens'" in page
    for address in re.findall(r'(?:src|href)="([^"#][^"]*)"', page):
        assert address.startswith('/base/'), address


def test_what_a_caller_calls_himself_is_text_in_the_page(server):
    page = server.client(Host='"><script>alert(1)</script>').get('/docs/api')
    assert '<script' not in page.text
