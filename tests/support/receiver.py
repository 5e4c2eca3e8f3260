"""Somebody who is told by webhooks: an HTTP server that answers as it is told and keeps what came."""
import http.server
import socketserver
import threading
import time


class Received:
    def __init__(self, headers, body):
        self.headers, self.body = {name.lower(): value for name, value in headers.items()}, body


class Receiver:
    """`answers` are the statuses of the next requests, then 200; a callable decides for each."""

    def __init__(self, host='127.0.0.1'):
        self.came, self.answers, self.pause, self.location = [], [], 0, None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                time.sleep(outer.pause)
                status = outer.answers.pop(0) if outer.answers else 200
                outer.came.append(Received(self.headers, body))
                self.send_response(status)
                if outer.location:
                    self.send_header('Location', outer.location)
                self.send_header('Content-Length', '0')
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *args):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self.server = Server((host, 0), Handler)
        self.url = 'http://%s:%d/hook' % (host, self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def wait(self, count, seconds=15):
        """What came, once it is so many."""
        end = time.monotonic() + seconds
        while len(self.came) < count and time.monotonic() < end:
            time.sleep(0.02)
        assert len(self.came) >= count, 'only %d of %d came' % (len(self.came), count)
        return self.came

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)
