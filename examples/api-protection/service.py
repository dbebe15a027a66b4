# A service that knows nothing of TLS: it believes the header, which only the gateway can set.
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        place = "" if self.path == "/" else f", this is {self.path}"
        body = f"Hello {self.headers['X-Client-User']}{place}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", 8080), Service).serve_forever()
