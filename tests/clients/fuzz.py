"""Schemathesis with the OpenAPI document of the server."""

import json
import os
import pathlib
import subprocess
import sys

from server import Server

SECONDS = 150


def checks():
    yield "the OpenAPI document is valid and names every route", document
    yield "Schemathesis finds no response that violates the document", schemathesis


def document(fixture):
    with Server(fixture) as server:
        answer = server.ask("GET", "/openapi.json")
        assert answer.status == 200 and answer.json["openapi"].startswith("3.1"), answer
        paths = answer.json["paths"]
        for path in ("/agents", "/debate/initialize", "/debates/{debate_id}", "/api/v1/debates"):
            assert path in paths, f"{path} is not described"
        operations = [op for methods in paths.values() for op in methods.values()]
        ids = [op["operationId"] for op in operations]
        assert len(ids) == len(set(ids)), "an operation id occurs twice"


def schemathesis(fixture):
    place = pathlib.Path(__file__).resolve().parent
    # coercions.py replaces these two checks.
    instead = "negative_data_rejection,positive_data_acceptance"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", place / "schemathesis.toml"]
    command += ["run", "--max-time", SECONDS, "--checks", "all", "--exclude-checks", instead]
    environment = os.environ | {"PYTHONPATH": str(place), "NO_COLOR": "1", "COLUMNS": "120"}
    with Server(fixture) as server:
        server.hold()
        command.append(f"{server.url}/openapi.json")
        run = subprocess.run(
            [*map(str, command)], cwd=fixture.folder, env=environment, capture_output=True, text=True, check=False,
            timeout=3 * SECONDS,
        )
        assert server.answers(), server.log()
        assert server.host.answers(), "the fake host has gone"
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
    print(*(line for line in run.stdout.splitlines() if "generated" in line), sep="\n")
