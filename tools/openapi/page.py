"""The readable page: HTML of the description, without scripts and without styles of its own."""
import html
import json
import re

import schema_words
import source

ADDRESS = '@address@'  # the server puts its own in


def text(description):
    parts = [side(description), '<main>', introduction(description)]
    for tag in description['tags']:
        parts.append(section(description, tag))
    parts += [objects(description), '</main>']
    return '\n'.join(parts) + '\n'


def words(markdown):
    """Paragraphs, **bold** and `code`: all that the description uses of Markdown."""
    paragraphs = [p for p in re.split(r'\n\s*\n', (markdown or '').strip()) if p]
    return '\n'.join('<p>%s</p>' % inline(p) for p in paragraphs)


def inline(markdown):
    out = html.escape(' '.join((markdown or '').split()), quote=False)
    out = re.sub(r'`([^`]+)`', r'<code>\1</code>', out)
    return re.sub(r'\*\*([^*]+)\*\*', r'<strong>\1</strong>', out)


def anchor(name):
    return re.sub(r'[^a-z0-9]+', '-', name.lower())


def of_tag(description, tag):
    return [(path, method, operation, parameters)
            for path, method, operation, parameters in source.operations(description) if tag in operation['tags']]


def side(description):
    out = ['<nav class="side" aria-label="Operations">']
    for tag in description['tags']:
        out.append('<details><summary>%s</summary>' % html.escape(tag['name']))
        for _, _, operation, _ in of_tag(description, tag['name']):
            out.append('<a href="#%s">%s</a>' % (operation['operationId'], inline(operation['summary'])))
        out.append('</details>')
    out.append('<a href="#objects">Objects</a></nav>')
    return '\n'.join(out)


def introduction(description):
    info = description['info']
    return '<h1>%s</h1>\n<p>%s. Version %s, at <code>%s</code>.</p>\n%s' % (
        'HTTP API', inline(info['summary']), html.escape(info['version']), ADDRESS, words(info['description']))


def section(description, tag):
    out = ['<h2 id="%s">%s</h2>' % (anchor(tag['name']), html.escape(tag['name'])), words(tag.get('description'))]
    for path, method, operation, parameters in of_tag(description, tag['name']):
        out.append(operation_html(description, path, method, operation, parameters))
    return '\n'.join(out)


def operation_html(description, path, method, operation, parameters):
    out = ['<section class="operation" id="%s">' % operation['operationId'],
           '<h3><a href="#%s">%s</a></h3>' % (operation['operationId'], inline(operation['summary'])),
           '<p><code class="call"><strong>%s</strong> %s</code></p>' % (method.upper(), html.escape(path)),
           words(operation.get('description')), words(who(description, operation))]
    rows = [(p['name'], p['in'], source.resolve(description, p['schema']), p.get('required', False), p)
            for p in parameters]
    if rows:
        out.append(table('Parameters', ('Name', 'In', 'Type', 'Meaning'), [
            (name_cell(name, required), html.escape(where), schema_words.of(description, p['schema']),
             inline(p.get('description') or schema.get('description')))
            for name, where, schema, required, p in rows]))
    body = source.resolve(description, operation.get('requestBody', {}))
    for media, content in body.get('content', {}).items():
        title = 'Body, <code>%s</code>%s' % (media, '' if body.get('required') else ', may be left out')
        out.append(fields(description, content.get('schema', {}), title))
    out.append(answers(description, operation))
    out.append('<pre><code>%s</code></pre>'
               % html.escape(curl(description, path, method, operation, body), quote=False))
    return '\n'.join(part for part in out if part) + '\n</section>'


def who(description, operation):
    security = operation.get('security', description['security'])
    if not security:
        return 'No credential is needed.'
    return 'With a session only.' if security == [{'session': []}] else ''


def name_cell(name, required):
    return '<code>%s</code>%s' % (html.escape(name), ' <em>required</em>' if required else '')


def table(caption, head, rows):
    out = ['<div class="wide"><table><caption>%s</caption><thead><tr>%s</tr></thead><tbody>' % (
        caption, ''.join('<th scope="col">%s</th>' % cell for cell in head))]
    out += ['<tr>%s</tr>' % ''.join('<td>%s</td>' % cell for cell in row) for row in rows]
    return '\n'.join(out) + '\n</tbody></table></div>'


def fields(description, schema, caption):
    """A table of an object's members; of anything else, a line."""
    if 'oneOf' in schema:
        return '<p>%s: one of %s.</p>' % (caption, ', '.join(schema_words.of(description, part) for part in schema['oneOf']))
    rows = schema_words.members(description, schema)
    if not rows:
        return '<p>%s: %s</p>' % (caption, schema_words.of(description, schema))
    return table(caption, ('Member', 'Type', 'Meaning'), [
        (name_cell(name, required), schema_words.of(description, member),
         inline(source.resolve(description, member).get('description')))
        for name, member, required in rows])


def answers(description, operation):
    rows, tables = [], []
    for status, response in operation['responses'].items():
        response = source.resolve(description, response)
        kinds = []
        for media, content in response.get('content', {}).items():
            schema = content.get('schema', {})
            kinds.append('%s <small>%s</small>' % (schema_words.of(description, schema), html.escape(media)))
            if schema_words.is_inline(schema):
                tables.append(fields(description, schema, 'Answer %s' % status))
        rows.append(('<code>%s</code>' % status if status != 'default' else 'others', inline(response['description']),
                     '<br>'.join(kinds) or 'nothing'))
    return '\n'.join([table('Answers', ('Status', 'Meaning', 'Body'), rows)] + tables)


def curl(description, path, method, operation, body):
    address = ADDRESS + re.sub(r'{([^}]+)}', lambda m: m.group(1).upper(), path)
    lines = ["curl%s '%s'" % ('' if method == 'get' else ' -X ' + method.upper(), address)]
    security = operation.get('security', description['security'])
    if security == [{'session': []}]:
        lines += ['-b "sessionid=$SESSION"'] + ([] if method == 'get' else ['-H "X-CSRFToken: $CSRF_TOKEN"'])
    elif security:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    for media, content in body.get('content', {}).items():
        example = schema_words.example(description, content)
        if media == 'application/x-www-form-urlencoded':
            lines += ["--data-urlencode '%s=%s'" % pair for pair in example.items()]
        else:
            lines.append("-H 'Content-Type: %s'" % media)
            lines.append("-d '%s'" % json.dumps(example, ensure_ascii=False).replace("'", "'\\''"))
        break
    return ' \\\n     '.join(lines)


def objects(description):
    out = ['<h2 id="objects">Objects</h2>', '<p>What bodies and answers are made of.</p>']
    for name, schema in description['components']['schemas'].items():
        if schema_words.is_object(description, schema):
            out.append('<section class="operation" id="%s"><h3>%s</h3>' % (schema_words.object_anchor(name), name))
            out += [words(schema.get('description')), fields(description, schema, 'Members'), '</section>']
    return '\n'.join(part for part in out if part)
