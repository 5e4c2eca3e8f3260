"""The route table and docs/openapi.yaml say the same: no endpoint without a description, and none described that is not there."""
import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = ROOT / 'src' / 'api'

# Rows that the description leaves out, each with its reason.
NOT_DESCRIBED = {
    '/auth/{path...}': 'the same as /auth, for proxies that append the path',
    '/.well-known/oauth-authorization-server/{path...}': 'the same as without, for a --public-url with a path (RFC 8414 3.1)',
    '/docs/api': 'the page that the description is made into',
}
# Rows that take anybody and look at credentials themselves.
LOOK_THEMSELVES = ('/auth', '/oauth/introspect')
METHODS_OF_ANY = 'GET'  # of /auth, which answers every method alike: OpenAPI has no word for that
ROW = re.compile(r'^\s*\{((?:METHODS_\w+[ |]*)+),\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*[\w |]+,\s*(\w+),(.*)\},$', re.M)
QUERY = re.compile(r'\.query = "([^"]+)"')
NO_BODY = ('0', 'LS_NO_BODY')


def text_of(name):
    """A table with the tables that it includes."""
    text = (API / name).read_text()
    for macro, value in re.findall(r'^#define (\w+) "([^"]*)"', text, re.M):
        text = re.sub(r'\b%s "' % macro, '"' + value, text)
    return re.sub(r'^#include "api/(\w+\.def)"$', lambda m: text_of(m.group(1)), text, flags=re.M)


def rows():
    """(method, path, who, whether a body is read, parameters of the query) of every row that is an API."""
    text = text_of('routes.c')
    found = ROW.findall(text)
    assert len(found) == len(re.findall(r'^\s*\{METHODS_', text, re.M)), 'a row is written in a way that this test cannot read'
    assert len(QUERY.findall(text)) == len([row for row in found if QUERY.search(row[-1])])
    for methods, path, who, dialect, limit, rest in found:
        path = path.removesuffix('/?')
        if dialect == 'DIALECT_PAGE' or path in NOT_DESCRIBED:
            continue
        for method in re.findall(r'METHODS_(\w+)', methods):
            # Every GET answers HEAD. OPTIONS tells of methods, as this description does.
            if method not in ('HEAD', 'OPTIONS'):
                method = METHODS_OF_ANY if method == 'ANY' else method
                yield method, path, who, limit not in NO_BODY, ' '.join(QUERY.findall(rest)).split()


def same(path):
    """A path without what may differ: names of its parameters, and a final slash."""
    return re.sub(r'{[^}]+}', '{}', path.rstrip('/') or '/')


@pytest.fixture(scope='module')
def description():
    return yaml.safe_load((ROOT / 'docs' / 'openapi.yaml').read_text())


@pytest.fixture(scope='module')
def described(description):
    return {(method.upper(), same(path)): operation for path, item in description['paths'].items()
            for method, operation in item.items() if method != 'parameters'}


def test_every_route_is_described(described):
    assert [(method, path) for method, path, *_ in rows() if (method, same(path)) not in described] == []


def test_every_operation_has_a_route(described):
    known = {(method, same(path)) for method, path, *_ in rows()}
    assert sorted(set(described) - known) == []


def test_no_credential_is_asked_for_where_none_is_looked_at(described):
    wrong = []
    for method, path, who, *_ in rows():
        operation = described.get((method, same(path)), {'security': None})
        is_open = operation.get('security') == []
        if (who == 'ANYBODY' and path not in LOOK_THEMSELVES) != is_open and who != 'VISITOR':
            wrong.append('%s %s: %s' % (method, path, who))
    assert wrong == []


def test_a_body_is_described_only_where_one_is_read(described):
    wrong = [(method, path) for method, path, _, has_body, _ in rows()
             if not has_body and 'requestBody' in described.get((method, same(path)), {})]
    assert wrong == []


def test_each_parameter_of_a_query_is_in_the_row_and_described(description, described):
    """Only under /api/v1, where the row's list is what is let pass."""
    def parameters(method, path):
        item = next(item for key, item in description['paths'].items() if same(key) == same(path))
        for parameter in item.get('parameters', []) + described[method, same(path)].get('parameters', []):
            if '$ref' in parameter:
                parameter = description['components']['parameters'][parameter['$ref'].rpartition('/')[2]]
            if parameter['in'] == 'query':
                yield parameter['name']
    wrong = ['%s %s reads %s, described are %s' % (method, path, query, described_ones)
             for method, path, _, _, query in rows() if path.startswith('/api/v1/')
             for described_ones in [list(parameters(method, path))] if sorted(query) != sorted(described_ones)]
    assert wrong == []


def test_no_parameter_is_named_where_none_is_looked_at():
    assert [path for _, path, _, _, query in rows() if query and not path.startswith('/api/v1/')] == []


def test_what_is_left_out_is_there(described):
    text = text_of('routes.c')
    for path in NOT_DESCRIBED:
        assert '"%s"' % path in text or '"%s/?"' % path in text, path
        assert not any(same(path) == other for _, other in described), path


def test_every_event_has_its_name_there(description):
    kinds = re.findall(r'^KIND\(\w+, *"([^"]+)"\)', (ROOT / 'src' / 'service' / 'audit_kinds.def').read_text(), re.M)
    assert description['components']['schemas']['EventName']['enum'] == kinds
