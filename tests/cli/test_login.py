"""latchkey login, access-token, logout: a token's holder at a terminal."""
import json
import os
import re
import stat
import subprocess
import threading
import time

import pytest

from support import jwt
from support.oauth import exchange


class Holder:
    """A person with a home folder of their own, and the program."""

    def __init__(self, binary, home):
        self.binary, self.home = str(binary), home
        self.store = home / '.config' / 'latchkey' / 'credentials'

    def env(self, **more):
        return {'PATH': os.environ['PATH'], 'HOME': str(self.home), **more}

    def run(self, *words, input=None, **env):
        return subprocess.run([self.binary, *words], env=self.env(**env), input=input, text=True, capture_output=True,
                              timeout=60)

    def start(self, *words):
        return subprocess.Popen([self.binary, *words], env=self.env(), text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def kept(self):
        return json.loads(self.store.read_text())


@pytest.fixture
def ann(server):
    return server.new_user('ann')


@pytest.fixture
def holder(latchkey, tmp_path):
    return Holder(latchkey, tmp_path)


@pytest.fixture
def logged_in(server, ann, holder):
    done = holder.run('login', server.base_url, '--token-stdin', input=ann.create_pat() + '\n')
    assert done.returncode == 0, done
    return holder


def access_of(holder, *words, **env):
    done = holder.run('access-token', *words, **env)
    assert done.returncode == 0, done
    assert done.stdout.count('\n') == 1 and done.stdout.endswith('\n'), 'the token alone'
    return done.stdout.strip()


def test_login_shows_a_code_waits_and_keeps_the_token(server, ann, holder):
    login = holder.start('login', server.base_url, '--name', 'my laptop', '--scope', 'read')
    shown = ''
    while 'code  ' not in shown:
        shown += login.stdout.readline()
    code = re.search('code  ([A-Z]{4}-[A-Z]{4})', shown).group(1)
    assert re.search(re.escape(server.base_url) + r'/device(/plain)?\?user_code=' + code, shown)
    assert ann.post('/api/v1/device-grants/%s/approve' % code).status == 200
    out, err = login.communicate(timeout=30)
    assert login.returncode == 0, (out, err)
    assert 'Logged in to %s as %s' % (server.base_url, ann.email) in out
    [token] = ann.get('/api/v1/tokens').json['items']
    assert token['name'] == 'my laptop' and token['scopes'] == ['read']
    access = access_of(holder)
    assert server.whoami(access).json['email'] == ann.email
    assert jwt.claims(access)['scope'] == 'read'

    assert holder.run('logout').returncode == 0
    assert ann.get('/api/v1/tokens').json['items'] == [], 'revoked, for login had made it'
    assert server.whoami(access).status == 401
    assert holder.run('access-token', server.base_url).returncode == 1


def test_a_program_can_drive_a_login(server, ann, holder):
    login = holder.start('login', server.base_url, '--json')
    asked = json.loads(login.stdout.readline())
    assert asked['verification_uri'].startswith(server.base_url + '/device')
    ann.post('/api/v1/device-grants/%s/approve' % asked['user_code'])
    out, err = login.communicate(timeout=30)
    assert login.returncode == 0, err
    assert json.loads(out) == {'url': server.base_url, 'email': ann.email}
    told = json.loads(holder.run('access-token', '--json').stdout)
    assert told['url'] == server.base_url and server.whoami(told['access_token']).json['email'] == ann.email
    assert json.loads(holder.run('logout', '--json').stdout) == {'url': server.base_url, 'revoked': True}


def test_a_denied_login_keeps_nothing(server, ann, holder):
    login = holder.start('login', server.base_url)
    shown = ''
    while 'code  ' not in shown:
        shown += login.stdout.readline()
    code = re.search('code  ([A-Z]{4}-[A-Z]{4})', shown).group(1)
    ann.post('/api/v1/device-grants/%s/deny' % code)
    out, err = login.communicate(timeout=30)
    assert login.returncode == 1 and 'denied' in err
    assert not holder.store.exists()


def test_nobody_else_can_read_what_is_kept(logged_in):
    assert stat.S_IMODE(logged_in.store.stat().st_mode) == 0o600
    assert stat.S_IMODE(logged_in.store.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in logged_in.store.parent.iterdir()) == ['credentials', 'credentials.lock']


def test_an_access_token_is_used_again_until_a_minute_before_its_end(server, logged_in):
    first = access_of(logged_in)
    assert access_of(logged_in) == first
    kept = logged_in.kept()
    entry = kept['servers'][server.base_url]
    entry['access_ends_at'] = int(time.time()) + 55
    logged_in.store.write_text(json.dumps(kept))
    second = access_of(logged_in)
    assert second != first and access_of(logged_in) == second


def test_callers_that_race_exchange_once(server, logged_in):
    kept = logged_in.kept()
    for name in ('access', 'access_of', 'access_ends_at'):
        kept['servers'][server.base_url].pop(name, None)
    logged_in.store.write_text(json.dumps(kept))
    got = []
    threads = [threading.Thread(target=lambda: got.append(access_of(logged_in))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and len(set(got)) == 1


def test_curl_with_a_fresh_token_is_one_line(server, ann, logged_in):
    line = 'curl -s -H "Authorization: Bearer $(%s access-token)" %s/api/current-user/whoami'
    done = subprocess.run(line % (logged_in.binary, server.base_url), shell=True, env=logged_in.env(), text=True,
                          capture_output=True, timeout=60)
    assert json.loads(done.stdout)['email'] == ann.email


def test_a_token_of_the_environment_counts_more_and_needs_no_login(server, ann, holder):
    pat = ann.create_pat()
    access = access_of(holder, server.base_url, LABEL_STUDIO_API_KEY=pat)
    assert server.whoami(access).json['email'] == ann.email
    assert access_of(holder, LATCHKEY_URL=server.base_url, LABEL_STUDIO_API_KEY=pat) == access
    assert pat not in holder.store.read_text()
    assert holder.run('access-token', server.base_url).returncode == 1, 'without it there is none'
    other = server.new_user('other').create_pat()
    newer = access_of(holder, server.base_url, LABEL_STUDIO_API_KEY=other)
    assert newer != access, 'not the access token of another'


def test_an_api_key_is_exchanged_too(server, ann, holder):
    key = ann.create_token('key', kind='api_key').json['token']
    assert holder.run('login', server.base_url, '--token-stdin', input=key).returncode == 0
    access = access_of(holder)
    assert access.count('.') == 2 and server.whoami(access).json['email'] == ann.email
    assert holder.run('logout').returncode == 0
    assert server.with_key(key).whoami().status == 200, 'brought along, hence left alive'


def test_logout_revokes_what_was_brought_along_only_if_asked(server, ann, logged_in):
    assert holder_logout(logged_in, '--revoke') == 0
    assert ann.get('/api/v1/tokens').json['items'] == []
    assert logged_in.run('logout', server.base_url).returncode == 1, 'nothing is kept any more'


def holder_logout(holder, *words):
    return holder.run('logout', *words).returncode


def test_a_dead_token_is_not_kept(server, ann, holder):
    pat = ann.create_pat()
    ann.revoke(pat)
    done = holder.run('login', server.base_url, '--token-stdin', input=pat)
    assert done.returncode == 1 and pat not in done.stderr
    assert not holder.store.exists()
    done = holder.run('login', server.base_url, '--token-stdin', input='not a token')
    assert done.returncode == 1


def test_a_token_revoked_meanwhile_says_so(server, ann, logged_in):
    for item in ann.get('/api/v1/tokens').json['items']:
        ann.delete('/api/v1/tokens/' + item['id'])
    kept = logged_in.kept()
    kept['servers'][server.base_url]['access_ends_at'] = 1
    logged_in.store.write_text(json.dumps(kept))
    done = logged_in.run('access-token')
    assert done.returncode == 1 and done.stdout == '' and 'Token is blacklisted' in done.stderr


def test_a_secret_is_not_sent_in_the_clear(holder):
    done = holder.run('login', 'http://label.example.com', '--token-stdin', input='x' * 40)
    assert done.returncode == 2 and '--insecure-http' in done.stderr
    for bad in ('ftp://host', 'host', 'https://', 'http://127.0.0.1.example.com', 'https://user@host',
                'http://localhost.example.com'):
        assert holder.run('access-token', bad, LABEL_STUDIO_API_KEY='x').returncode == 2, bad


def test_a_store_that_others_can_reach_is_refused(logged_in):
    logged_in.store.chmod(0o644)
    done = logged_in.run('access-token')
    assert done.returncode == 1 and 'chmod' in done.stderr
    logged_in.store.chmod(0o600)
    logged_in.store.parent.chmod(0o777)
    assert logged_in.run('access-token').returncode == 1
    logged_in.store.parent.chmod(0o700)
    assert logged_in.run('access-token').returncode == 0


def test_a_link_in_the_store_s_place_is_not_followed(server, ann, holder, tmp_path):
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.write_text('{}')
    holder.store.parent.mkdir(mode=0o700, parents=True)
    holder.store.symlink_to(elsewhere)
    done = holder.run('login', server.base_url, '--token-stdin', input=ann.create_pat())
    assert done.returncode == 1 and 'link' in done.stderr
    assert elsewhere.read_text() == '{}'


def test_a_damaged_store_says_what_to_do(logged_in):
    logged_in.store.write_text('{"servers":')
    done = logged_in.run('access-token')
    assert done.returncode == 1 and 'damaged' in done.stderr


def test_a_server_that_knows_no_devices_gets_a_hint(strict_server, holder):
    done = holder.run('login', strict_server.base_url + '/api', '--name', 'x')
    assert done.returncode == 1 and '--token-stdin' in done.stderr


def test_xdg_config_home_is_where_it_is_kept(server, ann, holder, tmp_path):
    done = holder.run('login', server.base_url, '--token-stdin', input=ann.create_pat(),
                      XDG_CONFIG_HOME=str(tmp_path / 'xdg'))
    assert done.returncode == 0 and (tmp_path / 'xdg' / 'latchkey' / 'credentials').exists()


def test_a_kept_exchange_is_the_same_as_the_api_s(server, ann, logged_in):
    narrow = exchange(server, access_of(logged_in), scope='read')
    assert narrow.status == 200 and narrow.json['scope'] == 'read'
