"""The OpenAPI document of a server, and the conformance of its responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs


class Document:
    """Validates responses, and records the operations and events it has seen."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.seen: set[str] = set()
        self.events: set[str] = set()

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Path, method and description of each operation."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def unseen(self) -> set[str]:
        """The operations without a validated response."""
        return {operation["operationId"] for _, _, operation in self.operations()} - self.seen

    def judge(self, method: str, path: str, status: int, content_type: str, body: bytes) -> None:
        """Fails if the response does not conform to the document."""
        operation = self._operation(method.lower(), path)
        name = f"{method} {path} → {status} {content_type}"
        promised = operation["responses"].get(str(status))
        assert promised is not None, f"{name}: the status is not in the document"
        self.seen.add(operation["operationId"])
        media_type = content_type.partition(";")[0]
        if not media_type:
            assert not body and "content" not in promised, name
            return
        assert media_type in promised.get("content", {}), f"{name}: no such content in the document"
        if media_type == "application/json" or media_type.endswith("+json"):
            self.check(promised["content"][media_type]["schema"], json.loads(body), name)

    def check(self, schema: dict[str, Any], value: Any, name: str) -> None:
        """Fails if a value does not conform to a schema of the document."""
        whole = schema | {"components": self.document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        mistakes = [f"{error.instance_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
        assert not mistakes, f"{name}: {mistakes[:5]}"
        if isinstance(value, dict) and schema == {"$ref": "#/components/schemas/EventsPage"}:
            self.events |= {event["type"] for event in value["events"]}

    def kinds(self) -> set[str]:
        """The types of events that the document names."""
        return set(self.document["components"]["schemas"]["DebateEvent"]["discriminator"]["mapping"])

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        steps = path.split("/")
        found = []
        for template, own, operation in self.operations():
            pairs = list(zip(template.split("/"), steps, strict=False))
            fits = template.count("/") == path.count("/") and all(t == s or t.startswith("{") for t, s in pairs)
            if own == method and fits:
                found.append((template.count("{"), template, operation))
        assert found, f"{method} {path} is not in the document"
        return min(found, key=lambda one: one[:2])[2]
