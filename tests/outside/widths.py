"""Commands on terminals of several widths."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

import interrupts
from simulator import Simulator
from synod import Synod, debate
from terminal import SEQUENCE


def checks(ours):
    yield "widths: no line breaks within a word", breaks_between_words
    yield "widths: the status fits the terminal", status_fits


def shown(command, columns, **place):
    """The output of a command on a terminal of this width."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal} | place
    process = subprocess.Popen(command, **streams)
    os.close(terminal)
    seen = b""
    try:
        while piece := os.read(master, 65536):
            seen += piece
    except OSError:
        pass  # the other side is closed
    os.close(master)
    process.wait(60)
    # A status that is replaced counts as a line of its own.
    return SEQUENCE.sub("\n", seen.decode()).replace("\r", "")


def breaks_between_words(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    synod.settings({"hall": "http://127.0.0.1:1"})
    place = {"cwd": fixture.folder, "env": synod.environment | {"TERM": "xterm-256color"}}
    commands = [
        ["doctor", "--no-probe", "--data", "kept"],
        ["debate", "Should", "we", "ban", "cars?"],
        ["debate", "Cars?", "-a", "a-name-with-hyphens,another-name-with-hyphens"],
        ["debate", "Cars?", "--time-limit", "5m"],
        ["debate", "Cars?", "--require-consenus"],
        ["models"],
    ]
    for arguments in commands:
        texts = {}
        for columns in (40, 80, 200, 4_000):
            text = shown([str(synod.binary), *arguments], columns, **place)
            widest = max(map(len, text.splitlines()))
            assert widest < columns, f"{arguments} at {columns}: {widest}\n{text}"
            texts[columns] = text.split()
        assert all(words == texts[4_000] for words in texts.values()), (arguments, texts)


def status_fits(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models="zmodel", ttft_ms=300, tokens=3) as host:
        config = synod.settings({"hall": host.url})
        command = [str(synod.binary), *map(str, debate(**interrupts.FLAGS, output="md", config=config))]
        place = {"cwd": fixture.folder, "env": synod.environment | {"TERM": "xterm-256color"}}
        text = shown(command, 40, stdout=subprocess.DEVNULL, **place)
    assert "round 1" in text, text
    widest = max(map(len, text.splitlines()))
    assert widest < 40, f"{widest}: {text}"
