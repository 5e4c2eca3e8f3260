"""One caller of the HTTP API: a browser with cookies, or a program with a token."""
import json as json_module
import re

import requests


class Answer:
    """What came back. `json` is None when the body is not JSON."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.text
        self.cookies = response.cookies
        self.set_cookies = response.raw.headers.getlist('Set-Cookie')
        try:
            self.json = response.json()
        except ValueError:
            self.json = None

    @property
    def detail(self):
        return self.json.get('detail') if isinstance(self.json, dict) else None

    def __repr__(self):  # what a failed assertion prints
        return 'Answer(%s, %s)' % (self.status, self.text[:300])


class Client:
    """
    Cookies are kept, redirects are not followed. A request that changes something and travels
    with a session carries X-CSRFToken, as a well-behaved page does; `csrf=False` leaves it out.
    """

    def __init__(self, base_url, headers=None):
        self.base_url = base_url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({'Accept': '*/*', **(headers or {})})
        self.email = self.password = None

    # -- requests ------------------------------------------------------------------------------

    def request(self, method, path, json=None, form=None, body=None, headers=None, csrf=True):
        headers = dict(headers or {})
        if json is not None:
            body = json_module.dumps(json)
            headers.setdefault('Content-Type', 'application/json')
        token = self.http.cookies.get('csrftoken')
        if csrf and token and method not in ('GET', 'HEAD', 'OPTIONS'):
            headers.setdefault('X-CSRFToken', token)
        response = self.http.request(method, self.base_url + path, data=form if form is not None else body,
                                     headers=headers, allow_redirects=False, timeout=60)
        return Answer(response)

    def get(self, path, **more):
        return self.request('GET', path, **more)

    def post(self, path, **more):
        return self.request('POST', path, **more)

    def patch(self, path, **more):
        return self.request('PATCH', path, **more)

    def delete(self, path, **more):
        return self.request('DELETE', path, **more)

    # -- pages ---------------------------------------------------------------------------------

    def csrf_field(self, path):
        """Opens a page with a form and gives the token that the form holds."""
        page = self.get(path)
        assert page.status == 200, page
        return re.search(r'name="csrfmiddlewaretoken"[^>]*value="([^"]+)"', page.text).group(1)

    def try_sign_in(self, email, password, **more):
        form = {'email': email, 'password': password, 'csrfmiddlewaretoken': self.csrf_field('/user/login/')}
        return self.post('/user/login/', form=form, **more)

    def sign_in(self, email, password):
        answer = self.try_sign_in(email, password)
        assert answer.status == 302, answer
        self.email, self.password = email, password
        return self

    def sign_up(self, invitation, email, password):
        path = '/user/signup/?token=' + invitation
        form = {'email': email, 'password': password, 'allow_newsletters': 'false',
                'csrfmiddlewaretoken': self.csrf_field(path)}
        answer = self.post(path, form=form)
        assert answer.status == 302, answer
        self.email, self.password = email, password
        return self

    def sign_out(self):
        return self.get('/logout')

    # -- the API -------------------------------------------------------------------------------

    def whoami(self):
        return self.get('/api/current-user/whoami')

    @property
    def id(self):
        return self.whoami().json['id']

    def create_pat(self):
        answer = self.post('/api/token/')
        assert answer.status == 201, answer
        return answer.json['token']

    def list_pats(self):
        answer = self.get('/api/token/')
        assert answer.status == 200, answer
        return [item['token'] for item in answer.json]

    def revoke(self, pat):
        return self.post('/api/token/blacklist/', json={'refresh': pat})

    def rotate(self, pat):
        return self.post('/api/token/rotate/', json={'refresh': pat})

    def refresh(self, pat):
        return self.post('/api/token/refresh/', json={'refresh': pat})

    def access(self, pat):
        """A new access token."""
        answer = self.refresh(pat)
        assert answer.status == 200, answer
        return answer.json['access']

    def legacy_key(self):
        answer = self.get('/api/current-user/token')
        assert answer.status == 200, answer
        return answer.json['token']

    def settings(self, **changes):
        """Reads the token settings of the caller's organization, or changes some."""
        if not changes:
            return self.get('/api/jwt/settings')
        return self.post('/api/jwt/settings', json=changes)

    def invitation(self):
        answer = self.get('/api/invite')
        assert answer.status == 200, answer
        return answer.json['token']

    def create_token(self, name, **more):
        """A token by name, of our own API. Gives the whole answer."""
        return self.post('/api/v1/tokens', json={'name': name, 'kind': 'pat', **more})
