"""Schemas in words, for the readable page."""
import html

import source


def object_anchor(name):
    return 'object-' + name


def is_object(description, schema):
    return bool(members(description, schema))


def is_inline(schema):
    """An object that has no name: its members are shown where it is."""
    return '$ref' not in schema and ('properties' in schema or 'allOf' in schema)


def members(description, schema):
    """(name, schema, required) of an object, those of allOf first, each once; nothing for what is none."""
    schema = source.resolve(description, schema)
    found, required = {}, set(schema.get('required', ()))
    for part in schema.get('allOf', ()):
        for name, member, is_required in members(description, part):
            found[name] = member
            required |= {name} if is_required else set()
    found.update(schema.get('properties', {}))
    return [(name, member, name in required) for name, member in found.items()]


def of(description, schema):
    """HTML: the type, with its bounds."""
    if '$ref' in schema:
        name = schema['$ref'].rpartition('/')[2]
        if is_object(description, schema):
            return '<a href="#%s">%s</a>' % (object_anchor(name), html.escape(name))
        schema = source.resolve(description, schema)
    return ', '.join([kind(description, schema)] + bounds(schema))


def kind(description, schema):
    if 'enum' in schema:
        return ' or '.join(literal(value) for value in schema['enum'])
    if 'const' in schema:
        return literal(schema['const'])
    if 'oneOf' in schema or 'anyOf' in schema:
        return ' or '.join(of(description, part) for part in schema.get('oneOf') or schema['anyOf'])
    types = schema.get('type', [])
    types = types if isinstance(types, list) else [types]
    if not types:
        return 'object' if 'properties' in schema or 'allOf' in schema else 'anything'
    return ' or '.join(simple(description, schema, name) for name in types)


def simple(description, schema, name):
    if name == 'array':
        items = schema.get('items', {})
        return 'list of ' + (of(description, items) if items else 'anything')
    if name == 'object' and 'properties' in schema:
        inside = ', '.join('<code>%s</code>: %s' % (html.escape(key), of(description, value))
                           for key, value in schema['properties'].items())
        return 'object {%s}' % inside
    if name == 'object' and isinstance(schema.get('additionalProperties'), dict):
        return 'object of ' + of(description, schema['additionalProperties'])
    if name == 'string':
        return {'date-time': 'time', 'date': 'date'}.get(schema.get('format'), 'text')
    return {'null': '<code>null</code>', 'boolean': 'true or false'}.get(name, name)


def literal(value):
    return '<code>%s</code>' % html.escape({None: 'null', True: 'true', False: 'false'}.get(value, str(value))
                                           if value is None or isinstance(value, bool) else str(value))


def bounds(schema):
    out = []
    least, most = schema.get('minimum'), schema.get('maximum')
    if least is not None and most is not None:
        out.append('%d to %d' % (least, most))
    elif least is not None and least > 1:
        out.append('from %d' % least)
    if 'maxLength' in schema:
        out.append('up to %d characters' % schema['maxLength'])
    if schema.get('type') == 'array' and 'maxItems' in schema and schema.get('minItems') != schema['maxItems']:
        out.append('up to %d' % schema['maxItems'])
    if 'default' in schema:
        out.append('else ' + literal(schema['default']))
    return out


def example(description, content):
    """What the description gives as an example, or the least that the schema lets pass."""
    if 'example' in content:
        return content['example']
    for given in content.get('examples', {}).values():
        return source.resolve(description, given)['value']
    return least(description, content.get('schema', {}))


def least(description, schema):
    schema = source.resolve(description, schema)
    for key in ('example', 'default', 'const'):
        if key in schema:
            return schema[key]
    if 'examples' in schema:
        return schema['examples'][0]
    if 'enum' in schema:
        return schema['enum'][0]
    if 'oneOf' in schema:
        return least(description, schema['oneOf'][0])
    found = members(description, schema)
    if found:
        wanted = [entry for entry in found if entry[2]] or found[:1]
        return {name: least(description, member) for name, member, _ in wanted}
    kind_of = schema.get('type')
    if kind_of == 'array':
        return [least(description, schema.get('items', {}))]
    return {'integer': schema.get('minimum', 1), 'boolean': True, 'object': {}}.get(kind_of, '…')
