"""Everything a secret passes through, at the most talkative log level: none is in the log."""
import pytest

from support import jwt


@pytest.mark.parametrize('form', ['text', 'json'])
def test_no_secret_is_logged(make_server, tmp_path, form):
    secret_key = tmp_path / 'key'
    secret_key.write_text('the-label-studio-secret-key')
    secret_key.chmod(0o600)
    server = make_server('--log-level', 'debug', '--log-format', form, '--legacy-tokens', 'on',
                         '--secret-key-file', str(secret_key))
    owner = server.owner
    ann = server.new_user('ann', password='Wh1sperPass!')
    invitation = owner.invitation()
    pat, key = ann.create_pat(), ann.legacy_key()
    access = server.access(pat)
    named = ann.create_token('laptop').json['token']
    secrets = {
        'owner password': server.owner_password, 'password': 'Wh1sperPass!', 'wrong password': 'Wr0ngGuess!',
        'session': ann.http.cookies['sessionid'], 'csrf token': ann.http.cookies['csrftoken'],
        'legacy key': key, 'pat': pat.split('.')[2], 'access token': access.split('.')[2],
        'named token': named.split('.')[2], 'invitation': invitation, 'secret key': secret_key.read_text(),
        'query': 'in-the-query-string',
    }
    server.client().try_sign_in(ann.email, 'Wr0ngGuess!')
    server.sign_in(ann.email, 'Wh1sperPass!')
    for headers in ({'Authorization': 'Bearer ' + access}, {'Authorization': 'Token ' + key}, {'X-API-Key': key},
                    {'Authorization': 'Token ' + pat}, {'Authorization': 'Bearer ' + pat[:-3]}):
        server.client(**headers).whoami()
    server.client().get('/api/token/?token=in-the-query-string')
    server.client().post('/api/token/refresh/', body='{"refresh": "%s", }' % pat,
                         headers={'Content-Type': 'application/json'})
    server.client().post('/api/token/refresh/', form={'refresh': pat})
    new = ann.rotate(pat).json['refresh']
    secrets['rotated token'] = new.split('.')[2]
    ann.revoke(new)
    ann.revoke(jwt.with_other_signature(new))
    secrets['new legacy key'] = ann.post('/api/current-user/reset-token/').json['token']
    owner.post('/api/invite/reset-token')
    ann.sign_out()
    server.stop()
    assert len(server.lines) > 20, 'the debug log says something'
    for what, secret in secrets.items():
        assert secret not in server.log, what
