"""Runs a transcript of the command line and compares: transcript.py PROGRAM FILE [--update]

A transcript is what a person would see: "$ command", what it printed (standard error and output
together), and its exit status in brackets if it is not 0. In an expected line "..." stands for
anything. Lines with "#" are for people. "%needs X" says what the commands after it need, up to the
next such line: weights, a part of the build as --version names it (WebP, TIFF, download), or
nothing. --update writes what came out into the file.
Commands are run by sh in a folder of their own with the pictures of make_pictures.py; same-pixels
is at hand."""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def environment(program):
    env = {k: v for k, v in os.environ.items() if k not in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "COLUMNS", "IMPASTO_VIEWER")}
    env["PATH"] = os.pathsep.join([os.path.dirname(os.path.abspath(program)), HERE, env["PATH"]])
    return env


def blocks(lines):
    """Yields (lines before, command or None at the end, expected lines, what it needs)."""
    before, command, expected, needs = [], None, [], "nothing"
    for line in lines + ["$"]:
        if line[:1] in ("$", "#", "%") or (command is None and not line):
            if command is not None:
                yield before, command, expected, needs
                before, command, expected = [], None, []
            if line.startswith("%needs "):
                needs = line.split()[1]
            if line.startswith("$ "):
                command = line[2:]
            elif line != "$":
                before.append(line)
        else:
            expected.append(line)
    yield before, None, [], needs


def matches(expected, got):
    pattern = "".join(".*" if part == "..." else re.escape(part) for part in re.split(r"(\.\.\.)", expected))
    return re.fullmatch(pattern, got) is not None


def run(command, folder, env):
    try:
        done = subprocess.run(["sh", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=100, check=False)
    except subprocess.TimeoutExpired:
        return ["it did not end within 100 seconds"]
    got = done.stdout.decode("utf-8", "replace").splitlines()
    return got + ([f"[{done.returncode}]"] if done.returncode else [])


def output_of(env, *argv):
    return subprocess.run(argv, env=env, stdout=subprocess.PIPE, check=True).stdout.decode()


def lacking(env):
    """What this build and machine do not have, with the reason."""
    missing = {}
    for line in output_of(env, "impasto", "--version").splitlines():
        if line.endswith(": left out"):
            missing[line.split(":")[0].strip()] = line.strip()
    if not os.path.exists(output_of(env, "impasto", "model", "path", "vgg19").strip()):
        missing["weights"] = "no weights: impasto model fetch vgg19"
    return missing


def main(program, transcript, update):
    env = environment(program)
    missing = lacking(env)
    out, number, failed = [], 0, 0
    with open(transcript, encoding="utf-8") as f:
        lines = f.read().splitlines()
    with tempfile.TemporaryDirectory(prefix="impasto-cli.") as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "make_pictures.py"), folder], check=True)
        for before, command, expected, needs in blocks(lines):
            out += before
            if command is None:
                continue
            number += 1
            blank = []
            while expected and not expected[-1]:
                blank.append(expected.pop())
            if needs in missing:
                print(f"ok {number} - {command} # SKIP {missing[needs]}")
                out += ["$ " + command] + expected + blank
                continue
            got = run(command, folder, env)
            same = len(got) == len(expected) and all(map(matches, expected, got))
            failed += not same
            print(f"{'ok' if same else 'not ok'} {number} - {command}")
            if not same:
                for mark, text in [("-", expected), ("+", got)]:
                    for line in text:
                        print(f"# {mark} {line}")
            out += ["$ " + command] + (expected if same else got) + blank
    print(f"1..{number}")
    if update:
        with open(transcript, "w", encoding="utf-8") as f:
            f.write("\n".join(out) + "\n")
    return 1 if failed and not update else 0


sys.exit(main(sys.argv[1], sys.argv[2], "--update" in sys.argv[3:]))
