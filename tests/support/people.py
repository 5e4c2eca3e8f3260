"""Calls of /api/v1 about people and machines, as the tests write them."""
import concurrent.futures
import secrets

V1 = '/api/v1'


def organization_id(client):
    return client.get(V1 + '/session').json['organization']['id']


def org(client, rest=''):
    return '%s/organizations/%d%s' % (V1, organization_id(client), rest)


def promote(server, client, role):
    """Makes a member something else, by the owner's hand. Gives the client."""
    answer = server.owner.patch(org(server.owner, '/members/%d' % client.id), json={'role': role})
    assert answer.status == 200, answer
    return client


def new_service_account(client, name=None, **more):
    answer = client.post(org(client, '/service-accounts'),
                         json={'name': name or 'machine ' + secrets.token_hex(4), **more})
    assert answer.status == 201, answer
    return answer.json


def pages(client, path, **query):
    """All items of a list, page by page."""
    items, cursor = [], None
    while True:
        words = ['%s=%s' % pair for pair in {**query, **({'cursor': cursor} if cursor else {})}.items()]
        answer = client.get(path + '?' + '&'.join(words))
        assert answer.status == 200, answer
        items += answer.json['items']
        cursor = answer.json['next_cursor']
        if cursor is None:
            return items


def at_once(*calls):
    """Runs the calls at the same time; their answers in order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
