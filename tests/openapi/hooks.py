"""
What keeps schemathesis at work, and what it is told not to mind. Each rule says why; a failure that no rule names fails
the test.
"""
import schemathesis

# Members and parameters whose rules go beyond what a schema can say: a value of the right form may be refused by 400,
# if the answer names the member.
BEYOND_A_SCHEMA = {
    'cursor': 'only one that an earlier answer gave',
    'q': 'up to 200 bytes; a schema counts characters',
    'event': 'only what the audit log knows',
    'events': 'only what the audit log knows',
    'since': 'a day that a calendar has',
    'until': 'a day that a calendar has',
    'expires_at': 'only in the future, and within the limit of the organization',
    'ttl_days': 'within the limit of the organization',
    'scopes': 'only those that are known, and not more than the maker has',
    'allowed_ips': 'addresses and networks, each once, and the own one not shut out',
    'current_password': 'it must be right',
    'email': 'of nobody else',
    'non_field_errors': 'Label Studio answers so to a refresh token that is none',
    'url': 'an address that may be reached from here',
}


# What OAuth answers by 400 where others answer by 401, 403 or 409 (RFC 6749 5.2, RFC 8628 3.5, RFC 8693 2.2.2).
UNREADABLE_FORMS = {'A parameter is there twice.', 'The form in the body cannot be read.'}
OAUTH_REFUSALS = {'invalid_grant', 'invalid_scope', 'invalid_target', 'authorization_pending', 'slow_down', 'expired_token', 'access_denied'}


def errors_of(response):
    try:
        body = response.json()
    except ValueError:
        return {}
    return (body.get('errors') or body.get('validation_errors') or {}) if isinstance(body, dict) else {}


def has_fraction_of_nothing(value):
    """1.0 is an integer to a schema; here an integer is written as one."""
    if isinstance(value, (dict, list)):
        return any(has_fraction_of_nothing(part) for part in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and value.is_integer()


def is_beyond_a_schema(case, response):
    status, path = response.status_code, case.operation.path
    if status == 422 and 'Idempotency-Key' in case.headers:
        return True  # a key that another request had
    if status == 405 and path == '/api/organizations/{id}/memberships/{user}/':
        return True  # Label Studio's answer to who would remove himself
    if status == 400 and path.startswith('/oauth/'):
        body = response.json()
        # a form of its own cannot say that each name comes once, and has no control characters
        return body.get('error') in OAUTH_REFUSALS or body.get('error_description') in UNREADABLE_FORMS
    if status == 400 and 'null character' in response.text.lower():
        return True  # no text has a NUL in it
    if status == 400 and 'number that is too large' in response.text:
        return True  # beyond 64 bits, which a schema knows nothing of
    if status == 400 and has_fraction_of_nothing(case.body):
        return True
    named = {name.split('.')[0].split('[')[0] for name in errors_of(response)}
    return status == 400 and bool(named) and named <= set(BEYOND_A_SCHEMA)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """True keeps a failure."""
    kind = type(failure).__name__
    if kind == 'RejectedPositiveData':
        return not is_beyond_a_schema(case, response)
    if kind == 'UnsupportedMethodResponse':
        return response.status_code != 401  # as in Label Studio, who shows no credential learns nothing about methods
    return True


@schemathesis.hook
def map_body(context, body):
    """What would take away the very token that asks: it would only see 401 from then on."""
    if not isinstance(body, dict):
        return body
    name = context.operation.definition.raw.get('operationId')
    if name in ('changeTokenSettings', 'lsChangeSettings'):
        return {key: True if value is False else value for key, value in body.items() if key != 'allowed_ips'}
    if name == 'revokeOrganizationTokens' and (body.get('kind') == 'api_key' or body.get('user_id') in (1, 2)):
        return {'kind': 'pat'}
    return body
