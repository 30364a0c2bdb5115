"""The permitted differences from FastAPI; docs/fastapi-differences.md gives the reasons."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from bodies import JSON, UNKNOWN_ID, Case


@dataclass(frozen=True)
class Difference:
    """A difference: its heading on the page, a predicate over two responses, and an example."""

    name: str
    explains: Callable
    example: Case


# Types of errors that the design's models cannot report.
BEYOND = {"too_short", "too_long", "string_too_short", "string_too_long", "value_error", "extra_forbidden"}


def is_beyond(problem):
    place = problem["loc"]
    return (
        problem["type"] in BEYOND
        or place[:2] == ["body", "debate_rules"] and len(place) > 2
        or place[:2] == ["body", "selected_agents"] and problem["type"] == "string_pattern_mismatch"
        or place == ["query", "status"]
        or place == ["body", "policy"]
    )


def stricter(case, ours, theirs):
    if ours[0] != 422 or not any(map(is_beyond, ours[1])):
        return False
    rest = [problem for problem in ours[1] if not is_beyond(problem)]
    return as_doubles(rest) == as_doubles(theirs[1] or [])


def numbers_as_doubles(case, ours, theirs):
    return ours[0] == theirs[0] == 422 and as_doubles(ours[1]) == as_doubles(theirs[1])


def as_doubles(problems):
    """JSON text with integers beyond 64 bits as doubles, and without the sign of zero."""

    def double(value):
        if isinstance(value, dict):
            return {name: double(each) for name, each in value.items()}
        if isinstance(value, list):
            return list(map(double, value))
        if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
            return float(value)
        return 0 if isinstance(value, float) and value == 0 else value

    return json.dumps(double(problems), sort_keys=True)


def unquotable_value(case, ours, theirs):
    return theirs[0] == 500 and ours[0] == 422


def position_of_an_error(case, ours, theirs):
    one_each = ours[0] == theirs[0] == 422 and len(ours[1]) == len(theirs[1]) == 1
    return one_each and ours[1][0]["type"] == theirs[1][0]["type"] == "json_invalid"


def strict_json(case, ours, theirs):
    """Bodies that Python accepts as JSON, but RFC 8259 does not."""
    return ours[0] == 422 and kinds(ours) == ["json_invalid"] and not is_json(case.body)


def beyond_limits(case, ours, theirs):
    """Bodies with more levels or values than Synod accepts."""
    error = ours[1][0].get("ctx", {}).get("error", "") if ours[0] == 422 and kinds(ours) == ["json_invalid"] else ""
    return error.startswith("nested more than") or error.startswith("more than")


def long_refusals(case, ours, theirs):
    if ours[0] != 422 or theirs[0] != 422:
        return False
    pairs = list(zip(ours[1], theirs[1], strict=False))
    more = kinds(ours)[-1] == "too_many_errors"
    types = [(our["type"], their["type"]) for our, their in pairs if our["type"] != "too_many_errors"]
    quoted = any("…" in json.dumps(our["input"], ensure_ascii=False) for our, _ in pairs)
    return (more or quoted) and all(our == their for our, their in types)


def large_floats(case, ours, theirs):
    if not ours[0] == theirs[0] == 422 or "int_parsing_size" not in kinds(theirs) or len(ours[1]) != len(theirs[1]):
        return False

    def explained(our, their):
        is_size = their["type"] == "int_parsing_size"
        is_limit = our["type"] in ("less_than_equal", "greater_than_equal")
        return our["loc"] == their["loc"] if is_size and is_limit else as_doubles(our) == as_doubles(their)

    return all(map(explained, ours[1], theirs[1]))


def no_upgrade(case, ours, theirs):
    return case.path.startswith("/ws/") and (ours[0], theirs[0]) == (400, 404)


def invalid_utf8(case, ours, theirs):
    return theirs[0] == 400 and ours[0] == 422 and kinds(ours) == ["json_invalid"]


def kinds(answered):
    return [problem["type"] for problem in answered[1] or []]


def is_json(body):
    """Whether a body is JSON by RFC 8259: without NaN, numbers beyond a double and halves of surrogate pairs."""

    def no_number(word):
        raise ValueError(word)

    def finite(word):
        if abs(value := float(word)) == float("inf"):
            raise ValueError(word)
        return value

    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=no_number, parse_float=finite)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def initialize(body):
    return Case("initialize", "/debate/initialize", body, JSON)


DIFFERENCES = [
    Difference(
        "Stricter rules", stricter,
        initialize(b'{"debate_topic": "x", "problem_statement": "", "selected_agents": ["critic"]}'),
    ),
    Difference(
        "Values that FastAPI cannot quote", unquotable_value,
        initialize(b'{"debate_topic": "x", "problem_statement": "", "max_rounds": NaN, "selected_agents": []}'),
    ),
    Difference(
        "Strict JSON", strict_json,
        Case("control", f"/debate/{UNKNOWN_ID}/control", b'{"action": "start", "x": NaN}', JSON),
    ),
    Difference(
        "Nesting and number of values", beyond_limits,
        Case("control", f"/debate/{UNKNOWN_ID}/control", b'{"action": "start", "x": %s%s}' % (b"[" * 65, b"]" * 65), JSON),
    ),
    Difference(
        "Long refusals", long_refusals,
        Case("control", f"/debate/{UNKNOWN_ID}/control", b'{"action": "%s"}' % (b"x" * 9000), JSON),
    ),
    Difference("Invalid UTF-8", invalid_utf8, initialize(b'{"debate_topic": "\xff"}')),
    Difference(
        "Quoted numbers", numbers_as_doubles,
        Case("control", f"/debate/{UNKNOWN_ID}/control", b'{"action": 18446744073709551616}', JSON),
    ),
    Difference(
        "Large numbers with a point or an exponent", large_floats,
        initialize(b'{"debate_topic": "x", "problem_statement": "", "max_rounds": 1e19, "selected_agents": ["a", "b"]}'),
    ),
    Difference(
        "WebSocket routes without an upgrade", no_upgrade,
        Case("sockets", "/ws/agent-updates", method="GET"),
    ),
    Difference("Position of JSON errors", position_of_an_error, initialize(b'{"debate_topic": tru}')),
]
