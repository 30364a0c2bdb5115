"""Clients that generators make of the document, and what becomes of its examples."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from document import Document
from house import MODEL, House

PLACE = pathlib.Path(__file__).resolve().parent
# The model that the README names, and the example of a chat.
KNOWN = "llama3.2:3b"


def checks():
    yield "every example of the document is taken by a fresh server", examples
    yield "openapi-python-client: its client passes mypy and drives every route", python_client
    yield "openapi-typescript: its types pass tsc and a client drives every route", typescript_client


def examples(stage):
    with House(stage, models=KNOWN) as house:
        document = Document(house.ask("GET", "/openapi.json").json)
        tried = 0
        for path, method, operation in document.operations():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                place = path.format_map(Parameters(operation, house))
                answer = house.ask(method.upper(), place, media["example"])
                assert answer.status < 300, f"{method} {place} {media['example']}: {answer}"
                tried += 1
            if method == "get":
                place = path.format_map(Parameters(operation, house))
                answer = house.ask("GET", place)
                assert answer.status == 200, f"{place}: {answer}"
        assert tried > 5, tried


class Parameters(dict):
    """The parameters of a path: their examples, and what a client would have of an earlier answer."""

    def __init__(self, operation, house):
        given = (p for p in operation.get("parameters", []) if p["in"] == "path")
        super().__init__({p["name"]: p["example"] for p in given if "example" in p})
        self.operation, self.house = operation["operationId"], house

    def __missing__(self, name):
        if name == "task_id":
            task = {"operation": "chat", "parameters": {"text": "Hello"}}
            return self.house.ask("POST", "/agents/critic/execute", task).json["task_id"]
        debate_id = self.house.initialize()
        if "vote" in self.operation:
            self.house.control(debate_id, "start")
        return debate_id


def run(*command, cwd, **environment):
    """What a command says, which must be well."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=os.environ | environment, timeout=300,
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-6_000:]}{done.stderr[-3_000:]}"
    return done.stdout


def saved(house, folder):
    """The document as a file."""
    document = folder / "openapi.json"
    document.write_bytes(house.ask("GET", "/openapi.json").body)
    return document


def python_client(stage):
    driver = PLACE / "python_client"
    # A statement takes long enough for a vote to be called while it is made.
    with House(stage, tokens=60, itl_ms=10) as house:
        made = stage.folder / "made"
        made.mkdir()
        shutil.copy(driver / "drive.py", made)
        shutil.copy(PLACE / "document.py", made)
        run(
            sys.executable, "-m", "openapi_python_client", "generate", "--path", saved(house, stage.folder),
            "--config", driver / "generator.yaml", "--meta", "none", "--output-path", made / "synod_client",
            "--fail-on-warning", cwd=made,
        )
        run(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "synod_client", "drive.py", cwd=made)
        print(run(sys.executable, "drive.py", house.url, MODEL, cwd=made).strip())


def typescript_client(stage):
    driver = PLACE / "typescript_client"
    modules = pathlib.Path(run(driver / "modules", cwd=driver).strip())
    with House(stage) as house:
        made = stage.folder / "made"
        made.mkdir()
        for name in ("drive.ts", "tsconfig.json", "package.json"):
            shutil.copy(driver / name, made)
        (made / "node_modules").symlink_to(modules)
        generate = modules / ".bin" / "openapi-typescript"
        run(generate, saved(house, stage.folder), "--output", "api.d.ts", cwd=made)
        run(modules / ".bin" / "tsc", "--project", ".", cwd=made)
        asked = json.loads(run("node", "drive.js", house.url, MODEL, cwd=made))
        document = Document(house.ask("GET", "/openapi.json").json)
        for method, path, status, content_type, body in asked:
            document.judge(method, path, status, content_type, body.encode())
        assert not document.unseen(), f"not asked: {document.unseen()}"
