"""Rotation with a grace in which both work; reuse of a token that was rotated away; leaks."""
import concurrent.futures
import time

import pytest

from support import jwt


@pytest.fixture(scope='module')
def quick(make_module_server):
    """Rotated tokens go on for two seconds."""
    return make_module_server('--rotation-grace', '2')


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture
def bob(quick):
    return quick.new_user('bob')


def make(client, name='job', **more):
    answer = client.create_token(name, **more)
    assert answer.status == 201, answer
    return answer.json


def rotate(client, token, **more):
    return client.post('/api/v1/tokens/%s/rotate' % token['id'], json=more)


def rotated(client, token, **more):
    answer = rotate(client, token, **more)
    assert answer.status == 201, answer
    return answer.json


def show(client, token):
    return client.get('/api/v1/tokens/' + token['id']).json


def works(server, token):
    if token.startswith('lk_'):
        return server.with_key(token).whoami().status == 200
    return server.refresh(token).status == 200


def events(server, kind):
    answer = server.owner.get('/api/v1/organizations/1/audit-events?event=' + kind)
    return answer.json['items'] if answer.status == 200 else []


def wait_until_over(token):
    """Of a grace of two seconds."""
    time.sleep(2.2)


@pytest.mark.parametrize('kind', ['pat', 'api_key'])
def test_both_work_in_the_grace_and_the_old_one_ends_with_it(quick, bob, kind):
    old = make(bob, kind=kind)
    access = quick.access(old['token']) if kind == 'pat' else None
    new = rotated(bob, old)
    assert new['name'] == old['name'] and new['rotated_from'] == old['id']
    assert works(quick, old['token']) and works(quick, new['token'])
    if access:
        assert quick.whoami(access).status == 200, 'what came from it too'

    listed = bob.get('/api/v1/tokens').json['items']
    assert [item['id'] for item in listed] == [new['id']], 'the old one is not listed'
    shown = show(bob, old)
    assert (shown['state'], shown['replaced_by']) == ('in_grace', new['id']) and shown['grace_until']

    wait_until_over(old)
    if access:
        assert quick.whoami(access).status == 401
    shown = show(bob, old)
    assert (shown['state'], shown['revoked_reason']) == ('revoked', 'rotated')
    assert works(quick, new['token'])
    assert not works(quick, old['token'])


@pytest.mark.parametrize('kind', ['pat', 'api_key'])
def test_asked_again_the_same_successor_is_the_answer(server, ann, kind):
    old = make(ann, kind=kind)
    first, again = rotated(ann, old), rotated(ann, old)
    assert first['token'] == again['token'] and first['id'] == again['id']
    assert len(ann.get('/api/v1/tokens?state=all').json['items']) == 2


def test_label_studios_rotation_has_a_grace_too(server, ann):
    old = ann.create_pat()
    first, again = ann.rotate(old), ann.rotate(old)
    assert first.status == again.status == 200
    assert first.json == again.json, 'the same, signed again'
    assert server.refresh(old).status == 200
    assert ann.list_pats() == [jwt.truncated(first.json['refresh'])]


def test_racing_rotations_make_one_successor(server, ann):
    for kind in ('pat', 'api_key'):
        old = make(ann, 'race ' + kind, kind=kind)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: rotated(ann, old), range(6)))
        assert len({answer['token'] for answer in answers}) == 1
        assert len([t for t in ann.get('/api/v1/tokens').json['items'] if t['kind'] == kind]) == 1


def test_without_a_grace_the_old_one_ends_at_once(server, ann):
    old = make(ann, kind='api_key')
    new = rotated(ann, old, grace_seconds=0)
    assert not works(server, old['token'])
    assert rotate(ann, old).status == 409
    assert show(ann, old)['revoked_reason'] == 'rotated'
    assert new['token'] != old['token']


def test_the_old_one_ends_with_its_successor(server, ann):
    old = make(ann)
    new = rotated(ann, old)
    access = server.access(old['token'])
    assert ann.delete('/api/v1/tokens/' + new['id']).status == 204
    assert not works(server, old['token']) and server.whoami(access).status == 401


def test_a_chain_of_rotations_in_one_grace_ends_with_its_head(server, ann):
    first = make(ann)
    second = rotated(ann, first)
    third = rotated(ann, second)
    assert all(works(server, token['token']) for token in (first, second, third))
    ann.delete('/api/v1/tokens/' + third['id'])
    assert not any(works(server, token['token']) for token in (first, second, third))


@pytest.mark.parametrize('body, field', [
    ({'grace_seconds': -1}, 'grace_seconds'), ({'grace_seconds': 86401}, 'grace_seconds'),
    ({'grace_seconds': 1.5}, 'grace_seconds'), ({'grace_seconds': '5'}, 'grace_seconds'),
    ({'grace_seconds': 10 ** 17}, 'grace_seconds'), ({'grace': 5}, 'grace'),
])
def test_a_wrong_grace_is_named_and_rotates_nothing(ann, body, field):
    old = make(ann)
    answer = rotate(ann, old, **body)
    assert answer.status == 400 and list(answer.json['errors']) == [field]
    assert show(ann, old)['state'] == 'active'


# -- reuse -----------------------------------------------------------------------------------------

@pytest.mark.parametrize('kind', ['pat', 'api_key'])
@pytest.mark.parametrize('way', ['exchange', 'direct', 'auth'])
def test_a_rotated_away_token_ends_its_family(quick, bob, kind, way):
    if kind == 'api_key' and way == 'exchange':
        pytest.skip('an API key is not exchanged')
    first = make(bob, kind=kind)
    second = rotated(bob, first)
    third = rotated(bob, second, grace_seconds=3600)
    access = quick.access(third['token']) if kind == 'pat' else None
    other = make(bob, 'other', kind=kind)
    wait_until_over(first)
    assert works(quick, third['token']) and works(quick, second['token'])

    before = len(events(quick, 'token.reuse_detected'))
    if way == 'exchange':
        answer = quick.refresh(first['token'])
        assert answer.detail == 'Token is blacklisted'
    elif way == 'direct':
        answer = quick.with_key(first['token']).whoami()
    else:
        answer = quick.client().get('/auth', headers={'Authorization': 'Bearer ' + first['token']})
    assert answer.status == 401, 'the ordinary one'

    assert not works(quick, third['token']) and not works(quick, second['token'])
    if access:
        assert quick.whoami(access).status == 401
    assert works(quick, other['token']), 'another family is left alone'
    assert show(bob, third)['revoked_reason'] == 'reuse'
    for _ in range(3):  # noted once
        works(quick, first['token'])
    told = events(quick, 'token.reuse_detected')
    assert len(told) == before + 1
    assert told[0]['subject']['id'] == first['id']
    assert told[0]['details']['ended_tokens']['after'] == '2'


def test_only_the_whole_token_counts_as_shown(quick, bob):
    first = make(bob)
    second = rotated(bob, first)
    wait_until_over(first)
    head, payload, signature = first['token'].split('.')
    forged = '.'.join([head, payload, ('A' if signature[0] != 'A' else 'B') + signature[1:]])
    for text in (forged, head + '.' + payload + '.', head + '.' + payload):
        quick.refresh(text)
        quick.with_key(text).whoami()
    assert works(quick, second['token'])


def test_a_token_that_was_revoked_ends_nothing_when_shown(server, ann):
    first = make(ann)
    second = rotated(ann, first)
    ann.delete('/api/v1/tokens/' + first['id'])
    assert not works(server, first['token'])
    assert works(server, second['token'])
    told = [event for event in events(server, 'token.dead_used') if event['subject']['id'] == first['id']]
    assert len(told) == 1


def test_strict_knows_neither_grace_nor_reuse(strict_server):
    ann = strict_server.new_user('ann')
    old = ann.create_pat()
    new = strict_server.bearer(strict_server.access(old)).rotate(old).json['refresh']
    assert strict_server.refresh(old).status == 401
    assert strict_server.refresh(old).status == 401
    assert strict_server.refresh(new).status == 200


# -- leaks -----------------------------------------------------------------------------------------

def leak(server, *tokens):
    answer = server.client().post('/api/v1/leaks', json=list(tokens))
    assert answer.status == 200, answer
    return [item['result'] for item in answer.json['items']]


def test_whoever_holds_whole_tokens_may_report_them(server, ann):
    pat, key = make(ann, 'a'), make(ann, 'b', kind='api_key')
    access = server.access(pat['token'])
    cut = jwt.truncated(pat['token'])
    assert leak(server, cut, 'lk_' + 'a' * 46, 'what', access) == ['unknown'] * 4
    assert server.whoami(access).status == 200
    assert leak(server, pat['token'], key['token'] + '\n', pat['token']) == ['revoked', 'revoked', 'already_ended']
    assert server.whoami(access).status == 401 and not works(server, key['token'])
    assert show(ann, pat)['revoked_reason'] == 'leaked'
    assert {pat['id'], key['id']} <= {event['subject']['id'] for event in events(server, 'token.leaked')}


def test_a_leaked_token_takes_its_successor_along(server, ann):
    old = make(ann, kind='api_key')
    new = rotated(ann, old)
    assert leak(server, old['token']) == ['revoked']
    assert not works(server, new['token'])


def test_a_leaked_legacy_token_is_replaced(server, ann):
    server.set_settings(legacy_api_tokens_enabled=True)
    try:
        key = ann.legacy_key()
        assert leak(server, key) == ['revoked']
        assert server.with_key(key).whoami().status == 401
        assert leak(server, key) == ['unknown']
        assert ann.legacy_key() != key
    finally:
        server.set_settings(legacy_api_tokens_enabled=False)


@pytest.mark.parametrize('body', ['{}', '[]', '"x"', '[1]', '', '["a",{}]', '[' + ','.join(['"x"'] * 101) + ']'])
def test_a_report_of_another_form_is_refused(server, body):
    answer = server.client().post('/api/v1/leaks', body=body, headers={'Content-Type': 'application/json'})
    assert answer.status == 400 and answer.json['errors']
