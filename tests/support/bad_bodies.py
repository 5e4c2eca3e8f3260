"""
Wrong bodies made out of docs/openapi.yaml: for each member of a body, every way in which a value can break its schema.

A value is given as the text that is sent, since some (1e999, a name twice) are nothing that json.dumps would write.
"""
import json

from support.openapi import Description

ANY_TYPE = {'a text': 'x', 'a number': 7, 'a fraction': 1.5, 'a flag': True, 'a list': [], 'an object': {'a': 1}, 'null': None}
HUGE = {'beyond 64 bits': '9223372036854775808', 'far below 64 bits': '-9223372036854775809', '31 digits': '1' + '0' * 30,
        'beyond a double': '1e999', 'below a double': '-1e999'}
CONTROL = {'a NUL': '\x00', 'a line feed': 'a\nb', 'an escape': '\x1b[31m', 'a DEL': 'a\x7f'}
# a bare date is midnight, UTC
TIMES = ['tomorrow', '2027-13-01T00:00:00Z', '2027-02-30T00:00:00Z', '1990-01-01T00:00:00Z', '99999-01-01T00:00:00Z', '2027-01-31T25:00:00Z']
DEEP = '[' * 100 + ']' * 100


def types_of(schema):
    named = schema.get('type')
    if named is None and 'enum' in schema:
        return ['string']
    return named if isinstance(named, list) else [named]


def wrong_texts(schema):
    if schema.get('minLength'):
        yield 'empty', ''
    if 'maxLength' in schema:
        yield 'a letter too long', 'x' * (schema['maxLength'] + 1)
        yield 'a letter of three bytes too long', '\u20ac' * (schema['maxLength'] + 1)
    if 'pattern' in schema:
        yield from CONTROL.items()
    if 'enum' in schema:
        yield 'none of the allowed ones', 'nonsense'
        yield 'in capitals', schema['enum'][0].upper()
        yield 'empty', ''
    if schema.get('format') == 'date-time':
        yield from ((text, text) for text in TIMES)


def wrong_numbers(schema):
    if 'minimum' in schema:
        yield 'too small', json.dumps(schema['minimum'] - 1)
    if 'maximum' in schema:
        yield 'too large', json.dumps(schema['maximum'] + 1)
    yield 'a whole number with a point', '1.0'
    yield from HUGE.items()


def wrong_lists(schema):
    if schema.get('minItems'):
        yield 'an empty list', '[]'
    good = schema.get('x-good-item', 'x')
    if 'maxItems' in schema:
        yield 'too many', json.dumps([good] * (schema['maxItems'] + 1))
    for why, value in wrong_values(schema['items']):
        yield 'in the list, ' + why, '[%s]' % value
        yield 'second in the list, ' + why, '[%s, %s]' % (json.dumps(good), value)


def wrong_values(schema):
    """(why, the value's text) of what the schema forbids."""
    types = types_of(schema)
    for why, value in ANY_TYPE.items():
        kind = {str: 'string', bool: 'boolean', int: 'integer', float: 'number', list: 'array', dict: 'object', type(None): 'null'}[type(value)]
        if kind not in types:
            yield why, json.dumps(value)
    if 'string' in types:
        yield from ((why, json.dumps(text)) for why, text in wrong_texts(schema))
        yield 'a number beyond 64 bits', HUGE['beyond 64 bits']
    if 'integer' in types:
        yield from wrong_numbers(schema)
    if 'array' in types:
        yield from wrong_lists(schema)


def with_member(good, name, value):
    """The object `good` as text, with the member's value given as text."""
    members = ['%s: %s' % (json.dumps(key), json.dumps(member)) for key, member in good.items() if key != name]
    return '{%s}' % ', '.join(members + ['%s: %s' % (json.dumps(name), value)])


class BadBodies:
    """Those of one operation, around a body that is good."""

    def __init__(self, operation, good):
        self.operation, self.good = operation, good
        content = operation.description.resolve(operation.what['requestBody'])['content']
        self.schema = operation.description.closed(content['application/json']['schema'])

    def with_a_wrong_member(self):
        """(member, why, body): everything else in it is good and would change something."""
        for name, schema in self.schema['properties'].items():
            good = {key: value for key, value in self.good.items() if {key, name} != {'ttl_days', 'expires_at'}}
            if isinstance(self.good.get(name), list) and self.good[name]:
                schema = {**schema, 'x-good-item': self.good[name][0]}
            for why, value in wrong_values(schema):
                yield name, why, with_member(good, name, value)
            if name in good:
                twice = with_member(good, name, json.dumps(good[name]))
                yield name, 'twice', twice[:-1] + ', "%s": %s}' % (name, json.dumps(good[name]))
                yield name, 'twice, once escaped', '{"\\u%04x%s": 1, ' % (ord(name[0]), name[1:]) + twice[1:]
        yield 'no_such_member', 'unknown', with_member(self.good, 'no_such_member', '1')
        yield 'no_such_member', 'unknown, null', with_member(self.good, 'no_such_member', 'null')
        for name in self.schema.get('required', ()):
            yield name, 'missing', json.dumps({key: value for key, value in self.good.items() if key != name})

    def unreadable(self):
        """(why, body, status): wrong as a whole."""
        good = json.dumps(self.good)
        for name in self.good:
            yield name + ' nested 100 deep', with_member(self.good, name, DEEP), 400
        yield 'nested 100 deep', '{"x": %s, %s' % (DEEP, good[1:]), 400
        yield 'over 64 KiB', '{"x": "%s", %s' % ('x' * 65536, good[1:]), 413
        yield 'over 64 KiB of blanks', good + ' ' * 65536, 413
        for cut in (1, len(good) // 2, len(good) - 1):
            yield 'cut after %d' % cut, good[:cut], 400
        yield 'more behind it', good + good, 400
        yield 'not UTF-8', good[:-1].encode() + b', "\xff": 1}', 400
        for why in ('a text', 'a number', 'a flag', 'a list', 'null'):
            yield why, json.dumps(ANY_TYPE[why]), 400


def wrong_parameters(operation):
    """(name, text) of what the parameters of a query must not be."""
    for parameter in operation.parameters:
        schema = operation.description.closed(parameter['schema'])
        if parameter['in'] != 'query':
            continue
        kind = types_of(schema)[0]
        texts = {'integer': ['x', '1.5', '-1', '9' * 30, '1 ', '0x1'], 'boolean': ['maybe', '1', 'TRUE']}.get(kind, [])
        texts += [str(schema['minimum'] - 1)] if 'minimum' in schema else []
        texts += [str(schema['maximum'] + 1)] if 'maximum' in schema else []
        texts += ['nonsense', schema['enum'][0].upper()] if 'enum' in schema else []
        texts += TIMES[:3] if schema.get('format') == 'date-time' else []
        texts += ['x' * (schema['maxLength'] + 1)] if 'maxLength' in schema else []
        for text in texts:
            yield parameter['name'], text


def operations_that_read():
    """Of our own API, with a query: name -> operation."""
    return {name: operation for name, operation in Description().operations.items()
            if operation.path.startswith('/api/v1/') and operation.method == 'GET' and operation.names('query')}


def operations_with_bodies():
    """Of our own API: name -> operation."""
    return {name: operation for name, operation in Description().operations.items()
            if operation.path.startswith('/api/v1/') and 'application/json' in operation.body_types()}
