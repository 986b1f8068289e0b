"""server.py - the studio under test: started, asked, stopped. With small pictures and a small network."""
import http.client
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

PATIENCE = 60    # seconds for what takes none; sanitizers and other work on the machine are slow


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


def comes(true):
    """Whether it is so, at once or a moment later: an answer arrives before all that its request held is given back."""
    end = time.time() + PATIENCE
    while not true() and time.time() < end:
        time.sleep(0.02)
    return true()


class Studio:
    """A folder of its own, and a server on it that can be stopped and started again."""

    def __init__(self, program):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="impasto-studio.")
        subprocess.run([sys.executable, os.path.join(HERE, "..", "cli", "make_pictures.py"), self.folder], check=True)
        with open(self.path("tiny.json"), encoding="utf-8") as f:
            self.params = json.load(f)
        del self.params["model"]
        self.process = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, *names):
        with open(self.path(*names), "rb") as f:
            return f.read()

    def start(self, *options, address="127.0.0.1"):
        self.process = subprocess.Popen(
            [self.program, "serve", "--port", "0", "--address", address, "--data", self.path("data"), "--model",
             "tiny.safetensors", "--threads", "1", *options], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        found = re.fullmatch(r"impasto studio: http://(\S+):(\d+)/\n", line)
        assert found, line + self.process.stderr.read().decode()
        self.name, self.port = found.group(1), int(found.group(2))
        self.host = self.name.strip("[]")

    def stop(self, number=signal.SIGTERM):
        """The exit status, and what was said on standard error."""
        self.process.send_signal(number)
        said = self.process.communicate(timeout=PATIENCE)[1].decode()
        return self.process.returncode, said

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        shutil.rmtree(self.folder)

    def connection(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)

    def ask(self, method, path, body=None, **headers):
        connection = self.connection()
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", "/api/v1/" + path, **headers)

    def post(self, path, body=None, **headers):
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        return self.ask("POST", "/api/v1/" + path, data, **headers)

    def add(self, name, named=False):
        """The id of a picture handed over, with its name if wanted."""
        return self.post("pictures", self.read(name), **({"X_Name": name} if named else {})).json["id"]

    def add_mask(self, name):
        """The same for a mask."""
        return self.post("pictures?role=mask", self.read(name), X_Name=name).json["id"]

    def add_job(self, **params):
        """The number of a job with the small pictures and these settings besides."""
        job = {"photo": self.add("photo.png"), "styles": [{"picture": self.add("painting.png")}],
               "params": {**self.params, **params}}
        answer = self.post("jobs", job)
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def job(self, number):
        return self.get(f"jobs/{number}").json

    def wait_for(self, number, *states, step=0):
        """The job once it is in one of these states and as far as this step."""
        end = time.time() + PATIENCE
        while time.time() < end:
            job = self.job(number)
            if job["state"] in states and job["progress"]["step"] >= step:
                return job
            time.sleep(0.02)
        raise AssertionError(f"job {number} is {job['state']} at {job['progress']}, not {states}")

    def events(self, number, **headers):
        """The events of a job until the stream ends, as (id, name, data)."""
        answer = self.get(f"jobs/{number}/events", **headers)
        assert answer.status == 200 and answer.headers["content-type"] == "text/event-stream", answer.headers
        return list(parse_events(answer.body.decode()))


def parse_events(text):
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])


def pixels(png):
    """The compressed pixels of a PNG file."""
    at, found = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        found += png[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    assert found
    return found
