#!/usr/bin/env python3
"""Tests the `synod` binary against a simulator of Ollama.

    check.py --synod target/debug/synod --simulator target/debug/fake-ollama [--only WORD]

SYNOD_SIMULATOR may name a second simulator. Checks that need features of our own simulator are
skipped with it.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time
import traceback

import bad_input
import debates
import hosts
import interrupts
import residency
import terminal
import widths


class Fixture:
    """The binaries and the folder of a check."""

    def __init__(self, synod, simulator, ours, folder):
        self.synod, self.simulator, self.ours, self.folder = synod, simulator, ours, folder


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--synod", type=pathlib.Path, required=True)
    options.add_argument("--simulator", type=pathlib.Path, required=True)
    options.add_argument("--only", default="", help="run the checks whose names contain this")
    chosen = options.parse_args()
    simulators = [(chosen.simulator.resolve(), True)]
    if other := os.environ.get("SYNOD_SIMULATOR"):
        simulators.append((pathlib.Path(other).resolve(), False))
    passed, failed = 0, []
    for simulator, ours in simulators:
        print(f"\nagainst {simulator.name}")
        for name, check in checks(ours):
            if chosen.only not in name:
                continue
            with tempfile.TemporaryDirectory(prefix="synod-") as folder:
                fixture = Fixture(chosen.synod.resolve(), simulator, ours, pathlib.Path(folder))
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


def checks(ours):
    for module in (debates, interrupts, terminal, widths, hosts, residency, bad_input):
        yield from module.checks(ours)


def outcome_of(check, fixture):
    """Runs a check and returns None or the error."""
    try:
        check(fixture)
    except Exception as error:  # any exception fails the check
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"  {where.filename.rsplit('/')[-1]}:{where.lineno}: {type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main())
