"""Where Synod answers otherwise than FastAPI, each with its reason in docs/fastapi-differences.md."""

from collections.abc import Callable
from dataclasses import dataclass

from bodies import NOBODY, Case


@dataclass(frozen=True)
class Difference:
    """One of them: its heading in the document, whether it explains two answers, and an example."""

    name: str
    explains: Callable
    example: Case


DIFFERENCES = []
