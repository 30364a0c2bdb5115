#!/usr/bin/env python3
"""A small debate in every mode with the embedded model.

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
MODES = ["structured", "freeform", "autonomous"]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--synod", type=pathlib.Path, required=True)
    binary = options.parse_args().synod.resolve()
    for mode in MODES:
        began = time.monotonic()
        log = debate(binary, mode)
        judge(log, mode)
        verdict = logs.verdict(log)
        took = time.monotonic() - began
        print(f"{mode}: {verdict['outcome']} after {took:.0f} s, {verdict['calls']['begun']} calls")
    print(f"{len(MODES)} passed, 0 failed")


def debate(binary, mode):
    # The model is named, so that an Ollama on this machine is not used instead.
    environment = os.environ | {"NO_COLOR": "1"}
    environment.pop("OLLAMA_HOST", None)
    arguments = ["--option=Tea", "--option=Coffee", "--rounds=1", "--max-tokens=48", "--seed=1"]
    command = [binary, "debate", QUESTION, "-o", "ndjson", "-a", "analyst,critic", "--mode", mode]
    command += ["-m", "embedded/smollm2-135m-instruct"]
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is added to the debates that this user keeps.
        environment["XDG_DATA_HOME"] = folder
        run = subprocess.run(
            [*command, *arguments], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, timeout=900, check=False,
        )
    assert run.returncode == 0, f"{mode}: exit code {run.returncode}"
    return [json.loads(line) for line in run.stdout.decode().splitlines()]


def judge(log, mode):
    logs.is_sound(log)
    logs.keeps_its_limits(log)
    logs.counts_right(log, recount)
    assert log[0]["data"]["config"]["debate_mode"] == mode
    verdict = logs.verdict(log)
    assert verdict["demo"], f"{mode}: the verdict does not say that a tiny model voted"
    assert verdict["tokens"]["output"] > 0
    spoken = [turn for turn in logs.of_type(log, "turn_ended") if turn["result"] == "spoke"]
    assert len(spoken) >= 2, f"{mode}: only {len(spoken)} statements"
    moves = logs.of_type(log, "move_chosen")
    assert bool(moves) == (mode == "autonomous"), f"{mode}: {len(moves)} moves"


if __name__ == "__main__":
    sys.exit(main())
