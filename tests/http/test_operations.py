"""Health, version and metrics."""
import re


def test_health_and_readiness(server):
    assert server.client().get('/healthz').text == 'ok\n'
    assert server.client().get('/readyz').text == 'ready\n'
    assert server.client().get('/api/v1/version').json['name'] == 'latchkey'


def value(text, name, **labels):
    for line in text.splitlines():
        if line.startswith(name) and all('%s="%s"' % pair in line for pair in labels.items()):
            return float(line.rpartition(' ')[2])
    return 0.0


def metrics(server, **more):
    return server.client().get('/metrics', **more)


def test_requests_are_counted_by_route_and_status(server):
    before = value(metrics(server).text, 'latchkey_requests_total', route='/api/token/?', status='401')
    for _ in range(3):
        assert server.client().get('/api/token/').status == 401
    assert value(metrics(server).text, 'latchkey_requests_total', route='/api/token/?', status='401') == before + 3


def test_a_hit_in_memory_is_counted(server):
    bearer = server.bearer(server.access(server.new_user().create_pat()))
    bearer.whoami()
    before = value(metrics(server).text, 'latchkey_cache_hits_total', cache='decisions')
    bearer.whoami()
    assert value(metrics(server).text, 'latchkey_cache_hits_total', cache='decisions') > before


def test_metrics_are_well_formed_and_name_nobody(server):
    pat = server.new_user('visible').create_pat()
    server.refresh(pat)
    answer = metrics(server)
    assert answer.headers['Content-Type'].startswith('text/plain; version=0.0.4')
    for line in answer.text.splitlines():
        assert line.startswith('# ') or re.fullmatch(r'[a-z_]+(\{[^}]*\}|\{.*\}) [0-9.e+-]+|[a-z_]+ [0-9.e+-]+', line), line
    assert 'visible' not in answer.text and pat not in answer.text


def test_metrics_are_for_this_machine_only(server):
    assert metrics(server, headers={'X-Forwarded-For': '203.0.113.7'}).status == 403
