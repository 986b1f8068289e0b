"""examples.py - the commands of docs/studio.md do what it says, one after another in one shell. examples.py PROGRAM DOCUMENT"""
import json
import os
import re
import subprocess
import sys

from PIL import Image

from server import LONG, PATIENCE, studio

from tap import done, ok


def main(program, document):
    with open(document, encoding="utf-8") as f:
        text = f.read()
    with studio(program) as s:
        for name in ["photo", "painting"]:
            Image.open(s.path(name + ".png")).save(s.path(name + ".jpg"), quality=95)
        os.rename(s.path("left.png"), s.path("sky.png"))
        # The small network has only the first layers; many steps, so that there is something to pause.
        params = {**s.params, "steps": LONG}
        commands = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for i, block in enumerate(commands):
            block = block.replace("http://127.0.0.1:8080", f"http://{s.name}:{s.port}")
            block = re.sub(r'"params": \{ "preset".*?\}', lambda _: '"params": ' + json.dumps(params), block)
            commands[i] = f"{block}\necho '# block {i} is done'\n"
        run = subprocess.run(["bash", "-euo", "pipefail", "-c", "".join(commands)], cwd=s.folder, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        said = run.stdout.decode()
        for i, block in enumerate(commands):
            ok(f"# block {i} is done" in said, "; ".join(re.findall(r"\$studio(/[a-z/]*)", block)), said[-2000:])
        ok(run.returncode == 0 and len(commands) > 5, "all of them succeed", said[-2000:])
        got = Image.open(s.path("result.png")).format, Image.open(s.path("result.jpg")).format, os.path.getsize(s.path("beginning"))
        ok(got == ("PNG", "JPEG", 100), "the files are what they are said to be", got)
        ok("event: progress" in said and "for the hall" in said, "it was told how it went", said)
    done()


main(*sys.argv[1:])
