"""A debate on a pseudo-terminal: its output, and the menu of Ctrl-C."""

import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import termios
import time

import interrupts
from simulator import Simulator, until
from synod import Synod, debate

CTRL_C = b"\x03"
MENU = "[g]o on"
# Colours and cursor movements.
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def checks(ours):
    yield "terminal: the menu continues the debate, and opens again", goes_on
    yield "terminal: a message reaches all participants", interjects
    yield "terminal: Ctrl-C cancels a line, Ctrl-W erases a word", cancels_a_line
    yield "terminal: the menu calls the vote", votes
    yield "terminal: Ctrl-Z restores the terminal, fg resumes", suspends
    yield "terminal: stop waits for turns in progress", stops
    yield "terminal: Ctrl-C twice closes connections at once", twice
    yield "terminal: keys that arrive in one read count each", at_once
    yield "terminal: without a keyboard there is no menu", without_keyboard
    yield "terminal: a missing question is asked for", asks_for_the_question
    yield "terminal: without UTF-8 the output is ASCII", in_ascii
    yield "terminal: without cursor movement the status is printed as lines", signs_of_life
    yield "terminal: in a pipe the status goes to stderr", signs_of_life_in_a_pipe
    yield "terminal: Tab completes flags, agents and models", completes
    if ours:
        yield "terminal: the status shows waiting and speaking participants", status
        yield "terminal: thinking is folded and is not part of statements", folds_thinking
        yield "terminal: --thinking shows thinking in full", shows_thinking


class Terminal:
    """A debate on a pseudo-terminal with the kernel's line discipline.

    With `shell`, the debate is a job of an interactive bash. `variables` are added to the environment.
    With `without_question`, the command line has no question.
    """

    def __init__(
        self, fixture, keyboard=True, output="text", flags=(), shell=False, variables=(),
        without_question=False, **settings
    ):
        settings = {"ttft_ms": 20, "itl_ms": 30, "tokens": 40, "models": "zmodel"} | settings
        self.simulator = Simulator(fixture.simulator, fixture.folder, **settings)
        self.synod = Synod(fixture.synod, fixture.folder)
        self.keyboard, self.output, self.flags = keyboard, output, flags
        self.shell, self.variables = shell, dict(variables)
        self.without_question = without_question
        self.seen = b""

    def __enter__(self):
        self.simulator.__enter__()
        config = self.synod.settings({"hall": self.simulator.url})
        arguments = [*debate(**interrupts.FLAGS, output=self.output, config=config), *self.flags]
        self.master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
        self.modes = termios.tcgetattr(terminal)
        self.terminal = terminal

        def take_over():
            os.setsid()
            fcntl.ioctl(1, termios.TIOCSCTTY, 0)

        if self.without_question:
            del arguments[1]
        command = [str(self.synod.binary), *map(str, arguments)]
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "--noediting", "-i"] if self.shell else command,
            cwd=self.synod.folder,
            env=self.synod.environment | {"TERM": "xterm-256color", "PS1": "$ "} | self.variables,
            stdin=terminal if self.keyboard else subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
            preexec_fn=take_over,
        )
        if self.shell:
            self.shows("$ ")
            os.write(self.master, shlex.join(command).encode() + b"\n")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self.terminal)
        os.close(self.master)
        self.simulator.stop()

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)
        return self.seen

    @property
    def text(self):
        return SEQUENCE.sub("", self.read().decode(errors="replace"))

    def press(self, keys):
        """Types keys after discarding earlier output."""
        self.read()
        self.seen = b""
        os.write(self.master, keys)
        return time.monotonic()

    def shows(self, text, seconds=20.0):
        until(lambda: text in self.text, f"{text!r} is shown", seconds)

    def speaks(self):
        # Before the debate, a simulator may have the load of the model in service.
        self.shows("blind opening")
        until(lambda: self.read() is not None and self.simulator.in_service() > 0, "it speaks")

    def ends(self, code, seconds=60.0):
        until(lambda: self.read() is not None and self.process.poll() is not None, "it ends", seconds)
        assert self.process.returncode == code, f"exit code {self.process.returncode}: {self.text}"
        assert "panicked" not in self.text, self.text
        assert termios.tcgetattr(self.terminal) == self.modes, "the terminal is not as before"

    @property
    def waits_for_lines(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ICANON)

    @property
    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)


def goes_on(fixture):
    with Terminal(fixture) as terminal:
        for _ in range(2):
            terminal.speaks()
            terminal.press(CTRL_C)
            terminal.shows(MENU)
            assert not terminal.echoes
            until(lambda: "speak" in terminal.text, "the debate continues behind the menu")
            terminal.press(b"xg")
            assert not terminal.echoes, "typed keys are echoed"
        terminal.ends(0, seconds=120)
        assert "Verdict" in terminal.text


def interjects(fixture):
    with Terminal(fixture) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"a")
        terminal.shows("To all:")
        terminal.press("Think of the wintr\x7fer: ü.\r".encode())
        terminal.shows("You │ Think of the winter: ü.")
        terminal.shows("The message is added")
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"a")
        terminal.shows("To all:")
        terminal.press(b"never said\x1b")
        terminal.shows(MENU)
        terminal.press(b"g")
        terminal.ends(0, seconds=120)
        assert "│ never said" not in terminal.text
    said = [call for call in terminal.simulator.chats() if "winter: ü." in call["prompt"]]
    assert said, "no prompt contains the message"


def votes(fixture):
    with Terminal(fixture) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"v")
        # The vote cannot be called during the openings.
        terminal.shows("This is the blind opening")
        terminal.shows("can be called from round 1 on")
        terminal.shows("Round 1")
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"v")
        terminal.shows("The vote is called")
        terminal.ends(0, seconds=120)


def cancels_a_line(fixture):
    with Terminal(fixture) as terminal:
        terminal.speaks()
        for _ in range(2):
            terminal.press(CTRL_C)
            terminal.shows(MENU)
            terminal.press(b"a")
            terminal.shows("To all:")
            terminal.press(b"never said")
            terminal.shows("To all: never said")
            # In the menu, `s` would stop the debate and `g` close the menu.
            terminal.press(CTRL_C)
            terminal.shows(MENU)
            terminal.press(b"g")
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"a")
        terminal.shows("To all:")
        terminal.press(b"Think of the summer\x17winter.\r")
        terminal.shows("You │ Think of the winter.")
        terminal.ends(0, seconds=120)
        assert "│ never said" not in terminal.text
    with Terminal(fixture, itl_ms=500, tokens=200) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"a")
        terminal.shows("To all:")
        # SIGTERM does not depend on the keyboard.
        terminal.process.send_signal(signal.SIGTERM)
        terminal.ends(130, seconds=10)


CTRL_Z = b"\x1a"


def suspends(fixture):
    with Terminal(fixture, shell=True) as terminal:
        for in_menu in (True, False, True):
            terminal.speaks()
            if in_menu:
                terminal.press(CTRL_C)
                terminal.shows(MENU)
            terminal.press(CTRL_Z)
            terminal.shows("Stopped")
            terminal.shows("$ ")
            # Readline is off, so these are the modes that the process has restored.
            until(lambda: terminal.echoes and terminal.waits_for_lines, "the terminal is given back")
            terminal.press(b"echo alive\n")
            terminal.shows("alive\r\n$ ")
            terminal.press(b"fg\n")
            if in_menu:
                terminal.shows(MENU)
                until(lambda: not terminal.waits_for_lines, "the keys are taken again")
                terminal.press(b"g")
            terminal.shows("speak")
            until(lambda: not terminal.echoes, "it is silent again")
        terminal.shows("╯\r\n", seconds=120)
        terminal.shows("$ ")
        assert terminal.echoes and "Verdict" in terminal.text, terminal.text
        terminal.press(b"echo code $?\n")
        terminal.shows("code 0\r\n")


def stops(fixture):
    with Terminal(fixture) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C)
        terminal.shows(MENU)
        terminal.press(b"s")
        terminal.ends(130)
        assert "Stopped" in terminal.text, terminal.text


def twice(fixture):
    for output in ("text", "md"):
        with Terminal(fixture, output=output, itl_ms=500, tokens=200) as terminal:
            terminal.speaks()
            terminal.press(CTRL_C)
            terminal.shows(MENU)
            assert terminal.process.poll() is None, "the first Ctrl-C ends the process at once"
            began = terminal.press(CTRL_C)
            until(lambda: terminal.simulator.in_service() == 0, "connections close", seconds=2)
            took = time.monotonic() - began
            terminal.ends(130, seconds=10)
        assert took < 0.25, f"connections close after {took * 1000:.0f} ms"


def at_once(fixture):
    with Terminal(fixture, itl_ms=500, tokens=200) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C * 2)
        terminal.ends(130, seconds=10)
    with Terminal(fixture, itl_ms=500, tokens=200) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C + b"aThink of the winter." + CTRL_C)
        terminal.shows(MENU)
        # An Enter that text follows at once would be a line break of pasted text.
        terminal.press(b"aThink of the bus.\r")
        terminal.shows("You │ Think of the bus.")
        assert "│ Think of the winter" not in terminal.text, terminal.text
        terminal.press(CTRL_C + b"a\x1b" + CTRL_C)
        terminal.ends(130, seconds=10)
    with Terminal(fixture) as terminal:
        terminal.speaks()
        terminal.press(CTRL_C + b"v\r")
        terminal.shows("can be called from round 1 on")
        terminal.ends(0, seconds=120)


def without_keyboard(fixture):
    with Terminal(fixture, keyboard=False) as terminal:
        terminal.speaks()
        terminal.process.send_signal(signal.SIGINT)
        terminal.ends(130)
        assert MENU not in terminal.text


def status(fixture):
    with Terminal(fixture, load_ms=2_500, itl_ms=60) as terminal:
        terminal.shows("loading zmodel")
        terminal.shows("speaks, Quillon Ashgrove is next")
        terminal.ends(0, seconds=120)


# The word that the simulator repeats as thought; no reply contains it.
THOUGHT = "pondering"


def folds_thinking(fixture):
    with Terminal(fixture, think=12, ttft_ms=0, itl_ms=2) as terminal:
        terminal.shows("(thought, 12 words)")
        terminal.ends(0, seconds=120)
        assert THOUGHT not in terminal.text, terminal.text
    unthought(terminal.simulator)
    synod = Synod(fixture.synod, fixture.folder)
    for output in ("ndjson", "json", "md"):
        with Simulator(fixture.simulator, fixture.folder, models="zmodel", think=12) as host:
            config = synod.settings({"hall": host.url})
            run = synod.run(*debate(**interrupts.FLAGS, output=output, config=config))
        assert run.code == 0 and THOUGHT not in run.text + run.stderr, (output, run.text)
        unthought(host)
        if output == "ndjson":
            said = [e["data"]["text"] for e in run.log if e["type"] == "turn_ended"]
            assert said and all(text.strip() for text in said), said
            assert synod.verify(run).code == 0


def shows_thinking(fixture):
    with Terminal(fixture, flags=["--thinking"], think=12, ttft_ms=0, itl_ms=2) as terminal:
        terminal.shows(f"│ {THOUGHT}")
        terminal.ends(0, seconds=120)
        assert "(thought" not in terminal.text, terminal.text
    unthought(terminal.simulator)


def unthought(simulator):
    """No prompt contains the thought of a model."""
    chats = simulator.chats()
    assert chats and not [c for c in chats if THOUGHT in c["prompt"]], "a prompt contains thought"


def asks_for_the_question(fixture):
    with Terminal(fixture, without_question=True) as terminal:
        terminal.shows("Question: ")
        terminal.press("Should we ban cars?\r".encode())
        terminal.shows("Verdict", seconds=120)
        terminal.ends(0)
    assert all("Should we ban cars?" in call["prompt"] for call in terminal.simulator.chats())
    with Terminal(fixture, without_question=True) as terminal:
        terminal.shows("Question: ")
        terminal.press(CTRL_C)
        terminal.ends(130)


def in_ascii(fixture):
    for variables in ({"LANG": "C", "LC_ALL": ""}, {"TERM": "dumb"}):
        with Terminal(fixture, variables=variables) as terminal:
            terminal.ends(0, seconds=120)
            assert "+- Verdict ---" in terminal.text, terminal.text
            other = {c for c in terminal.text if ord(c) > 126}
            assert not other, f"{variables}: {other}"
    with Terminal(fixture, variables={"LANG": "C.UTF-8"}) as terminal:
        terminal.ends(0, seconds=120)
        assert "╭─ Verdict ─" in terminal.text, terminal.text


def signs_of_life(fixture):
    with Terminal(fixture, variables={"TERM": "dumb"}, ttft_ms=12_000, tokens=3) as terminal:
        terminal.speaks()
        assert not terminal.echoes, "typed keys are echoed"
        terminal.shows("(round 0 of 3, blind opening", seconds=12)
        terminal.process.send_signal(signal.SIGTERM)
        terminal.ends(130, seconds=10)


def signs_of_life_in_a_pipe(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models="zmodel", ttft_ms=12_000, tokens=3) as host:
        config = synod.settings({"hall": host.url})
        process = synod.start(*debate(**interrupts.FLAGS, config=config))
        seen = b""
        while b"blind opening" not in seen:
            line = process.stderr.readline()
            assert line, f"stderr ends without a status: {seen}"
            seen += line
        assert b"synod: round 0 of 3, blind opening" in seen and b"^C" not in seen, seen
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 130


def completes(fixture):
    with Terminal(fixture, shell=True, without_question=True, keyboard=True) as terminal:
        terminal.shows("Question: ")
        terminal.press(CTRL_C)
        terminal.shows("$ ")
        folder = fixture.synod.parent
        terminal.press(f'PATH="{folder}:$PATH"; exec bash --norc --noprofile -i\n'.encode())
        terminal.shows("$ ")
        terminal.press(b"source <(synod completions bash); echo read$((1))y\n")
        terminal.shows("read1y\r\n")
        for typed, completed in (
            ("synod debate Cars? --requ\t", "--require-consensus "),
            ("synod debate Cars? -a zerlinda,quil\t", "-a zerlinda,quillon "),
            ("synod debate Cars? -m zm\t", "-m zmodel:latest "),
            ("synod debate Cars? -m zmodel:\t", "-m zmodel:latest "),
        ):
            terminal.press(typed.encode())
            terminal.shows(completed)
            terminal.press(CTRL_C)
            terminal.shows("$ ")
