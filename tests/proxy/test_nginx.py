"""What only nginx has: its two ways of asking, side by side, and what its log is told."""
from proxies import NginxBesideModule
from stack import told


def test_auth_request_works_beside_the_module(make_stack, nginx_module):
    """Both give the same variables: a site may go over to the module before the others do."""
    stack = make_stack('nginx', proxy_class=NginxBesideModule, module=nginx_module)
    pat = stack.server.owner.create_pat()
    assert stack.client().get('/hello').status == 401
    seen = told(stack.client(Authorization='Bearer ' + pat).get('/hello'))
    assert seen['x-auth-user-id'] == ['1'] and seen['x-auth-email'] == [stack.server.owner_email]


def test_a_worker_that_may_not_read_the_page_asks_each_time(make_stack):
    """Slower, never wrong; and the log says so, once a worker."""
    stack = make_stack('nginx-module', workers=1, user='nobody nogroup')
    user = stack.server.new_user()
    pat = user.create_pat()
    assert {stack.ask(pat).status for _ in range(5)} == {200}
    log = (stack.proxy.folder / 'error.log').read_text()
    assert log.count('decisions cannot be kept') == (1 if stack.proxy.changes_user else 0), log
    user.revoke(pat)
    assert stack.ask(pat).status == 401
