"""`latchkey login` at a terminal, and the person who lets it in, or does not, in a browser."""
import json
import os
import subprocess

import pytest
from playwright.sync_api import expect


@pytest.fixture
def login(server, latchkey, tmp_path):
    environment = {'PATH': os.environ['PATH'], 'HOME': str(tmp_path)}
    program = subprocess.Popen([latchkey, 'login', server.base_url, '--json', '--name', 'my laptop', '--scope', 'read'],
                               env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    program.asked = json.loads(program.stdout.readline())
    yield program
    if program.poll() is None:
        program.kill()
        program.communicate()


@pytest.mark.parametrize('view', ['wide-light', 'phone-dark'])
def test_a_login_is_approved_by_keyboard(server, login, open_window, view):
    window, user = open_window(server.base_url, view), server.new_user('ann')
    window.sign_in(user.email, user.password, '/user/login/?next=/device%3Fuser_code=' + login.asked['user_code'])
    expect(window.page.get_by_text('asks to act as ' + user.email)).to_be_visible()
    expect(window.page.get_by_text(login.asked['user_code'])).to_be_visible()
    assert window.faults() == {}
    window.button('Approve').focus()
    window.page.keyboard.press('Enter')
    window.said('Approved')
    out, err = login.communicate(timeout=60)
    assert login.returncode == 0, err
    assert json.loads(out) == {'url': server.base_url, 'email': user.email}
    (token,) = user.get('/api/v1/tokens').json['items']
    assert (token['name'], token['scopes']) == ('my laptop', ['read'])
    window.go('/account/personal-access-tokens')
    expect(window.page.get_by_text('my laptop')).to_be_visible()
    assert window.problems == []


def test_a_login_is_denied(server, login, open_window):
    window, user = open_window(server.base_url), server.new_user('ann')
    window.sign_in(user.email, user.password, '/user/login/?next=/device%3Fuser_code=' + login.asked['user_code'])
    window.button('Deny').click()
    window.said('Denied.')
    login.communicate(timeout=60)
    assert login.returncode == 1
    assert user.get('/api/v1/tokens').json['items'] == []
    window.go('/device?user_code=' + login.asked['user_code'])
    expect(window.button('Approve')).to_have_count(0)
