#!/usr/bin/env python3
"""A small real debate with the model that comes along, to its verdict.

    embedded.py --synod target/debug/synod
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import log as logs
from recount import recount

QUESTION = "Is tea better than coffee in the morning?"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--synod", type=pathlib.Path, required=True)
    binary = options.parse_args().synod.resolve()
    # No Ollama is in reach, so that the demo model serves.
    environment = os.environ | {"OLLAMA_HOST": "127.0.0.1:9", "NO_COLOR": "1"}
    arguments = ["--option=Tea", "--option=Coffee", "--rounds=1", "--max-tokens=48", "--seed=1"]
    command = [binary, "debate", QUESTION, "-o", "ndjson", "-a", "analyst,critic", *arguments]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, timeout=900, check=False,
        )
    log = [json.loads(line) for line in run.stdout.decode().splitlines()]
    logs.is_sound(log)
    logs.keeps_its_limits(log)
    logs.counts_right(log, recount)
    verdict = logs.verdict(log)
    assert run.returncode == 0, f"exit code {run.returncode}"
    assert verdict["demo"], "the verdict does not say that a tiny model voted"
    assert verdict["tokens"]["output"] > 0
    said = [t for t in logs.of_type(log, "turn_ended") if t["result"] == "spoke"]
    assert len(said) >= 2, f"only {len(said)} statements"
    print(f"{verdict['outcome']} after {time.monotonic() - began:.0f} s, {verdict['calls']['begun']} calls")
    print("1 passed, 0 failed")


if __name__ == "__main__":
    sys.exit(main())
