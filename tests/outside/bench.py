#!/usr/bin/env python3
"""What Synod itself costs: debates over a simulator that answers at once.

    bench.py --synod target/release/synod --simulator target/release/fake-ollama

Prints medians, as one JSON object, of the wall time and CPU time of a call beyond what an empty
run of the binary takes, and the memory of a run. Compare only runs made back to back.
"""

import argparse
import json
import os
import pathlib
import statistics
import tempfile
import time

import log as logs
from debates import agents
from simulator import Simulator
from synod import Synod, debate

DEBATES = 15
FLAGS = {"agents": agents(3), "option": ["Yes", "No"], "rounds": 5, "iterations": 1, "seed": 1}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--synod", type=pathlib.Path, required=True)
    options.add_argument("--simulator", type=pathlib.Path, required=True)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        synod = Synod(chosen.synod.resolve(), folder)
        empty = [measured(synod, ["--version"])[1:] for _ in range(DEBATES)]
        with Simulator(chosen.simulator.resolve(), folder, models="zmodel") as host:
            config = synod.settings({"hall": host.url})
            held = [measured(synod, debate(**FLAGS, config=config)) for _ in range(DEBATES)]
    calls = [len(logs.calls([json.loads(line) for line in out.splitlines()])) for out, *_ in held]
    base_wall, base_cpu = (statistics.median(column) for column in list(zip(*empty))[:2])
    print(json.dumps({
        "calls of a debate": statistics.median(calls),
        "wall ms of a call": per_call(held, calls, 1, base_wall),
        "CPU ms of a call": per_call(held, calls, 2, base_cpu),
        "start ms": round(base_wall * 1_000, 1),
        "peak RSS MB": round(statistics.median(run[3] for run in held) / 1_024, 1),
    }, indent=1))


def per_call(held, calls, column, base):
    each = [(run[column] - base) / n * 1_000 for run, n in zip(held, calls, strict=True)]
    return round(statistics.median(each), 3)


def measured(synod, arguments):
    """Output, wall seconds, CPU seconds and peak RSS in KiB of one run."""
    began = time.monotonic()
    process = synod.start(*arguments)
    process.stderr.close()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"exit code {process.returncode}"
    return output, time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


if __name__ == "__main__":
    main()
