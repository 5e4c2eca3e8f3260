"""
docs/openapi.yaml as a judge: calls an operation by its name and holds what comes back against what is promised.

Strictly: an object whose members are listed has no others, unless it says so itself.
"""
import pathlib
import re
import urllib.parse

import jsonschema
import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'openapi.yaml'
METHODS = ('get', 'head', 'post', 'put', 'patch', 'delete', 'options')
FORMATS = jsonschema.FormatChecker(['date'])


@FORMATS.checks('date-time')
def is_time(value):
    """As the program writes them, which is one of the ways of RFC 3339."""
    return not isinstance(value, str) or bool(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z', value))


class Description:
    def __init__(self):
        self.document = yaml.safe_load(SOURCE.read_text())
        self.operations = {}
        for path, item in self.document['paths'].items():
            for method in METHODS:
                if method in item:
                    parameters = item.get('parameters', []) + item[method].get('parameters', [])
                    self.operations[item[method]['operationId']] = Operation(self, method.upper(), path, item[method], parameters)

    def resolve(self, value):
        while '$ref' in value:
            at = self.document
            for step in value['$ref'].removeprefix('#/').split('/'):
                at = at[step]
            value = at
        return value

    def closed(self, schema):
        """A schema without references, allOf melted together, and each object closed."""
        schema = dict(self.resolve(schema))
        for part in schema.pop('allOf', ()):
            part = self.closed(part)
            schema['properties'] = {**part.get('properties', {}), **schema.get('properties', {})}
            schema['required'] = part.get('required', []) + schema.get('required', [])
            schema.setdefault('type', part.get('type', 'object'))
        schema.pop('unevaluatedProperties', None)
        if 'properties' in schema:
            schema['properties'] = {name: self.closed(member) for name, member in schema['properties'].items()}
            schema.setdefault('additionalProperties', False)
        for key in ('items', 'additionalProperties'):
            if isinstance(schema.get(key), dict):
                schema[key] = self.closed(schema[key])
        for key in ('oneOf', 'anyOf'):
            if key in schema:
                schema[key] = [self.closed(part) for part in schema[key]]
        return schema

    def faults(self, schema, value):
        judge = jsonschema.Draft202012Validator(self.closed(schema), format_checker=FORMATS)
        return ['%s: %s' % ('/'.join(str(step) for step in error.absolute_path) or 'the whole', error.message[:300])
                for error in judge.iter_errors(value)]


class Operation:
    def __init__(self, description, method, path, what, parameters):
        self.description, self.method, self.path, self.what = description, method, path, what
        self.name = what['operationId']
        self.parameters = [description.resolve(p) for p in parameters]
        self.security = what.get('security', description.document['security'])

    def __repr__(self):
        return '%s (%s %s)' % (self.name, self.method, self.path)

    def names(self, where):
        return [p['name'] for p in self.parameters if p['in'] == where]

    def body_types(self):
        return list(self.description.resolve(self.what.get('requestBody', {})).get('content', {}))

    def faults_of_request(self, query, body, media):
        """What of an accepted request the description would not have let pass."""
        faults = ['no parameter %s' % name for name in query if name not in self.names('query')]
        content = self.description.resolve(self.what.get('requestBody', {})).get('content', {})
        if body is not None:
            faults += (self.description.faults(content[media]['schema'], body) if media in content
                       else ['no body of type %s' % media])
        return faults

    def faults_of_answer(self, answer):
        response = self.what['responses'].get(str(answer.status), self.what['responses'].get('default'))
        if response is None:
            return ['no answer %d' % answer.status]
        if answer.status < 400 and str(answer.status) not in self.what['responses']:
            return ['%d is not among the good answers' % answer.status]
        response = self.description.resolve(response)
        faults = ['no header %s' % name for name, header in response.get('headers', {}).items()
                  if self.description.resolve(header).get('required') and name not in answer.headers]
        content = response.get('content', {})
        media = answer.headers.get('Content-Type', '').partition(';')[0]
        if not content:
            return faults + (['a body where none is promised: %s' % answer.text[:100]] if answer.text else [])
        if media not in content:
            return faults + ['a body of type %r' % media]
        value = self.value_of(answer, media)
        return faults + self.description.faults(content[media]['schema'], value)

    @staticmethod
    def value_of(answer, media):
        if media == 'application/json' or media.endswith('+json'):
            return answer.json
        return yaml.safe_load(answer.text) if media == 'application/yaml' else answer.text


class Caller:
    """Calls operations on one server and remembers which answered what. `wrong` are all faults, in words."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.description = Description()
        self.seen = set()  # (name of the operation, status)
        self.wrong = []

    def __call__(self, client, name, path=None, query=None, json=None, form=None, **more):
        operation = self.description.operations[name]
        address = operation.path
        for key, value in (path or {}).items():
            address = address.replace('{%s}' % key, urllib.parse.quote(str(value), safe=''))
        if query:
            address += '?' + urllib.parse.urlencode(query)
        answer = client.request(operation.method, address, json=json, form=form, **more)
        self.judge(operation, answer, query or {}, json if form is None else form,
                   'application/json' if form is None else 'application/x-www-form-urlencoded')
        return answer

    def judge(self, operation, answer, query, body, media):
        faults = operation.faults_of_answer(answer)
        if answer.status < 400:
            faults += operation.faults_of_request(query, body, media)
        if answer.status >= 500:
            faults.append('a fault of the server')
        self.seen.add((operation.name, answer.status))
        self.wrong += ['%s, %d: %s' % (operation, answer.status, fault) for fault in faults]
