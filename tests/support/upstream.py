"""An upstream that answers `whoami` as Label Studio does, for what the real one cannot be made to do:
be slow, be dead, forget a user in the middle. tests/proxy/ has the real one."""
import http.server
import json
import threading
import time


class Upstream:
    """`sessions` maps a cookie's value to a user's id, `users` an id to what whoami says of it."""

    def __init__(self):
        self.users, self.sessions, self.delay, self.asked = {}, {}, 0, 0
        handler = type('Handler', (_Handler,), {'upstream': self})
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self.server.daemon_threads = True
        self.url = 'http://127.0.0.1:%d' % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, user_id, email, organization=1, owner='owner@example.com', active=True):
        self.users[user_id] = {
            'id': user_id, 'email': email, 'username': email.split('@')[0], 'first_name': '', 'last_name': '',
            'active_organization': organization, 'active_organization_meta': {'title': 'Team', 'email': owner},
            'is_active': active}
        self.sessions['session-of-%d' % user_id] = user_id
        return 'session-of-%d' % user_id

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    upstream = None

    def do_GET(self):
        up = self.upstream
        up.asked += 1
        time.sleep(up.delay)
        user = up.users.get(self._caller())
        status, body = (200, user) if user and user['is_active'] else (401, {'detail': 'no'})
        data = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header('Content-Type', 'application/json')
            self.send_header('Content-Length', str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # the caller had enough of waiting

    def _caller(self):
        cookie = self.headers.get('Cookie', '')
        if cookie.startswith('sessionid='):
            return self.upstream.sessions.get(cookie.partition('=')[2])
        from support import jwt
        scheme, _, token = self.headers.get('Authorization', '').partition(' ')
        return int(jwt.claims(token)['user_id']) if scheme == 'Bearer' else None

    def log_message(self, *_):
        pass
