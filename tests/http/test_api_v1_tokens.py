"""Named tokens: /api/v1/tokens."""
import datetime
import time

import pytest

from support import jwt

FIELDS = {'id', 'name', 'kind', 'created_at', 'expires_at'}


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def in_days(days):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + days * 86400))


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def assert_problem(answer, status, field=None):
    assert answer.status == status, answer
    assert answer.headers['Content-Type'] == 'application/problem+json'
    for name in ('type', 'title', 'status', 'detail'):
        assert name in answer.json, (name, answer)
    assert answer.json['status'] == status
    if field:
        assert list(answer.json['errors']) == [field], answer
        assert all(isinstance(text, str) and text for text in answer.json['errors'][field]), answer


def test_a_token_is_created_shown_once_and_listed(server, ann):
    made = ann.create_token('laptop')
    assert made.status == 201
    token = made.json.pop('token')
    assert FIELDS <= set(made.json), made
    assert made.json['name'] == 'laptop' and made.json['kind'] == 'pat'
    assert made.json['id'] == jwt.claims(token)['jti'], "a PAT's id is its jti"
    assert server.whoami(server.access(token)).json['email'] == ann.email

    shown = ann.get('/api/v1/tokens/' + made.json['id'])
    assert shown.status == 200 and shown.json['last_used_at'], 'it was exchanged'
    used = {name: shown.json[name] for name in ('last_used_at', 'last_used_ip', 'last_used_user_agent')}
    made.json.update(used)
    assert shown.json == made.json, 'the same, without the secret'
    listed = ann.get('/api/v1/tokens')
    assert listed.json['items'] == [made.json] and listed.json['next_cursor'] is None
    signature = token.split('.')[2]
    assert signature not in shown.text and signature not in listed.text


def test_times_agree_with_the_claims(ann):
    made = ann.create_token('laptop', ttl_days=7).json
    claims = jwt.claims(made['token'])
    assert claims['exp'] - claims['iat'] == 7 * 86400
    assert int(seconds(made['expires_at'])) == claims['exp']
    assert int(seconds(made['created_at'])) == claims['iat']


def test_an_end_can_be_given_as_a_time(ann):
    end = in_days(3)
    assert jwt.claims(ann.create_token('laptop', expires_at=end).json['token'])['exp'] == seconds(end)


def test_many_tokens_a_user_and_all_are_in_label_studios_list(server, ann):
    tokens = [ann.create_token('t%d' % number).json['token'] for number in range(3)] + [ann.create_pat()]
    assert sorted(ann.list_pats()) == sorted(jwt.truncated(token) for token in tokens)
    assert [server.refresh(token).status for token in tokens] == [200] * 4


def test_a_named_token_does_not_take_label_studios_default_place(ann):
    ann.create_token('laptop')
    ann.create_pat()
    assert ann.post('/api/token/').status == 409


def test_a_name_in_use_is_a_conflict_until_its_token_is_revoked(server, ann):
    first = ann.create_token('laptop').json
    assert_problem(ann.create_token('laptop'), 409, 'name')
    assert ann.delete('/api/v1/tokens/' + first['id']).status == 204
    assert ann.create_token('laptop').status == 201
    assert server.new_user('bob').create_token('laptop').status == 201, 'names are each owner\'s own'


def test_revoking_ends_it_at_once(server, ann):
    made = ann.create_token('laptop').json
    access = server.access(made['token'])
    assert ann.delete('/api/v1/tokens/' + made['id']).status == 204
    assert server.whoami(access).status == 401
    assert server.refresh(made['token']).detail == 'Token is blacklisted'
    assert ann.get('/api/v1/tokens').json['items'] == []
    assert ann.delete('/api/v1/tokens/' + made['id']).status == 204, 'a repeated request does no harm'


def test_anothers_token_is_not_there(server, ann):
    made = ann.create_token('laptop').json
    bob = server.new_user('bob')
    assert_problem(bob.get('/api/v1/tokens/' + made['id']), 404)
    assert_problem(bob.delete('/api/v1/tokens/' + made['id']), 404)
    assert bob.get('/api/v1/tokens').json['items'] == []
    assert server.refresh(made['token']).status == 200


def test_nobody_gets_nothing(server):
    for answer in (server.client().get('/api/v1/tokens'), server.client().create_token('x'),
                   server.client().get('/api/v1/tokens/x'), server.client().delete('/api/v1/tokens/x')):
        assert_problem(answer, 401)
        assert 'WWW-Authenticate' in answer.headers


@pytest.mark.parametrize('field, value', [
    ('name', ''), ('name', '   '), ('name', None), ('name', 5), ('name', ['x']), ('name', 'x' * 1000),
    ('name', 'a\nb'), ('name', 'a\u0000b'),
    ('kind', 'password'), ('kind', None), ('kind', 7),
    ('ttl_days', 0), ('ttl_days', -1), ('ttl_days', 'x'), ('ttl_days', 10**17), ('ttl_days', True),
    ('expires_at', 'tomorrow'), ('expires_at', '2001-01-01T00:00:00Z'), ('expires_at', 5),
    ('expires_at', '2030-02-30T00:00:00Z'),
    ('colour', 'red'),
])
def test_a_wrong_field_is_named(ann, field, value):
    body = {'name': 'laptop', 'kind': 'pat', field: value}
    assert_problem(ann.post('/api/v1/tokens', json=body), 400, field)
    assert ann.get('/api/v1/tokens').json['items'] == []


def test_a_number_beyond_all_bounds_is_refused(ann):
    assert_problem(ann.create_token('laptop', ttl_days=10**30), 400)


def test_a_missing_name_is_named(ann):
    assert_problem(ann.post('/api/v1/tokens', json={'kind': 'pat'}), 400, 'name')


@pytest.mark.parametrize('body', [[], 'text', 5, None, True])
def test_a_body_that_is_no_object_is_refused(ann, body):
    assert_problem(ann.post('/api/v1/tokens', body='null' if body is None else None, json=body,
                            headers={'Content-Type': 'application/json'}), 400)


def test_both_ways_to_say_the_end_at_once_are_refused(ann):
    answer = ann.create_token('laptop', ttl_days=3, expires_at=in_days(3))
    assert_problem(answer, 400)


def test_the_organizations_lifetime_is_a_ceiling(make_server):
    server = make_server()
    server.set_settings(api_token_ttl_days=30)
    ann = server.new_user('ann')
    assert_problem(ann.create_token('long', ttl_days=31), 400, 'ttl_days')
    assert_problem(ann.create_token('long', expires_at=in_days(31)), 400, 'expires_at')
    assert ann.create_token('short', ttl_days=30).status == 201
    claims = jwt.claims(ann.create_token('unsaid').json['token'])
    assert claims['exp'] - claims['iat'] == 30 * 86400


def test_a_long_list_comes_in_pages(ann):
    names = {'token %02d' % number for number in range(7)}
    for name in sorted(names):
        assert ann.create_token(name).status == 201
    seen, cursor, pages = [], '', 0
    while cursor is not None:
        page = ann.get('/api/v1/tokens?limit=3' + ('&cursor=' + cursor if cursor else ''))
        assert page.status == 200 and len(page.json['items']) <= 3, page
        seen += [item['name'] for item in page.json['items']]
        cursor, pages = page.json['next_cursor'], pages + 1
    assert pages == 3
    assert len(seen) == 7 and set(seen) == names


def test_a_page_is_not_moved_by_what_is_created_or_revoked_meanwhile(ann):
    ids = [ann.create_token('token %d' % number).json['id'] for number in range(4)]
    first = ann.get('/api/v1/tokens?limit=2').json
    shown = [item['id'] for item in first['items']]
    ann.delete('/api/v1/tokens/' + shown[0])
    ann.create_token('late')
    rest = ann.get('/api/v1/tokens?limit=50&cursor=' + first['next_cursor']).json
    assert set(ids) <= set(shown) | {item['id'] for item in rest['items']}, 'none is lost'
    assert not set(shown) & {item['id'] for item in rest['items']}, 'none comes twice'


@pytest.mark.parametrize('query', ['limit=0', 'limit=-1', 'limit=201', 'limit=x', 'limit=', 'cursor=nonsense',
                                   'cursor=%00', 'cursor=' + 'A' * 500])
def test_a_wrong_page_is_refused(ann, query):
    assert_problem(ann.get('/api/v1/tokens?' + query), 400)


def test_the_path_works_with_its_slash_too(ann):
    made = ann.post('/api/v1/tokens/', json={'name': 'x', 'kind': 'pat'})
    assert made.status == 201
    assert ann.get('/api/v1/tokens/').status == 200
    assert ann.get('/api/v1/tokens/%s/' % made.json['id']).status == 200


def test_wrong_methods_and_paths_have_problem_bodies(ann):
    answer = ann.request('PUT', '/api/v1/tokens', json={})
    assert_problem(answer, 405)
    assert {'GET', 'POST'} <= {word.strip() for word in answer.headers['Allow'].split(',')}
    assert_problem(ann.get('/api/v1/nothing'), 404)


def test_a_name_may_be_any_text(ann):
    for name in ('Ännchen ✓ 日本', '<script>alert(1)</script>', "Robert'); DROP TABLE pat;--", '100%', '"quoted"'):
        made = ann.create_token(name)
        assert made.status == 201, (name, made)
        assert ann.get('/api/v1/tokens/' + made.json['id']).json['name'] == name
