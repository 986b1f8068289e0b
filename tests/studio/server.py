"""server.py - the studio under test: started, asked, stopped. With small pictures and a small network."""
import contextlib
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
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from tap import ok

PATIENCE = 60    # seconds for what takes none; sanitizers and other work on the machine are slow
LONG = 100000    # steps that no test waits for


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

    @property
    def file_names(self):
        """How it is to be saved, and both names that it gives, the one for those who know ASCII only first."""
        found = re.fullmatch(r"(inline|attachment); filename=\"([^\"]*)\"; filename\*=UTF-8''(\S*)", self.headers["content-disposition"])
        return found.group(1), found.group(2), urllib.parse.unquote(found.group(3))


def comes(true):
    """Whether it is so, at once or a moment later: an answer arrives before all that its request held is given back."""
    end = time.time() + PATIENCE
    while not true() and time.time() < end:
        time.sleep(0.02)
    return true()


def at_once(number, work):
    """What work(0), work(1), ... give, each in a thread of its own, in the order of their ends."""
    got = []
    threads = [threading.Thread(target=lambda i=i: got.append(work(i))) for i in range(number)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return got


@contextlib.contextmanager
def studio(program, *options):
    """A studio at work, which ends well."""
    s = Studio(program)
    try:
        s.start(*options)
        yield s
        s.ends_well()
    finally:
        s.close()


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
        found = re.fullmatch(r"impasto studio: (https?)://(\S+):(\d+)/\n", line)
        assert found, line + self.process.stderr.read().decode()
        self.scheme, self.name, self.port = found.group(1), found.group(2), int(found.group(3))
        self.host = "127.0.0.1" if address == "0.0.0.0" else self.name.strip("[]")

    def stop(self, number=signal.SIGTERM):
        """The exit status, and what was said on standard error."""
        self.process.send_signal(number)
        said = self.process.communicate(timeout=PATIENCE)[1].decode()
        return self.process.returncode, said

    def ends_well(self):
        status, said = self.stop()
        ok(status == 0 and not said, "it ends well, and had nothing to complain of", (status, said[:2000]))

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

    def patch(self, path, body):
        return self.ask("PATCH", "/api/v1/" + path, body if isinstance(body, bytes) else json.dumps(body).encode())

    def remove(self, path):
        return self.ask("DELETE", "/api/v1/" + path)

    def send(self, data, name=""):
        """The id of a picture handed over."""
        return self.post("pictures", data, **({"X_Name": urllib.parse.quote(name)} if name else {})).json["id"]

    def add(self, name, named=False):
        """The same of a file, with its name if wanted."""
        return self.send(self.read(name), name if named else "")

    def variant(self, i):
        """The photograph with other bytes."""
        return self.read("photo.png") + bytes([i])

    def add_mask(self, name):
        """The id of a mask."""
        return self.post("pictures?role=mask", self.read(name), X_Name=name).json["id"]

    def wish(self, **params):
        """What a job with the small pictures and these settings besides is asked for with."""
        return {"photo": self.add("photo.png"), "styles": [{"picture": self.add("painting.png")}], "params": {**self.params, **params}}

    def add_wish(self, wish):
        """The job, as it is told at once."""
        answer = self.post("jobs", wish)
        assert answer.status == 201, answer.body
        return answer.json

    def add_job(self, **params):
        """The number of a job with the small pictures and these settings besides."""
        return self.add_wish(self.wish(**params))["id"]

    def wish_like(self, job, **params):
        """For a job with the pictures of another."""
        styles = [{"picture": style["picture"]} for style in job["styles"]]
        return {"photo": job["photo"], "styles": styles, "params": {**self.params, **params}}

    def begin(self, wish=None, step=1):
        """The number of a job that is as far as this step and does not end by itself."""
        number = self.add_wish(wish or self.wish(steps=LONG))["id"]
        self.wait_for(number, "running", step=step)
        return number

    def result_file(self, number):
        """A job's picture, with all bits."""
        return self.get(f"jobs/{number}/result?depth=16").body

    def result(self, number):
        """Its pixels."""
        return pixels(self.result_file(number))

    def paint(self, name, *options, **settings):
        """The pixels of what the command line paints with the small pictures, if others are not given."""
        pictures = [] if "--style" in options else ["painting.png"]
        subprocess.run([self.program, "stylize", "photo.png", *pictures, "--params", "tiny.json", "--threads", "1", "-q", "--depth", "16", "-o", name,
                        *options, *(f"--{k}={v}" for k, v in settings.items())], cwd=self.folder, check=True)
        return pixels(self.read(name))

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

    def first_events(self, number, **headers):
        """The first events of a stream that does not end."""
        connection = self.connection()
        connection.request("GET", f"/api/v1/jobs/{number}/events", headers={k.replace("_", "-"): v for k, v in headers.items()})
        response, text = connection.getresponse(), ""
        while text.count("\n\n") < 3:
            text += response.readline().decode()
        connection.close()
        return list(parse_events(text))

    def left_over(self):
        """Names of uploads that are under way, or were forgotten."""
        return os.listdir(self.path("data", "incoming"))

    def processor(self):
        """Seconds of processor time that it has used, which other work on the machine does not add to."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            return sum(int(n) for n in f.read().rpartition(")")[2].split()[11:13]) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """MiB that it holds."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))


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
