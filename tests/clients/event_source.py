"""An EventSource by the HTML standard, whose connection can be cut."""

import http.client
import json
import time


class Event:
    """A dispatched event."""

    def __init__(self, kind, data, id_):
        self.type, self.data, self.id = kind, data, id_

    @property
    def json(self):
        return json.loads(self.data)


class EventSource:
    """Reads one stream at a time and keeps `last_id` between connections, as a browser does."""

    def __init__(self, port, path, headers=None, seconds=60):
        self.port, self.path, self.headers, self.seconds = port, path, headers or {}, seconds
        self.last_id, self.retry, self.connections = "", None, 0
        self.comments = []  # when each came

    def connect(self):
        """The response of a new connection, before its body is read."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"} | self.headers
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)
        self.connection.request("GET", self.path, headers=headers)
        self.response = self.connection.getresponse()
        self.connections += 1
        return self.response

    def lose(self):
        """Cuts the connection."""
        self.connection.close()
        self.response.close()

    def events(self, most_bytes=None):
        """The events of this connection until its end, or until a number of bytes was read."""
        kind, data, read, last_id = "", [], 0, self.last_id
        for line in self.lines():
            read += len(line) + 1
            if most_bytes is not None and read > most_bytes:
                return  # an incomplete event is not dispatched
            if line == "":
                self.last_id = last_id
                if data:
                    yield Event(kind or "message", "\n".join(data), self.last_id)
                kind, data = "", []
                continue
            if line.startswith(":"):
                self.comments.append(time.monotonic())
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                kind = value
            elif field == "data":
                data.append(value)
            elif field == "id" and "\0" not in value:
                last_id = value
            elif field == "retry" and value.isdigit():
                self.retry = int(value)

    def lines(self):
        left = b""
        while block := self.response.read1(65_536):
            *whole, left = (left + block).split(b"\n")
            for line in whole:
                yield line.decode().removesuffix("\r")
