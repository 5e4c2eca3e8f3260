"""A proxy with the daemon that it asks and the upstream behind it, as a test drives them."""
import http.client
import urllib.parse

from support.client import Client
from support.server import Server


class SteadyServer(Server):
    """A daemon that comes back at the address where it was: proxies are not told of a new one."""

    port = None

    def command(self, port):
        self.port = self.port or port
        self.base_url = 'http://127.0.0.1:%d' % self.port
        return super().command(self.port)


class Stack:
    """A proxy in front of an upstream, and the daemon that it asks."""

    def __init__(self, kind, server, upstream, proxy):
        self.kind, self.server, self.upstream, self.proxy = kind, server, upstream, proxy
        self.base_url = proxy.base_url

    def client(self, **headers):
        return Client(self.base_url, {name.replace('_', '-'): value for name, value in headers.items()})

    def ask(self, token, path='/hello'):
        """A request on a connection of its own, so that any of nginx's workers may get it."""
        client = self.client(Authorization='Bearer ' + token)
        answer = client.get(path, headers={'Connection': 'close'})
        client.http.close()
        return answer

    def raw(self, head):
        """Sends bytes as they are; gives the status."""
        address = urllib.parse.urlsplit(self.base_url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        connection.connect()
        connection.sock.sendall(head)
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        answer.read()
        connection.close()
        return answer.status


def told(answer):
    """The upstream's view: {name: [values]}, names in lower case."""
    assert answer.status == 200, answer
    headers = {}
    for name, value in answer.json['headers']:
        headers.setdefault(name.lower(), []).append(value)
    return headers
