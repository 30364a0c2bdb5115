"""One request and its response on a new connection."""

import http.client
import json
import urllib.parse


class Answer:
    """A response: status, headers and body."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:600].decode(errors='replace')}"


def ask(port, method, path, body=None, headers=None, seconds=60):
    """Sends a request; a body that is neither text nor bytes is sent as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        sent = {name: value for name, value in headers.items() if value is not None}
        connection.request(method, path, body, sent)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def query(path, **parameters):
    """A path with query parameters."""
    return f"{path}?{urllib.parse.urlencode(parameters)}" if parameters else path
