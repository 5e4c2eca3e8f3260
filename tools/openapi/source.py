"""Reads docs/openapi.yaml: strictly, as YAML 1.2 has it, and as a whole or not at all."""
import re
import sys

import yaml

PLACEHOLDER = '1'  # of info.version: the build knows the real one
METHODS = ('get', 'head', 'post', 'put', 'patch', 'delete', 'options')


def fail(message):
    sys.exit('docs/openapi.yaml: ' + message)


class Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):
    """No member twice, and none of YAML 1.1's surprises: "no" is a text, and so is a date."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                fail('line %d: %r is there twice' % (key.start_mark.line + 1, key.value))
            seen.add(key.value)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ('bool', r'true|false', 'tf'), ('null', r'null|~|', 'n~\0'), ('int', r'-?(?:0|[1-9][0-9]*)', '-0123456789'),
        ('float', r'-?(?:0|[1-9][0-9]*)\.[0-9]+', '-0123456789')):
    Loader.add_implicit_resolver('tag:yaml.org,2002:' + tag, re.compile('^(?:%s)$' % pattern),
                                 ['' if letter == '\0' else letter for letter in first])


def read(path, version=None):
    """The description as Python has it; `version` takes the placeholder's place."""
    with open(path, encoding='utf-8') as file:
        description = yaml.load(file, Loader)
    check(description)
    if version is not None:
        description['info']['version'] = version
    return description


def resolve(description, value):
    """What a reference leads to; anything else as it is."""
    while isinstance(value, dict) and '$ref' in value:
        at = description
        for step in value['$ref'].removeprefix('#/').split('/'):
            at = at.get(step) if isinstance(at, dict) else None
        if at is None:
            fail('%s leads nowhere' % value['$ref'])
        value = at
    return value


def operations(description):
    """Each as (path, method, operation, its parameters, those of its path included)."""
    for path, item in description['paths'].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                parameters = item.get('parameters', []) + operation.get('parameters', [])
                yield path, method, operation, [resolve(description, p) for p in parameters]


def check(description):
    def walk(value):
        resolve(description, value)
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(part)

    walk(description)
    tags = {tag['name'] for tag in description['tags']}
    names = set()
    for path, method, operation, parameters in operations(description):
        where = '%s %s' % (method.upper(), path)
        name = operation.get('operationId')
        if not name or name in names:
            fail('%s: it has no operationId of its own' % where)
        names.add(name)
        if not set(operation.get('tags', ())) & tags or not operation.get('summary'):
            fail('%s: it has no known tag, or no summary' % where)
        in_path = {p['name'] for p in parameters if p['in'] == 'path'}
        if in_path != set(re.findall(r'{([^}]+)}', path)):
            fail('%s: its path parameters are %s' % (where, ', '.join(sorted(in_path)) or 'none'))
