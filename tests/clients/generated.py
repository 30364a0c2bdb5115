"""Clients generated from the OpenAPI document, and the examples in it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from document import Document
from server import MODEL, Server

PLACE = pathlib.Path(__file__).resolve().parent
# The model in the README and in the example of a chat.
KNOWN = "llama3.2:3b"
# Without it, the routes of shares answer 404.
SHARING = {"shares": True}


def checks():
    yield "a new server accepts every example of the document", examples
    yield "openapi-python-client: its client passes mypy and calls every route", python_client
    yield "openapi-typescript: its types pass tsc and a client calls every route", typescript_client


def examples(fixture):
    with Server(fixture, settings=SHARING, models=KNOWN) as server:
        document = Document(server.ask("GET", "/openapi.json").json)
        tried = 0
        for path, method, operation in document.operations():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                place = path.format_map(Parameters(operation, server))
                answer = server.ask(method.upper(), place, media["example"])
                assert answer.status < 300, f"{method} {place} {media['example']}: {answer}"
                tried += 1
            if method == "get":
                place = path.format_map(Parameters(operation, server))
                answer = server.ask("GET", place)
                assert answer.status == 200, f"{place}: {answer}"
        assert tried > 5, tried


class Parameters(dict):
    """The parameters of a path: examples, and ids from earlier responses."""

    def __init__(self, operation, server):
        given = (p for p in operation.get("parameters", []) if p["in"] == "path")
        super().__init__({p["name"]: p["example"] for p in given if "example" in p})
        self.operation, self.server = operation["operationId"], server

    def __missing__(self, name):
        if name == "task_id":
            task = {"operation": "chat", "parameters": {"text": "Hello"}}
            return self.server.ask("POST", "/agents/critic/execute", task).json["task_id"]
        debate_id = self.get("debate_id") or self.server.initialize()
        if name == "token":
            return self.server.ask("POST", f"/api/v1/debates/{debate_id}/shares").json["token"]
        if "vote" in self.operation:
            self.server.control(debate_id, "start")
        return debate_id


def run(*command, cwd, **environment):
    """The output of a command, which must succeed."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=os.environ | environment, timeout=300,
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-6_000:]}{done.stderr[-3_000:]}"
    return done.stdout


def saved(server, folder):
    """The document as a file."""
    document = folder / "openapi.json"
    document.write_bytes(server.ask("GET", "/openapi.json").body)
    return document


def python_client(fixture):
    driver = PLACE / "python_client"
    # Statements are slow enough for a vote to be called during one.
    with Server(fixture, settings=SHARING, tokens=60, itl_ms=10) as server:
        made = fixture.folder / "made"
        made.mkdir()
        shutil.copy(driver / "drive.py", made)
        shutil.copy(PLACE / "document.py", made)
        run(
            sys.executable, "-m", "openapi_python_client", "generate", "--path", saved(server, fixture.folder),
            "--config", driver / "generator.yaml", "--meta", "none", "--output-path", made / "synod_client",
            "--fail-on-warning", cwd=made,
        )
        run(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "synod_client", "drive.py", cwd=made)
        print(run(sys.executable, "drive.py", server.url, MODEL, cwd=made).strip())


def typescript_client(fixture):
    driver = PLACE / "typescript_client"
    modules = pathlib.Path(run(driver / "modules", cwd=driver).strip())
    with Server(fixture, settings=SHARING) as server:
        made = fixture.folder / "made"
        made.mkdir()
        for name in ("drive.ts", "tsconfig.json", "package.json"):
            shutil.copy(driver / name, made)
        (made / "node_modules").symlink_to(modules)
        generate = modules / ".bin" / "openapi-typescript"
        run(generate, saved(server, fixture.folder), "--output", "api.d.ts", cwd=made)
        run(modules / ".bin" / "tsc", "--project", ".", cwd=made)
        asked = json.loads(run("node", "drive.js", server.url, MODEL, cwd=made))
        document = Document(server.ask("GET", "/openapi.json").json)
        for method, path, status, content_type, body in asked:
            document.judge(method, path, status, content_type, body.encode())
        assert not document.unseen(), f"not asked: {document.unseen()}"
