"""/api/v1/organizations/{id}/tokens: everybody's tokens, for administrators."""
import pytest

from support.people import V1, org, pages, promote

PATH = '/tokens'


@pytest.fixture(scope='module')
def crowd(make_module_server):
    """A server with a few people who have some tokens; what was used is known."""
    server = make_module_server()
    ann, bob = server.new_user('ann'), server.new_user('bob')
    made = {}
    for client, name, more in ((ann, 'delta', {}), (ann, 'alpha', {'ttl_days': 5}), (bob, 'charlie', {}),
                               (bob, 'bravo', {'kind': 'api_key', 'ttl_days': 40}), (server.owner, 'echo', {})):
        answer = client.create_token(name, **more)
        assert answer.status == 201, answer
        made[name] = answer.json
    assert bob.delete(V1 + '/tokens/' + made['charlie']['id']).status == 204
    assert server.refresh(made['alpha']['token']).status == 200
    assert server.with_key(made['bravo']['token']).whoami().status == 200
    server.restart()  # what was used is written
    server.made, server.ann_email, server.bob_email = made, ann.email, bob.email
    server.ann_id, server.bob_id = made['delta']['user_id'], made['bravo']['user_id']
    return server


def names(server, **query):
    return [item['name'] for item in pages(server.owner, org(server.owner, PATH), **query)]


def test_living_ones_newest_first_with_their_users(crowd):
    items = pages(crowd.owner, org(crowd.owner, PATH))
    assert [item['name'] for item in items] == ['echo', 'bravo', 'alpha', 'delta']
    assert items[1]['user']['email'] == crowd.bob_email and items[1]['user']['is_service_account'] is False
    assert [item['user']['role'] for item in items] == ['owner', 'member', 'member', 'member']
    assert items[1]['user_id'] == items[1]['user']['id'] == crowd.bob_id
    assert all('token' not in item for item in items)
    assert items[2]['last_used_at'] is not None and items[3]['last_used_at'] is None


@pytest.mark.parametrize('query,expected', [
    ({'state': 'ended'}, ['charlie']),
    ({'state': 'all', 'sort': 'name'}, ['alpha', 'bravo', 'charlie', 'delta', 'echo']),
    ({'kind': 'api_key'}, ['bravo']),
    ({'kind': 'pat', 'sort': 'name'}, ['alpha', 'delta', 'echo']),
    ({'q': 'LPH'}, ['alpha']),
    ({'q': '%25'}, []),
    ({'never_used': 'true', 'sort': 'name'}, ['delta', 'echo']),
    ({'unused_days': '1'}, []),
    ({'unused_days': '0', 'sort': 'name'}, ['alpha', 'bravo', 'delta', 'echo']),
    ({'expires_in_days': '14'}, ['alpha']),
    ({'sort': 'expires_at', 'expires_in_days': '60'}, ['alpha', 'bravo']),
    ({'sort': '-expires_at', 'expires_in_days': '60'}, ['bravo', 'alpha']),
    ({'sort': 'created_at'}, ['delta', 'alpha', 'bravo', 'echo']),
])
def test_filters_and_orders(crowd, query, expected):
    assert names(crowd, **query) == expected
    assert names(crowd, limit=1, **query) == expected, 'page by page'


def test_by_last_use(crowd):
    up, down = names(crowd, sort='last_used_at'), names(crowd, sort='-last_used_at')
    assert up == down[::-1] and down[:2] == ['bravo', 'alpha'] and set(down[2:]) == {'delta', 'echo'}
    assert names(crowd, sort='last_used_at', limit=1) == up
    assert names(crowd, sort='-last_used_at', limit=1) == down


def test_by_user(crowd):
    assert names(crowd, user_id=crowd.ann_id, sort='name') == ['alpha', 'delta']
    assert names(crowd, q=crowd.bob_email) == ['bravo']
    answer = crowd.owner.get(org(crowd.owner, PATH + '?limit=1'))
    assert answer.json['total'] == 4


@pytest.mark.parametrize('query', ['sort=size', 'state=odd', 'kind=legacy', 'limit=0', 'limit=201', 'cursor=x',
                                   'unused_days=-1', 'never_used=maybe', 'user_id=bob', 'include=all'])
def test_a_bad_query_is_refused_by_name(crowd, query):
    answer = crowd.owner.get(org(crowd.owner, PATH + '?' + query))
    assert answer.status == 400 and list(answer.json['errors']) == [query.split('=')[0]], answer


def test_requests_a_day_only_when_asked_for(crowd):
    path = org(crowd.owner, PATH)
    assert 'requests_30d' not in crowd.owner.get(path + '?q=alpha').json['items'][0]
    days = crowd.owner.get(path + '?q=alpha&include=usage').json['items'][0]['requests_30d']
    assert len(days) == 30 and days[-1] + days[-2] >= 1


def test_the_summary_and_what_a_switch_would_stop(crowd):
    body = crowd.owner.get(org(crowd.owner, PATH + '/summary')).json
    assert body['by_kind'] == {'pat': 3, 'legacy': 0, 'api_key': 1}
    assert body['by_age'][0] == {'days': '0-7', 'pat': 3, 'api_key': 1}
    assert [age['days'] for age in body['by_age']] == ['0-7', '8-30', '31-90', '91-365', '366+']
    assert (body['never_used'], body['unused_90d'], body['expiring_14d']) == (2, 0, 1)
    assert len(body['requests_per_day']) == 30 and body['as_of']
    impact = crowd.owner.get(org(crowd.owner, '/token-settings/impact')).json
    assert impact['pat'] == {'tokens': 3, 'people': 2} and impact['api_key'] == {'tokens': 1, 'people': 1}
    assert impact['legacy'] == {'tokens': 0, 'people': 0}


def test_an_administrator_ends_a_members_token_and_no_owners(crowd):
    admin = promote(crowd, crowd.new_user('admin'), 'administrator')
    victim = crowd.new_user('victim')
    pat = victim.create_token('mine').json
    theirs = org(admin, PATH + '/' + pat['id'])
    assert admin.get(theirs).json['state'] == 'active'
    assert admin.delete(theirs).status == 204
    assert crowd.refresh(pat['token']).status == 401
    assert admin.delete(theirs).status == 204
    assert admin.get(theirs).json['revoked_reason'] == 'administrator'
    owners = crowd.made['echo']['id']
    assert admin.delete(org(admin, PATH + '/' + owners)).status == 403
    assert admin.get(org(admin, PATH + '/' + 'f' * 32)).status == 404


def revoke(client, **order):
    return client.post(org(client, PATH + '/revoke'), json=order)


def test_many_are_ended_at_once(crowd):
    admin = promote(crowd, crowd.new_user('sweeper'), 'administrator')
    user = crowd.new_user('many')
    made = [user.create_token('t%d' % i).json for i in range(4)] + [user.create_token('k', kind='api_key').json]
    assert revoke(admin, ids=[made[0]['id'], made[1]['id'], 'f' * 32]).json == {'revoked': 2}
    assert [crowd.refresh(token['token']).status for token in made[:3]] == [401, 401, 200]
    assert revoke(admin, user_id=user.id, kind='api_key').json == {'revoked': 1}
    assert crowd.with_key(made[4]['token']).whoami().status == 401
    assert revoke(admin, ids=[crowd.made['echo']['id']]).json == {'revoked': 0}, 'an owner stands above'
    assert crowd.refresh(crowd.made['echo']['token']).status == 200
    assert revoke(user, user_id=user.id).status == 403


@pytest.mark.parametrize('order,field', [
    ({}, ''), ({'ids': []}, 'ids'), ({'ids': 'x'}, 'ids'), ({'ids': ['x'] * 201}, 'ids'), ({'user_id': 0}, 'user_id'),
    ({'kind': 'session'}, 'kind'), ({'unused_days': 0}, 'unused_days'), ({'all': True}, 'all'),
])
def test_a_vague_order_ends_nothing(crowd, order, field):
    answer = revoke(crowd.owner, **order)
    assert answer.status == 400 and field in answer.json['errors'], answer
