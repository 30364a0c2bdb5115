"""Hypothesis strategies for requests: valid ones, edge cases, and invalid ones."""

import json
from dataclasses import dataclass

from hypothesis import strategies as st

AGENTS = ["analyst", "critic", "pragmatist", "visionary", "skeptic"]
JSON = "application/json"


@dataclass(frozen=True)
class Case:
    """A request to both servers."""

    route: str
    path: str
    body: bytes | None = None
    content_type: str | None = None
    method: str = "POST"

    def __str__(self):
        body = "" if self.body is None else " " + repr(self.body[:300])
        content = "" if self.content_type in (JSON, None) else f" ({self.content_type})"
        return f"{self.method} {self.path}{body}{content}"


class Raw(str):
    """A number as text, because JSON has forms that Python does not write."""


# Numbers in every form, valid or not.
NUMBERS = st.sampled_from(
    [0, 1, 5, 7, 10, 20, 21, 60, 300, 301, 3600, 3601, 8192, 8193, -1, -0.0, 0.5, 1.0, 2.0, 2.1, 7.0]
    + [7.5, 0.1 + 0.2, 1e-9, 20.000000001, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), -(2**64)]
    + [Raw("1e1"), Raw("1E1"), Raw("10e-1"), Raw("1e300"), Raw("-0"), Raw("5.0"), Raw("0.00"), Raw("1" + "0" * 30)]
)
WORDS = st.sampled_from(
    ["7", " 7 ", "7\n", "+7", "-7", "07", "7.0", "7.", ".5", "7.5", "1e1", "1_0", "_7", "7_", "0x7", "٧", "７"]
    + ["0.5", " 0.5 ", "nan", "NaN", "inf", "-inf", "Infinity", "1e400", "true", "null", "", " ", "seven"]
    + ["10" * 30, "1" + "0" * 20, "0" * 50 + "7", "- 7", "−7", "5e-1", "1__0", "0.5_0", "18446744073709551616"]
)
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12),
    st.sampled_from(["Ärger", "日本", "\\", '"', "\u2028", "🦀", "e\u0301", "a" * 300]),
)
OTHER = st.sampled_from([None, True, False, [], {}, [1], {"a": 1}, "text", 3, 3.5, [None], [[]]])
ANYTHING = st.one_of(NUMBERS, WORDS, TEXT, OTHER)


def chosen(*words):
    """A word of a closed set, or a similar word."""
    near = [w.upper() for w in words] + [w + " " for w in words] + [w + "\n" for w in words] + ["", "x" + words[0]]
    return st.one_of(st.sampled_from(words), st.sampled_from(near), ANYTHING)


def usually(good, bad=ANYTHING):
    """Mostly valid values, so that few bodies have many errors."""
    return st.integers(0, 10).flatmap(lambda n: good if n < 9 else bad)


NUMBER = st.one_of(NUMBERS, WORDS, OTHER)
OBJECT = st.dictionaries(st.sampled_from(["a", "b", "ä"]), OTHER, max_size=2)

INITIALIZE = {
    "debate_topic": usually(TEXT),
    "problem_statement": usually(TEXT),
    "debate_mode": chosen("structured", "freeform", "autonomous"),
    "max_rounds": usually(st.integers(0, 21), NUMBER),
    "max_iterations_per_round": usually(st.integers(1, 10), NUMBER),
    "consensus_threshold": usually(st.sampled_from([0, 0.5, 0.8, 1, 1.0]), NUMBER),
    "time_limit_per_argument": usually(st.integers(9, 301), NUMBER),
    "selected_agents": usually(
        st.lists(st.sampled_from(AGENTS), min_size=2, max_size=4, unique=True),
        st.one_of(st.lists(ANYTHING, max_size=3), ANYTHING),
    ),
    "debate_rules": usually(st.just({}), st.one_of(OTHER, TEXT)),
}
CONTROL = {"action": chosen("start", "pause", "resume", "stop")}
EXECUTE = {
    "operation": usually(TEXT),
    "parameters": usually(OBJECT),
    "priority": chosen("low", "normal", "high", "urgent"),
    "timeout_seconds": usually(st.one_of(st.none(), st.integers(0, 3601)), NUMBER),
}
CHAT = {
    "model": usually(st.just("no-such-model")),
    "message": usually(TEXT),
    "agent_id": usually(st.sampled_from(["analyst", None])),
    "conversation_history": usually(
        st.one_of(st.none(), st.just([{"role": "user", "content": "hello"}])),
        st.one_of(st.lists(OTHER, max_size=3), ANYTHING),
    ),
    "temperature": usually(st.sampled_from([0, 0.7, 2, None]), NUMBER),
    "max_tokens": usually(st.sampled_from([1, 8192, 8193, None]), NUMBER),
}
REQUIRED = {"debate_topic", "problem_statement", "selected_agents", "action", "operation", "model", "message"}


def written(value):
    """A value as JSON, with `Raw` text unchanged."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


@st.composite
def objects(draw, fields):
    """An object of these fields in any order, with missing and additional ones."""
    left_out = st.integers(0, 9)
    body = {
        name: draw(values)
        for name, values in fields.items()
        if draw(left_out) < (9 if name in REQUIRED else 5)
    }
    if draw(st.integers(0, 9)) == 0:
        body["unknown_field"] = draw(OTHER)
    if draw(st.integers(0, 4)) == 0:
        body = dict(draw(st.permutations(list(body.items()))))
    return body


NO_OBJECTS = st.sampled_from(
    [None, True, False, 0, 1.5, "", "text", "{}", [], [1], [{}], Raw("1e999"), Raw("-"), Raw("NaN"), Raw("01")]
)
# Mutations that break a JSON text.
BROKEN = [
    lambda text: text[: len(text) // 2],
    lambda text: text[:-1],
    lambda text: text + "}",
    lambda text: text + " x",
    lambda text: text.replace('"', "'"),
    lambda text: text.replace(":", "", 1),
    lambda text: text.replace("}", ",}"),
    lambda text: "\ufeff" + text,
    lambda text: "\n\t " + text + " \r\n",
    lambda text: text.replace(": ", ": NaN, \"x\": ", 1),
    lambda text: text.replace(": ", ": Infinity, \"x\": ", 1),
    lambda text: text.replace(": ", ': "\\ud800", "x": ', 1),
    lambda text: text.replace(": ", ': "\\x", "x": ', 1),
    lambda text: text.replace(": ", ': "a\tb", "x": ', 1),
    lambda text: text.replace("{", '{"debate_topic": 1, "action": 2, "model": 3, "operation": 4, ', 1),
    lambda text: "",
    lambda text: " ",
]
CONTENT_TYPES = ["text/plain", None, "application/json; charset=utf-8", "application/merge-patch+json"]
CONTENT_TYPES += ["APPLICATION/JSON", "application/jsonx", "application/x-www-form-urlencoded", "nonsense"]


@st.composite
def requests(draw, route, path, fields):
    """A request to a route with a body of these fields."""
    kind = draw(st.integers(0, 19))
    value = draw(NO_OBJECTS) if kind == 0 else draw(objects(fields))
    text = written(value)
    if kind in (1, 2):
        text = draw(st.sampled_from(BROKEN))(text)
    body = text.encode()
    if kind == 3:
        body = body.replace(b": ", b': "\xff", "x": ', 1)
    content_type = draw(st.sampled_from(CONTENT_TYPES)) if kind == 4 else JSON
    return Case(route, path, body, content_type)


@st.composite
def queries(draw):
    """A request for a list of tasks."""
    raw = st.sampled_from(["%20", "%", "%FF", "a%00", "7&limit=8", "7&limit=x", "+7", "%2B7", "1%5F0", "%D9%A7"])
    limit = usually(st.integers(0, 502).map(str), st.one_of(WORDS.map(percent), raw))
    status = st.sampled_from(["queued", "running", "completed", "failed", "timed_out", "cancelled"])
    parts = []
    if draw(st.booleans()):
        parts.append("limit=" + draw(limit))
    if draw(st.integers(0, 2)) == 0:
        parts.append("status=" + draw(usually(status, st.one_of(WORDS.map(percent), raw))))
    if draw(st.integers(0, 5)) == 0:
        parts.append(draw(st.sampled_from(["limit", "limit=", "unknown=1", "status", "&", "=", "status="])))
    return Case("tasks", "/tasks" + ("?" + "&".join(parts) if parts else ""), method="GET")


def percent(text):
    """Percent-encodes a text for a query."""
    return "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


UNKNOWN_ID = "01930000-0000-7000-8000-000000000000"
ROUTES = {
    "initialize": requests("initialize", "/debate/initialize", INITIALIZE),
    "control": requests("control", f"/debate/{UNKNOWN_ID}/control", CONTROL),
    "execute": requests("execute", "/agents/nobody/execute", EXECUTE),
    "chat": requests("chat", "/ollama/chat", CHAT),
    "tasks": queries(),
}
