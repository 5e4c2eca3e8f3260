"""What bounds tokens: narrowing, an end that must be said, limits that are lowered, lists in any order."""
import concurrent.futures
import datetime
import time

import pytest

from support import jwt


@pytest.fixture
def ann(server):
    return server.new_user('ann')


def make(client, name='job', **more):
    answer = client.create_token(name, **more)
    assert answer.status == 201, answer
    return answer.json


def patch(client, token, **more):
    return client.patch('/api/v1/tokens/' + token['id'], json=more)


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def at(days):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + days * 86400))


@pytest.fixture
def settings(server):
    """Changes the organization's settings, and puts them back."""
    owner = server.owner
    path = '/api/v1/organizations/%d/token-settings' % owner.whoami().json['active_organization']
    before = {k: v for k, v in owner.get(path).json.items()}

    def change(**more):
        answer = owner.patch(path, json=more)
        assert answer.status == 200, answer
        return answer.json

    yield change
    change(**before)


# -- narrowing -------------------------------------------------------------------------------------

def test_a_token_keeps_its_guards_and_shows_them(server, ann):
    made = make(ann, kind='api_key', scopes=['tokens', 'read'], allowed_ips=['127.0.0.0/8', '::1'])
    assert made['scopes'] == ['read', 'tokens'] and set(made['allowed_ips']) == {'127.0.0.0/8', '::1'}
    assert make(ann, 'plain')['scopes'] == ['all']


def test_guards_are_narrowed_at_once(server, ann):
    made = make(ann, kind='api_key')
    caller = server.with_key(made['token'])
    assert caller.whoami().status == 200
    answer = patch(ann, made, name='narrow', scopes=['read'], allowed_ips=['192.0.2.0/24'], expires_at=at(5))
    assert answer.status == 200, answer
    assert (answer.json['name'], answer.json['scopes'], answer.json['allowed_ips']) == ('narrow', ['read'], ['192.0.2.0/24'])
    assert caller.whoami().status in (401, 403), 'not from here any more'


@pytest.mark.parametrize('wider, fields', [
    ({'scopes': ['all']}, {'scopes'}),
    ({'scopes': ['read', 'tokens']}, {'scopes'}),
    ({'allowed_ips': []}, {'allowed_ips'}),
    ({'allowed_ips': ['10.0.0.0/8', '192.0.2.1']}, {'allowed_ips'}),
    ({'expires_at': at(20)}, {'expires_at'}),
    ({'expires_at': at(-1)}, {'expires_at'}),
    ({'scopes': ['all'], 'allowed_ips': [], 'expires_at': at(20)}, {'scopes', 'allowed_ips', 'expires_at'}),
    ({'scopes': ['nothing'], 'allowed_ips': ['x'], 'expires_at': 5, 'name': '', 'kind': 'pat'},
     {'scopes', 'allowed_ips', 'expires_at', 'name', 'kind'}),
])
def test_nothing_is_widened(ann, wider, fields):
    made = make(ann, scopes=['read'], allowed_ips=['10.0.0.0/8'], ttl_days=10)
    answer = patch(ann, made, **wider)
    assert answer.status == 400 and set(answer.json['errors']) == fields, answer
    secret = made.pop('token')
    assert ann.get('/api/v1/tokens/' + made['id']).json == made, 'nothing was changed'
    assert secret


def test_an_earlier_end_holds_for_all_that_a_pat_gives(server, ann):
    made = make(ann)
    text = made['token']
    end = time.time() + 3
    assert patch(ann, made, expires_at=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(end))).status == 200
    access = server.access(text)
    assert jwt.claims(access)['exp'] <= end + 1, 'it ends with its parent'
    assert ann.list_pats() == [jwt.truncated(text)], 'what it says of itself stays'
    time.sleep(max(0, end - time.time()) + 0.5)
    assert server.refresh(text).status == 401
    assert server.with_key(text).whoami().status == 401
    assert ann.list_pats() == []


def test_a_restricted_credential_makes_nothing_that_has_more(server, ann):
    weak = server.with_key(make(ann, 'weak', kind='api_key', scopes=['tokens'], ttl_days=3)['token'])
    for more in ({'scopes': ['all']}, {'scopes': ['read', 'tokens']}):
        answer = weak.create_token('more', **more)
        assert answer.status == 400 and set(answer.json['errors']) == {'scopes'}, answer
    assert 'expires_at' in weak.create_token('longer', expires_at=at(30)).json['errors']
    made = make(weak, 'same')
    assert made['scopes'] == ['tokens'] and seconds(made['expires_at']) <= time.time() + 3 * 86400 + 5
    strong = make(ann, 'strong', kind='api_key')
    answer = weak.post('/api/v1/tokens/%s/rotate' % strong['id'], json={})
    assert answer.status == 403, 'its successor would be stronger than who asks'
    other = make(ann, 'equal', kind='api_key', scopes=['tokens'])
    lent = weak.post('/api/v1/tokens/%s/rotate' % other['id'], json={}).json
    assert seconds(lent['expires_at']) <= time.time() + 3 * 86400 + 5
    itself = [t for t in ann.get('/api/v1/tokens').json['items'] if t['name'] == 'weak'][0]
    assert weak.post('/api/v1/tokens/%s/rotate' % itself['id'], json={}).json['scopes'] == ['tokens']
    assert server.with_key(strong['token']).whoami().status == 200


# -- an end that must be said, numbers, limits -----------------------------------------------------

def test_an_organization_can_demand_an_end(server, ann, settings):
    assert settings(require_expiry=True)['require_expiry'] is True
    answer = ann.create_token('endless')
    assert answer.status == 400 and set(answer.json['errors']) == {'expires_at', 'ttl_days'}, answer
    make(ann, 'days', ttl_days=5)
    make(ann, 'time', expires_at=at(5))
    assert ann.post('/api/token/').status == 201, "Label Studio's takes the limit"


def test_a_lowered_limit_shortens_what_exists(server, ann, settings):
    settings(api_token_ttl_days=1000)
    long_pat, long_key = make(ann, 'p'), make(ann, 'k', kind='api_key')
    short = make(ann, 's', ttl_days=5)
    shortened = settings(api_token_ttl_days=30)['shortened_tokens']
    assert shortened >= 2
    for token in (long_pat, long_key):
        shown = ann.get('/api/v1/tokens/' + token['id']).json
        assert abs(seconds(shown['expires_at']) - (time.time() + 30 * 86400)) < 60, shown
    assert ann.get('/api/v1/tokens/' + short['id']).json['expires_at'] == short['expires_at']
    assert server.refresh(long_pat['token']).status == 200
    assert jwt.truncated(long_pat['token']) in ann.list_pats(), 'its text is what it was'
    assert 'shortened_tokens' not in settings(api_token_ttl_days=1000)
    shown = ann.get('/api/v1/tokens/' + long_pat['id']).json
    assert abs(seconds(shown['expires_at']) - (time.time() + 30 * 86400)) < 60, 'raising lengthens nothing'
    events = server.owner.get('/api/v1/organizations/1/audit-events?event=token.shortened').json['items']
    assert events[0]['details']['tokens']['after'] == str(shortened)


def test_racing_creations_never_pass_a_lowered_limit(server, ann, settings):
    settings(api_token_ttl_days=1000)
    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        made = [pool.submit(ann.create_token, 'racer %d' % n, kind='api_key') for n in range(24)]
        time.sleep(0.02)
        lowered = pool.submit(settings, api_token_ttl_days=7)
        answers = [future.result() for future in made]
        lowered.result()
    assert all(answer.status == 201 for answer in answers)
    latest = time.time() + 7 * 86400 + 5
    for item in ann.get('/api/v1/tokens?limit=200').json['items']:
        assert seconds(item['expires_at']) <= latest, item


@pytest.mark.parametrize('act', ['rotate', 'change'])
def test_racing_rotations_and_changes_never_pass_a_lowered_limit(server, ann, settings, act):
    settings(api_token_ttl_days=1000)
    ids = [make(ann, 'racer %d' % n, kind='api_key')['id'] for n in range(16)]

    def do(identifier):
        if act == 'rotate':
            return ann.post('/api/v1/tokens/%s/rotate' % identifier, json={})
        return ann.patch('/api/v1/tokens/' + identifier, json={'name': 'was ' + identifier, 'expires_at': at(500)})

    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        done = [pool.submit(do, identifier) for identifier in ids]
        lowered = pool.submit(settings, api_token_ttl_days=7)
        statuses = {future.result().status for future in done}
        lowered.result()
    # a change that would lengthen what was shortened meanwhile is refused
    assert statuses <= ({201} if act == 'rotate' else {200, 400}), statuses
    latest = time.time() + 7 * 86400 + 5
    items = ann.get('/api/v1/tokens?limit=200&state=all').json['items']
    assert len(items) == (32 if act == 'rotate' else 16)
    for item in items:
        assert seconds(item['grace_until'] or item['expires_at']) <= latest, item


def test_racing_creations_keep_to_the_number_and_the_default_is_one(server, ann, settings):
    settings(max_tokens_per_user=3)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: ann.create_token('n%d' % n).status, range(8)))
    assert sorted(statuses) == [201] * 3 + [409] * 5
    settings(max_tokens_per_user=0)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: ann.post('/api/token/').status, range(8)))
    assert sorted(statuses) == [201] + [409] * 7


def test_racing_revocation_and_rotation_leave_nothing_revoked_alive(server, ann):
    for turn in range(6):
        token = make(ann, 'r%d' % turn, kind='api_key')
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            rotation = pool.submit(ann.post, '/api/v1/tokens/%s/rotate' % token['id'], json={})
            revocation = pool.submit(ann.delete, '/api/v1/tokens/' + token['id'])
            rotation, revocation = rotation.result(), revocation.result()
        assert revocation.status == 204
        assert server.with_key(token['token']).whoami().status == 401
        if rotation.status == 201:
            assert server.with_key(rotation.json['token']).whoami().status == 200
        else:
            assert rotation.status == 409


# -- bad input -------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', [
    '', ' ', '\u200b\u200b', '\ufeff', '\u00ad', 'a\x00b', 'a\nb', 'a\x7fb', 'a\u0085b', 'a\u202eb', 'a\u2066b',
    'a\u2028b', 'x' * 101, 'ü' * 101, 5, None, ['x'],
])
def test_a_bad_name_is_refused(ann, name):
    answer = ann.create_token(name)
    assert answer.status == 400 and set(answer.json['errors']) == {'name'}, answer


@pytest.mark.parametrize('name', ['x', 'x' * 100, 'ü' * 100, '名前', 'שם', 'نام\u200cها', '👩\u200d💻', 'a b', '-'])
def test_a_name_may_be_of_any_script(ann, name):
    assert make(ann, name)['name'] == name


def test_all_faults_are_named_at_once(ann):
    answer = ann.create_token('', kind='x', ttl_days=0, expires_at='tomorrow', scopes=['nope'],
                              allowed_ips=['300.1.1.1'], colour='red')
    assert answer.status == 400
    assert set(answer.json['errors']) == {'name', 'kind', 'ttl_days', 'expires_at', 'scopes', 'allowed_ips', 'colour'}
    assert 'nope' in answer.json['errors']['scopes'][0] and 'read' in answer.json['errors']['scopes'][0]


@pytest.mark.parametrize('more, field', [
    ({'expires_at': '2001-01-01T00:00:00Z'}, 'expires_at'),
    ({'expires_at': at(5), 'ttl_days': 5}, 'expires_at'),
    ({'ttl_days': 10 ** 9}, 'ttl_days'), ({'ttl_days': True}, 'ttl_days'), ({'ttl_days': 1.5}, 'ttl_days'),
    ({'scopes': []}, 'scopes'), ({'scopes': 'read'}, 'scopes'),
    ({'scopes': ['READ']}, 'scopes'), ({'scopes': [1]}, 'scopes'),
    ({'allowed_ips': ['10.0.0.0/33']}, 'allowed_ips'), ({'allowed_ips': ['10.0.0.1/8']}, 'allowed_ips'),
    ({'allowed_ips': ['x' * 300]}, 'allowed_ips'), ({'allowed_ips': '10.0.0.0/8'}, 'allowed_ips'),
])
def test_a_bad_guard_is_refused(ann, more, field):
    answer = ann.create_token('n', **more)
    assert answer.status == 400 and set(answer.json['errors']) == {field}, answer
    assert ann.get('/api/v1/tokens').json['items'] == []


@pytest.mark.parametrize('body, status', [
    ('{"name": "a", "name": "b"}', 400), ('{"name": ' * 40 + '1' + '}' * 40, 400), ('{"name": "a"', 400),
    ('["name"]', 400), ('{"name": "a"} x', 400), (b'{"name": "\xff"}', 400), ('{"name": "%s"}' % ('x' * 70000), 413),
])
def test_a_bad_body_is_refused(ann, body, status):
    answer = ann.post('/api/v1/tokens', body=body, headers={'Content-Type': 'application/json'})
    assert answer.status == status and answer.json['detail'], answer
    assert ann.get('/api/v1/tokens').json['items'] == []


# -- lists -----------------------------------------------------------------------------------------

def names(answer):
    assert answer.status == 200, answer
    return [item['name'] for item in answer.json['items']]


def test_lists_are_filtered_and_sorted(server, ann):
    make(ann, 'beta', ttl_days=3)
    make(ann, 'alpha', kind='api_key', ttl_days=9)
    ended = make(ann, 'gamma', ttl_days=6)
    ann.delete('/api/v1/tokens/' + ended['id'])
    get = lambda query: names(ann.get('/api/v1/tokens' + query))
    assert get('') == ['beta', 'alpha']
    assert get('?state=ended') == ['gamma']
    assert get('?state=all') == ['beta', 'alpha', 'gamma']
    assert get('?sort=-created_at&state=all') == ['gamma', 'alpha', 'beta']
    assert get('?sort=name&state=all') == ['alpha', 'beta', 'gamma']
    assert get('?sort=expires_at&state=all') == ['beta', 'gamma', 'alpha']
    assert get('?kind=api_key') == ['alpha'] and get('?kind=pat') == ['beta']
    assert get('?q=ALPH') == ['alpha'] and get('?q=zz') == []
    server.with_key(make(ann, 'used', kind='api_key', ttl_days=20)['token']).whoami()
    end = time.monotonic() + 60
    while get('?sort=last_used_at')[-1] != 'used':  # use is written every few seconds
        assert time.monotonic() < end
        time.sleep(0.05)
    for sort in ('name', 'expires_at', 'last_used_at'):
        assert get('?sort=-%s&state=all' % sort) == get('?sort=%s&state=all' % sort)[::-1]


@pytest.mark.parametrize('query, fields', [
    ('?kind=x&state=x&sort=x&limit=0&cursor=x', {'kind', 'state', 'sort', 'limit', 'cursor'}),
    ('?limit=201', {'limit'}), ('?q=' + 'x' * 500, {'q'}),
])
def test_a_bad_question_is_refused(ann, query, fields):
    answer = ann.get('/api/v1/tokens' + query)
    assert answer.status == 400 and set(answer.json['errors']) == fields


@pytest.mark.parametrize('sort', ['created_at', '-created_at', 'name', '-name', 'expires_at', '-expires_at', 'last_used_at', '-last_used_at'])
def test_pages_survive_what_comes_and_goes(ann, sort):
    made = {make(ann, 'n%02d' % n, ttl_days=5)['name'] for n in range(7)}
    seen, cursor = [], ''
    for turn in range(4):
        answer = ann.get('/api/v1/tokens?limit=2&sort=%s%s' % (sort, cursor))
        seen += names(answer)
        if turn == 0:
            make(ann, 'm later' if sort in ('name', '-name') else 'z later', ttl_days=400)
            gone = answer.json['items'][0]
            ann.delete('/api/v1/tokens/' + gone['id'])
        cursor = '&cursor=' + (answer.json['next_cursor'] or '')
    assert len(seen) == len(set(seen)), 'none twice'
    assert made <= set(seen), 'none left out'
    wrong = 'name' if sort != 'name' else 'created_at'
    first = ann.get('/api/v1/tokens?limit=2&sort=' + sort).json['next_cursor']
    assert ann.get('/api/v1/tokens?sort=%s&cursor=%s' % (wrong, first)).status == 400


# -- Idempotency-Key -------------------------------------------------------------------------------

def post(client, key, **body):
    return client.post('/api/v1/tokens', json=body, headers={'Idempotency-Key': key})


def test_a_repeated_creation_makes_one_token(ann):
    first = post(ann, 'k1', name='once', kind='api_key')
    again = post(ann, 'k1', name='once', kind='api_key')
    assert first.status == again.status == 201
    assert first.text == again.text, 'the secret too'
    assert again.headers.get('Idempotency-Replayed') == 'true' and 'Idempotency-Replayed' not in first.headers
    assert names(ann.get('/api/v1/tokens')) == ['once']


def test_another_request_with_the_key_is_refused(ann):
    post(ann, 'k', name='one')
    answer = post(ann, 'k', name='two')
    assert answer.status == 422 and answer.json['detail']
    assert names(ann.get('/api/v1/tokens')) == ['one']


def test_what_failed_may_be_tried_again_with_the_key(ann):
    assert post(ann, 'k', name='').status == 400
    assert post(ann, 'k', name='fine').status == 201


def test_a_key_is_its_users_own_and_its_credentials(server, ann):
    assert post(ann, 'shared', name='a').status == 201
    assert post(server.new_user('other'), 'shared', name='a').status == 201
    weak = make(ann, 'w', kind='api_key', scopes=['tokens'])
    assert post(server.with_key(weak['token']), 'shared', name='a').status == 422, 'shown to nobody who could not make it'


@pytest.mark.parametrize('key', ['x' * 256, 'a b', ''])
def test_a_bad_key_is_refused(ann, key):
    answer = post(ann, key, name='n')
    assert answer.status == 400, answer
    assert names(ann.get('/api/v1/tokens')) == []


def test_of_racing_repetitions_one_is_made(ann):
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: post(ann, 'race', name='r', kind='api_key'), range(6)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.json['token'] for answer in answers if answer.status == 201}) == 1
    assert names(ann.get('/api/v1/tokens')) == ['r']


def test_the_answer_is_not_in_clear_at_rest(server, ann):
    secret = post(ann, 'sealed', name='s', kind='api_key').json['token']
    if server.database:
        pytest.skip('read from the file of SQLite')
    data = b''.join(path.read_bytes() for path in server.folder.rglob('latchkey.db*'))
    assert secret.encode() not in data and secret[8:].encode() not in data
