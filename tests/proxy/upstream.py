"""An HTTP API that says what it was sent: what stands behind the proxies."""
import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEBSOCKET = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'  # RFC 6455 1.3


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def answer(self):
        self.server.seen.append(self.path)
        if self.headers.get('Upgrade', '').lower() == 'websocket':
            return self.upgrade()
        digest = hashlib.sha256()
        length = sum(map(lambda piece: digest.update(piece) or len(piece), self.pieces()))
        body = json.dumps({'method': self.command, 'path': self.path, 'headers': self.headers.items(),
                           'body_bytes': length, 'body_sha256': digest.hexdigest()}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def pieces(self):
        if self.headers.get('Transfer-Encoding', '').lower() == 'chunked':
            while True:
                size = int(self.rfile.readline().split(b';')[0], 16)
                piece = self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return
                yield piece
        left = int(self.headers.get('Content-Length') or 0)
        while left:
            piece = self.rfile.read(min(left, 65536))
            if not piece:
                return
            left -= len(piece)
            yield piece

    def upgrade(self):
        """A WebSocket as far as a proxy sees: after the 101, bytes go both ways. Here they come back."""
        key = self.headers['Sec-WebSocket-Key'].encode()
        self.send_response(101)
        self.send_header('Upgrade', 'websocket')
        self.send_header('Connection', 'Upgrade')
        self.send_header('Sec-WebSocket-Accept', base64.b64encode(hashlib.sha1(key + WEBSOCKET).digest()).decode())
        self.send_header('X-Seen-User', self.headers.get('X-Auth-User-Id', ''))
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        while True:
            data = self.connection.recv(4096)
            if not data:
                return
            self.connection.sendall(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer

    def log_message(self, *words):
        pass


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A proxy that goes away cuts its connections: nothing to report."""


class Upstream:
    """`seen` holds the path of each request that got through."""

    def __init__(self):
        self.server = Listener(('127.0.0.1', 0), Handler)
        self.server.seen = self.seen = []
        self.address = '127.0.0.1:%d' % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
