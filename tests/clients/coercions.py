"""Schemathesis hooks: its two acceptance checks, with rules that JSON Schema cannot express.

A body that violates its schema must be refused, unless Pydantic accepts it too (`"7"` for a number).
A body that conforms to its schema must be accepted, unless it violates a rule across fields.
"""

import schemathesis
from pydantic import TypeAdapter, ValidationError
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from reference_app import app


class NewDebateRequest(app.DebateConfigurationRequest, extra="forbid"):
    """The model of the design, without unknown keys."""


BODIES = {
    ("POST", "/agents/{agent_id}/execute"): app.TaskRequest,
    ("POST", "/ollama/chat"): app.OllamaChatRequest,
    ("POST", "/debate/initialize"): app.DebateConfigurationRequest,
    ("POST", "/debate/{debate_id}/control"): app.DebateControlRequest,
    ("POST", "/api/v1/debates"): NewDebateRequest,
}
NUMBERS = ("limit", "after")
OTHER = {"type": "another refusal", "loc": []}


@schemathesis.check
def refuses_what_is_wrong(ctx, response, case):
    try:
        negative_data_rejection(ctx, response, case)
    except AssertionError:
        if not pydantic_takes(case):
            raise


@schemathesis.check
def takes_what_is_right(ctx, response, case):
    try:
        positive_data_acceptance(ctx, response, case)
    except AssertionError:
        if not all(map(joins_fields, refusals(response))):
            raise


def joins_fields(problem):
    """Whether an error violates a rule across fields. Valid operations depend on the agent, and valid
    parameters of a task on the operation."""
    field = problem["loc"][:2]
    of_agent = problem["type"] == "literal_error" and field == ["body", "operation"]
    return problem["type"] == "value_error" or field == ["body", "parameters"] or of_agent


def pydantic_takes(case):
    operation = (case.method.upper(), case.operation.path)
    if model := BODIES.get(operation):
        return accepts(model, case.body)
    numbers = [case.query[name] for name in NUMBERS if name in (case.query or {})]
    return bool(numbers) and all(accepts(int, number) for number in numbers)


def accepts(kind, value):
    try:
        TypeAdapter(kind).validate_python(value)
    except (ValidationError, TypeError):
        return False
    return True


def refusals(response):
    body = response.json()
    problems = body.get("errors", body.get("detail"))
    return problems if response.status_code == 422 and isinstance(problems, list) else [OTHER]
