"""What a client of the OAuth endpoints does."""
EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'


def grant(server, grant_type, **more):
    return server.client().post('/oauth/token', form={'grant_type': grant_type, **more})


def refresh(server, pat, **more):
    return grant(server, 'refresh_token', refresh_token=pat, **more)


def exchange(server, token, token_type=ACCESS_TOKEN, **more):
    return grant(server, EXCHANGE, subject_token=token, subject_token_type=token_type, **more)


def introspect(server, caller, token, **more):
    return server.bearer(caller).post('/oauth/introspect', form={'token': token, **more})


def revoke(server, token, **more):
    return server.client().post('/oauth/revoke', form={'token': token, **more})


def ask_device(server, client_id='tv', **more):
    answer = server.client().post('/oauth/device_authorization', form={'client_id': client_id, **more})
    assert answer.status == 200, answer
    return answer.json


def poll_device(server, device):
    return grant(server, DEVICE, device_code=device['device_code'], client_id='tv')


def error(answer):
    assert set(answer.json) <= {'error', 'error_description'}, answer
    assert answer.headers['Cache-Control'] == 'no-store', answer.headers
    return answer.status, answer.json['error']
