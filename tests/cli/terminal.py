"""What the program does on a terminal: the progress line, --show, completion in zsh. terminal.py PROGRAM"""
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import fcntl
import termios

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
ENV = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "IMPASTO_VIEWER", "COLUMNS")}


class Terminal:
    """A program in a pseudo-terminal of 60 columns and 20 rows."""

    def __init__(self, argv, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            time.sleep(0.1)  # the size comes first
            os.execvpe(argv[0], argv, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
        self.seen = b""

    def read(self, until=None, seconds=60):
        """Until the text is seen, the program ends, or time is over."""
        end = time.time() + seconds
        while time.time() < end and not (until and until in self.seen):
            if not select.select([self.fd], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the program has ended
                break
            if not data:
                break
            self.seen += data
        return self.seen

    def status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def run(*argv, **variables):
    t = Terminal(argv, {**ENV, **variables})
    return t.read().decode("utf-8", "replace"), t.status()


def cells(text):
    """The rows of half blocks that --show draws."""
    return [line.count("\u2580") for line in text.split("\n") if "\u2580" in line]


def test_show_in_terminal():
    text, status = run("impasto", "blend", "photo.png", "painting.png", "-o", "out.png", "--show")
    assert status == 0, text
    # 512x512 into 60 columns and 19 rows of two pixels: the height decides.
    assert cells(text) == [38] * 19, cells(text)
    assert re.search(r"\x1b\[38;2;\d+;\d+;\d+m\x1b\[48;2;\d+;\d+;\d+m\u2580", text), text[:200]


def test_show_is_not_enlarged():
    text, _ = run("impasto", "blend", "photo.png", "painting.png", "-o", "out.png", "--size", "8x5", "--show")
    assert cells(text) == [8, 8, 8], text


def test_show_colours():
    Image.new("RGB", (2, 2), (255, 0, 0)).save("red.png")
    text, _ = run("impasto", "blend", "red.png", "red.png", "-o", "out.png", "--keep-size", "--weights", "1,0", "--show")
    assert text.count("\x1b[38;2;255;0;0m\x1b[48;2;255;0;0m\u2580") == 2, text


def viewer(exit_status):
    with open("viewer", "w", encoding="utf-8") as f:
        f.write(f'#!/bin/sh\nprintf "%s|" "$@" > seen.tmp\nmv seen.tmp seen\nexit {exit_status}\n')
    os.chmod("viewer", 0o755)
    return os.path.abspath("viewer") + " --full screen"


def test_show_in_viewer():
    text, status = run("impasto", "blend", "photo.png", "painting.png", "-o", "a b.png", "--show", DISPLAY=":99",
                       IMPASTO_VIEWER=viewer(0))
    assert status == 0 and not cells(text), text
    with open("seen", encoding="utf-8") as f:
        assert f.read() == "--full|screen|" + os.path.realpath("a b.png") + "|"


def test_show_without_working_viewer():
    text, status = run("impasto", "blend", "photo.png", "painting.png", "-o", "out.png", "--show", DISPLAY=":99",
                       IMPASTO_VIEWER=viewer(3))
    assert status == 0 and cells(text) == [38] * 19, text


def test_show_not_set():
    text, status = run("impasto", "blend", "photo.png", "painting.png", "-o", "out.png", "--show",
                       IMPASTO_VIEWER=viewer(0))
    assert status == 0 and cells(text), text


def test_picture_is_kept_off_the_terminal():
    text, status = run("impasto", "blend", "photo.png", "painting.png", "-o", "-")
    assert status == 2 and "standard output is a terminal" in text, text


def test_help_takes_the_width():
    text, _ = run("impasto", "help", "blend")
    lines = text.replace("\r", "").split("\n")
    # Examples are not broken: they are there to be copied.
    assert 50 < max(len(line) for line in lines if not line.startswith("  impasto")) <= 60, text


def test_progress_line():
    text, status = run("impasto", "stylize", "photo.png", "painting.png", "-o", "out.png", "--params", "tiny.json", "--steps", "3")
    assert status == 0, text
    drawn = re.findall(r"\r\x1b\[K([^\r\n]+)", text)
    assert len(drawn) >= 3 and all(len(line) < 60 for line in drawn), drawn
    assert re.match(r"(\[#+ *\] )?1/3  loss \S+  \S+ steps/s  \S+ s left", drawn[0]), drawn
    assert re.search(r"\r\x1b\[Kout.png: 3 steps in \S+ s, loss \S+\r\n$", text), text


def test_ctrl_c():
    t = Terminal(["impasto", "stylize", "photo.png", "painting.png", "-o", "stopped.png", "--params", "tiny.json", "--steps", "100000"], ENV)
    t.read(until=b"/100000")
    os.write(t.fd, b"\x03")
    text = t.read().decode()
    assert t.status() == 130, text
    assert "stopping after this step" in text and "stopped.png: the best picture so far" in text, text
    subprocess.run(["impasto", "info", "stopped.png"], check=True, stdout=subprocess.DEVNULL)


def zsh_completes(typed, wanted):
    """What an interactive zsh makes of a line and the tabulator key."""
    if not shutil.which("zsh"):
        raise Skip("no zsh")
    os.makedirs("functions", exist_ok=True)
    with open("functions/_impasto", "wb") as f:
        subprocess.run(["impasto", "help", "--completion", "zsh"], stdout=f, check=True)
    t = Terminal(["zsh", "-f", "-i"], {**ENV, "TERM": "xterm"})
    # The prompt is put together of two, so that the echo of what is typed is not taken for it.
    os.write(t.fd, b"fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; PS1='rea''dy> '\n")
    t.read(until=b"ready> ")
    t.seen = b""
    os.write(t.fd, typed.encode() + b"\t")
    end = time.time() + 30
    while wanted not in plain(t.seen) and time.time() < end:
        t.read(until=b"never", seconds=0.5)
    text = plain(t.seen)
    os.write(t.fd, b"\x15exit\n")
    t.read()
    t.status()
    assert wanted in text, text


def plain(seen):
    """Text as it stands on the terminal: without what moves the cursor, and what that overwrites."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|.\x08|[\x00\x07]", "", seen.decode("utf-8", "replace"))


def test_zsh_command():
    zsh_completes("impasto sty", "impasto stylize ")


def test_zsh_option():
    zsh_completes("impasto stylize --style-w", "impasto stylize --style-weight")


def test_zsh_preset():
    zsh_completes("impasto stylize --preset cl", "impasto stylize --preset classic")


def test_zsh_model():
    zsh_completes("impasto model fetch vgg19-", "impasto model fetch vgg19-torchvision")


class Skip(Exception):
    """Why a test cannot run here."""


def main(program):
    ENV["PATH"] = os.path.dirname(os.path.abspath(program)) + os.pathsep + ENV["PATH"]
    os.environ["PATH"] = ENV["PATH"]
    tests = [(name, function) for name, function in globals().items() if name.startswith("test_")]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="impasto-cli.") as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "make_pictures.py"), folder], check=True)
        os.chdir(folder)
        for number, (name, function) in enumerate(tests, 1):
            try:
                function()
                print(f"ok {number} - {name}")
            except Skip as reason:
                print(f"ok {number} - {name} # SKIP {reason}")
            except AssertionError as error:
                failed += 1
                print(f"not ok {number} - {name}")
                print("# " + repr(str(error))[:2000])
        os.chdir("/")
    print(f"1..{len(tests)}")
    return 1 if failed else 0


sys.exit(main(sys.argv[1]))
