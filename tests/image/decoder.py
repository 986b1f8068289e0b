"""decoder.py - drives the program decode_dump: pictures in, pixels out."""

import os
import subprocess

import numpy as np


class Result:
    """What came of one file: pixels (h x w x 3 or 4) and what was read beside them, or why not."""

    def __init__(self, line, path, output):
        self.path, self.message = path, ""
        head, _, rest = line.partition(" ")
        self.ok = head == "ok"
        if not self.ok:
            self.status, self.message = int(head or 0), rest
            return
        w, h, depth, alpha, x, y, self.settings = rest.split(" ", 6)
        self.depth, self.density = int(depth), (float(x), float(y))
        self.shape = int(h), int(w), 3 + int(alpha)
        self.pixels = np.fromfile(output, "<f4").reshape(self.shape) if output else None


class Decoder:
    def __init__(self, tool, folder, limits=()):
        self.tool, self.folder = tool, folder
        self.process = subprocess.Popen([tool] + [str(v) for v in limits], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, path, output=None):
        request = path + ("\t" + output if output else "") + "\n"
        self.process.stdin.write(request.encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline().decode(errors="replace")
        if not line:
            raise RuntimeError(f"decode_dump ended with status {self.process.wait()} on {path}")
        return Result(line.rstrip("\n"), path, output)

    def decode(self, data, path=None):
        """`data` goes to a file (`path` names it); with data None an existing path is read."""
        path = path or os.path.join(self.folder, "picture")
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return self.ask(path, os.path.join(self.folder, "pixels"))

    def close(self):
        """The program's exit status: not 0 if a sanitizer found memory lost."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()

    def from_stdin(self, data):
        """The line that says what came of a picture on standard input."""
        run = subprocess.run([self.tool, "-"], input=data, capture_output=True, check=True)
        return run.stdout.decode().rstrip("\n")
