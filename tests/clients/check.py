#!/usr/bin/env python3
"""Tests `synod serve` with independent clients: Schemathesis, `websockets`, FastAPI, promtool, and raw
sockets.

    check.py --synod target/debug/synod --simulator target/debug/fake-ollama [--only WORD]
"""

import argparse
import pathlib
import sys
import tempfile
import time
import traceback

import attacks
import departures
import differential
import fuzz
import generated
import metrics
import published
import sockets
import statuses
import streams

MODULES = (
    statuses,
    sockets,
    streams,
    departures,
    attacks,
    published,
    metrics,
    differential,
    generated,
    fuzz,
)


class Fixture:
    """The binaries and the folder of a check."""

    def __init__(self, synod, simulator, folder):
        self.synod, self.simulator, self.folder = synod, simulator, folder


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--synod", type=pathlib.Path, required=True)
    options.add_argument("--simulator", type=pathlib.Path, required=True)
    options.add_argument("--only", default="", help="run the checks whose names contain this")
    chosen = options.parse_args()
    passed, failed = 0, []
    for name, check in (named for module in MODULES for named in module.checks()):
        if chosen.only not in name:
            continue
        with tempfile.TemporaryDirectory(prefix="synod-") as folder:
            fixture = Fixture(chosen.synod.resolve(), chosen.simulator.resolve(), pathlib.Path(folder))
            began = time.monotonic()
            error = outcome_of(check, fixture)
            took = time.monotonic() - began
        print(f"{'FAIL' if error else 'ok  '} {took:5.1f} s  {name}", flush=True)
        if error:
            failed.append((name, error))
        else:
            passed += 1
    for name, error in failed:
        print(f"\n{name}:\n{error}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


def outcome_of(check, fixture):
    """Runs a check and returns None or the error."""
    try:
        check(fixture)
    except Exception as error:  # any exception fails the check
        ours = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
        where = ours[-1]
        return f"  {where.filename.rsplit('/')[-1]}:{where.lineno}: {type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main())
