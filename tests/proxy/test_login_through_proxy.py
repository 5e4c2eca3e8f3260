"""
`latchkey login` at the address of a Label Studio behind a proxy: approved by whoever is signed in
at Label Studio's own page, and good for its API.
"""
import os
import re
import subprocess

import pytest

import real_label_studio
from stack import SteadyServer
from support.client import Client


@pytest.fixture(scope='module')
def studio(tmp_path_factory):
    studio = real_label_studio.LabelStudio(tmp_path_factory.mktemp('label-studio')).start()
    yield studio
    studio.stop()


@pytest.fixture(scope='module')
def server(studio, latchkey, tmp_path_factory):
    server = SteadyServer(latchkey, tmp_path_factory.mktemp('server'), owner=False, options=[
        '--secret-key-file', str(studio.secret_key_file), '--upstream-url', 'http://' + studio.address,
        '--trusted-proxies', '127.0.0.1/32'])
    done = server.cli('import', 'label-studio', '--from', studio.database, '--secret-key-file', studio.secret_key_file)
    assert done.returncode == 0, done
    server.start()
    yield server
    server.kill9()


@pytest.mark.parametrize('kind', ['nginx', 'nginx-module', 'caddy', 'haproxy'])
def test_login_is_approved_with_label_studio_s_session(kind, make_stack, studio, server, latchkey, tmp_path):
    stack = make_stack(kind, site='label-studio', server=server, upstream=studio)
    env = {'PATH': os.environ['PATH'], 'HOME': str(tmp_path)}
    login = subprocess.Popen([latchkey, 'login', stack.base_url, '--name', 'through ' + kind], env=env, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        shown = ''
        while 'code  ' not in shown:
            line = login.stdout.readline()
            assert line, login.communicate()
            shown += line
        page = re.search(r'http://\S+(/device/plain\?user_code=\S+)', shown).group(1)

        answer = Client(stack.base_url).get(page)
        assert answer.status == 302 and answer.headers['Location'].startswith('/user/login/?next=')
        person = Client(stack.base_url, {'User-Agent': 'Mozilla/5.0', 'Referer': stack.base_url + '/user/login/'})
        person.sign_in(*real_label_studio.OWNER)
        answer = person.get(page)
        assert answer.status == 200 and 'through ' + kind in answer.text, answer
        form = {'decision': 'approve', 'user_code': page.split('=')[1],
                'csrfmiddlewaretoken': re.search(r'name="csrfmiddlewaretoken"[^>]*value="([^"]+)"', answer.text).group(1)}
        approved = person.post('/device/plain', form=form)
        assert approved.status == 200 and 'Approved' in approved.text, approved
        assert person.get('/api/projects/').status == 200, 'still signed in at Label Studio'

        out, err = login.communicate(timeout=60)
        assert login.returncode == 0, (out, err)
    finally:
        login.kill()
        login.wait()
    done = subprocess.run([latchkey, 'access-token'], env=env, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done
    client = Client(stack.base_url, {'Authorization': 'Bearer ' + done.stdout.strip()})
    assert client.get('/api/projects/').status == 200
    assert client.get('/api/current-user/whoami').json['email'] == real_label_studio.OWNER[0]
    done = subprocess.run([latchkey, 'logout'], env=env, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done
    assert client.get('/api/projects/').status == 401


def test_access_token_works_with_label_studio_alone(studio, latchkey, tmp_path):
    """No Latchkey anywhere: its own token endpoint exchanges."""
    url = 'http://' + studio.address
    person = Client(url).sign_in(*real_label_studio.OWNER)
    pats = person.list_pats()
    if pats:
        person.revoke(pats[0])
    pat = person.create_pat()
    env = {'PATH': os.environ['PATH'], 'HOME': str(tmp_path)}
    done = subprocess.run([latchkey, 'login', url, '--token-stdin'], env=env, input=pat, text=True, capture_output=True,
                          timeout=60)
    assert done.returncode == 0 and real_label_studio.OWNER[0] in done.stdout, done
    done = subprocess.run([latchkey, 'access-token'], env=env, text=True, capture_output=True, timeout=60)
    assert Client(url, {'Authorization': 'Bearer ' + done.stdout.strip()}).get('/api/projects/').status == 200
    tmp_path.joinpath('other').mkdir()
    done = subprocess.run([latchkey, 'login', url], env=env, text=True, capture_output=True, timeout=60)
    assert done.returncode == 1 and '--token-stdin' in done.stderr, 'it lets no devices in'
