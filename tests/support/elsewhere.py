"""Another web site, for a browser that goes astray."""
import http.server
import threading


class Elsewhere:
    """Another site. `pages` maps a path to HTML; evil.example is this machine for the browser of the tests."""

    def __init__(self):
        self.pages = pages = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = ('<!DOCTYPE html><meta charset=utf-8><link rel=icon href="data:,">' + pages.get(self.path, '')).encode()
                self.send_response(200)
                self.send_header('Content-Type', 'text/html')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        port = self.server.server_address[1]
        self.other_site, self.other_port = 'http://evil.example:%d' % port, 'http://127.0.0.1:%d' % port

    def close(self):
        self.server.shutdown()
        self.server.server_close()
