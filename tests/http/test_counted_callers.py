"""Whom tries are counted for: whoever has an IPv6 network has more addresses than can be counted."""


def ask(server, address):
    return server.client().post('/oauth/device_authorization', form={'client_id': 'tv'},
                                headers={'X-Forwarded-For': address}).status


def test_a_network_is_one_caller(make_server):
    server = make_server('--trusted-proxies', '127.0.0.0/8')
    answers = [ask(server, '2001:db8:1:2::%x' % n) for n in range(1, 102)]
    assert answers == [200] * 100 + [429]
    assert ask(server, '2001:db8:1:2:ffff::1') == 429
    assert ask(server, '2001:db8:1:3::1') == 200 and ask(server, '192.0.2.1') == 200
