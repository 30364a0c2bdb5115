"""The same requests to Synod and to FastAPI: same status and, in refusals, the same `type`, `loc`, `msg`,
`ctx` and `input`, in the same order."""

import json
import pathlib
import subprocess
import sys
from functools import partial

from hypothesis import HealthCheck, Phase, given, seed, settings

from asking import ask
from bodies import ROUTES
from differences import DIFFERENCES
from server import Server, free_port, until

EXAMPLES = 1_500
COMPARED = ("type", "loc", "msg", "ctx", "input")


def checks():
    for route in ROUTES:
        yield f"FastAPI and Synod agree: {route}", partial(agree, route=route)
    yield "FastAPI: every listed difference occurs and is documented", listed


class Reference:
    """The models of the design, served by FastAPI."""

    def __init__(self, folder):
        self.port, self.errors = free_port(), folder / "reference.log"

    def __enter__(self):
        place = pathlib.Path(__file__).parent
        command = [sys.executable, "-m", "uvicorn", "reference_app.app:app", "--no-access-log"]
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)], cwd=place, stdout=errors, stderr=errors
            )
        until(lambda: self.process.poll() is not None or self.answers(), "FastAPI answers")
        assert self.process.poll() is None, self.errors.read_text()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def answers(self):
        try:
            return ask(self.port, "GET", "/health").status == 200
        except OSError:
            return False


def agree(fixture, route):
    found = {}
    with Server(fixture) as server, Reference(fixture.folder) as reference:

        @seed(20_261_123)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(ROUTES[route])
        def compare(case):
            theirs, ours = answer(reference.port, case), answer(server.port, case)
            what = difference(ours, theirs)
            if what and not any(d.explains(case, ours, theirs) for d in DIFFERENCES):
                shortest = found.get(what, (case, None, None))[0]
                if len(str(case)) <= len(str(shortest)):
                    found[what] = (case, ours, theirs)

        compare()
    listing = "\n".join(
        f"  {what}\n    {case}\n    ours   {shown(ours)}\n    theirs {shown(theirs)}"
        for what, (case, ours, theirs) in sorted(found.items())
    )
    assert not found, f"{len(found)} differences that are not listed:\n{listing}"


def listed(fixture):
    """Each listed difference still occurs and is on the page."""
    page = pathlib.Path(__file__).parents[2] / "docs" / "fastapi-differences.md"
    headings = {line[3:] for line in page.read_text().splitlines() if line.startswith("## ")}
    assert headings == {known.name for known in DIFFERENCES} | {"Not compared"}, headings
    with Server(fixture) as server, Reference(fixture.folder) as reference:
        for known in DIFFERENCES:
            theirs, ours = answer(reference.port, known.example), answer(server.port, known.example)
            assert difference(ours, theirs), f"{known.name}: occurs no longer: {shown(ours)}"
            assert known.explains(known.example, ours, theirs), (
                f"{known.name}: does not explain its example\n"
                f"    ours   {shown(ours)}\n    theirs {shown(theirs)}"
            )


def answer(port, case):
    """The status and, of a refusal, its errors."""
    headers = {"Content-Type": case.content_type} if case.body is not None else {}
    got = ask(port, case.method, case.path, case.body, headers)
    return got.status, refusals(got) if got.status == 422 else None


def refusals(got):
    detail = json.loads(got.body)["detail"]
    return [{name: each[name] for name in COMPARED if name in each} for each in detail]


def difference(ours, theirs):
    """None, or a short description of the difference."""
    if ours[0] != theirs[0]:
        return f"status {ours[0]} and not {theirs[0]}: {kinds(ours)} / {kinds(theirs)}"
    if same(ours[1], theirs[1]):
        return None
    if kinds(ours) != kinds(theirs):
        return f"{kinds(ours)} and not {kinds(theirs)}"
    pairs = zip(ours[1], theirs[1], strict=True)
    fields = {name for our, their in pairs for name in COMPARED if not same(our.get(name), their.get(name))}
    return f"{kinds(ours)}: other {', '.join(sorted(fields))}"


def same(one, other):
    """Equality of JSON texts: 1, 1.0 and true differ."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def kinds(answered):
    return [each["type"] for each in answered[1] or []]


def shown(answered):
    return f"{answered[0]} {json.dumps(answered[1], ensure_ascii=False)[:700]}"
