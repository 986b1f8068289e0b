"""refusals.py - what the studio must not do: strangers, hostile paths, files and bodies. refusals.py PROGRAM"""
import os
import socket
import subprocess
import struct
import sys

from server import PATIENCE, at_once, studio

from image.make_png import chunk
from tap import done, ok


def raw(s, data, seconds=PATIENCE):
    """What the server sends back to these bytes, until it closes."""
    with socket.create_connection((s.host, s.port), timeout=seconds) as c:
        got = b""
        try:
            c.sendall(data)
            while more := c.recv(65536):
                got += more
        except (ConnectionError, socket.timeout):
            pass
        return got


def status(s, data):
    words = raw(s, data).split(b" ", 2)
    return int(words[1]) if len(words) > 1 else 0


def strangers(s):
    right = f"{s.name}:{s.port}"
    for host, want in [(right, 200), (f"LocalHost:{s.port}", 200), (f"[::1]:{s.port}", 200), ("evil.example", 421),
                       (f"evil.example:{s.port}", 421), ("localhost", 421), (f"localhost:{s.port}.evil.example", 421),
                       (f"127.0.0.1:{s.port + 1}", 421), ("", 421)]:
        got = s.get("about", Host=host)
        ok(got.status == want, f"Host: {host}", got.status)
    ok(status(s, b"GET /api/v1/about HTTP/1.0\r\n\r\n") in (400, 421), "no Host at all")
    for origin, want in [(f"http://{right}", 200), (f"http://localhost:{s.port}", 200), ("http://evil.example", 403), ("null", 403),
                         (f"https://{right}", 403), (f"http://{right}.evil.example", 403)]:
        got = s.get("about", Origin=origin)
        ok(got.status == want, f"Origin: {origin}", got.status)
        ok(s.post("jobs", b"{}", Origin=origin).status == (403 if want == 403 else 422), f"POST with Origin: {origin}")
    ok(s.post("jobs", b"{}", Sec_Fetch_Site="cross-site").status == 403, "a form of another site")
    ok("access-control-allow-origin" not in s.get("about", Origin=f"http://{right}").headers, "nothing is shared")


def paths(s):
    photo = s.add("photo.png")
    for path, want in [("/..", 404), ("/../../etc/passwd", 404), ("/%2e%2e/%2e%2e/etc/passwd", 404), ("/index.html/", 404),
                       ("/studio.db", 404), ("//", 404), ("/api", 404), ("/api/v1", 404), ("/api/v2/about", 404), ("/api/v1/about/", 404),
                       ("/api/v1/nothing", 404), ("/api/v1/" + "a/" * 50, 404), ("/api/v1/pictures/" + "0" * 64, 404),
                       ("/api/v1/pictures/..%2f..%2fstudio.db/file", 404), ("/api/v1/pictures/" + photo.upper(), 404),
                       ("/api/v1/pictures/" + photo[:-1], 404), ("/api/v1/pictures/" + photo + "0", 404),
                       ("/api/v1/pictures/%00" + photo, 404), ("/api/v1/jobs/0", 404), ("/api/v1/jobs/-1", 404), ("/api/v1/jobs/1x", 404),
                       ("/api/v1/jobs/99999999999999999999", 404), ("/api/v1/jobs/1/result/../../../studio.db", 404),
                       (f"/api/v1/pictures/{photo}/thumbnail?side=63", 400), (f"/api/v1/pictures/{photo}/thumbnail?side=1025", 400),
                       (f"/api/v1/pictures/{photo}/thumbnail?side=-64", 400), (f"/api/v1/pictures/{photo}/thumbnail?side=9999999999", 400),
                       ("/api/v1/params?preset=none", 422)]:
        got = s.ask("GET", path)
        ok(got.status == want and got.code, f"GET {path[:60]}", (got.status, got.body))
    for method, path, allowed in [("DELETE", "/", "GET"), ("PUT", "/api/v1/jobs", "GET, POST"), ("POST", "/api/v1/about", "GET"),
                                  ("POST", "/api/v1/jobs/1", "GET, PATCH, DELETE"), ("BREW", "/api/v1/presets", "GET")]:
        got = s.ask(method, path)
        ok(got.status == 405 and set(got.headers["allow"].split(", ")) == set(allowed.split(", ")), f"{method} {path}", got.headers)


def uploads(s):
    before = os.listdir(s.path("data", "pictures"))
    whole = s.read("photo.png")
    for name, data, wanted in [("empty", b"", (400,)), ("words", s.read("words.png"), (415,)), ("cut", s.read("cut.png"), (415,)),
                               ("cut JPEG", s.read("cut.jpg"), (415,)), ("HTML", b"<!doctype html><script>alert(1)</script>", (415,)),
                               ("more pixels than allowed", huge_png(whole), (413,)), ("one byte", b"\xff", (415,))]:
        got = s.post("pictures", data)
        ok(got.status in wanted and s.folder not in got.body.decode(), f"a picture that is none: {name}", (got.status, got.body))
    ok(sorted(os.listdir(s.path("data", "pictures"))) == sorted(before), "none of them is kept")
    for name, data, code in [("none", b"", 400), ("words", b"paint!", 400), ("a list", b"[]", 400), ("twice", b'{"photo": 1, "photo": 2}', 400),
                             ("deep", b"[" * 100000, 400), ("no UTF-8", b'{"photo": "\xff"}', 400), ("nothing in it", b"{}", 422)]:
        got = s.post("jobs", data)
        ok(got.status == code and got.code, f"a job that is none: {name}", (got.status, got.body[:200]))


def huge_png(png):
    """The same picture, which says that it has 60000 x 60000 pixels."""
    return png[:8] + chunk(b"IHDR", struct.pack(">II", 60000, 60000) + png[24:29]) + png[33:]


def jobs(s):
    painting = s.add("painting.png")
    good = s.wish()
    other = "f" * 64
    for name, change in [("an unknown member", {"prio": 1}), ("a priority out of range", {"priority": 101}), ("half a priority", {"priority": 0.5}), ("no such photo", {"photo": other}), ("a path", {"photo": "../../etc/passwd"}),
                         ("a number", {"photo": 7}), ("no styles", {"styles": []}), ("styles of no list", {"styles": {}}),
                         ("too many styles", {"styles": [{"picture": painting}] * 17}), ("no such painting", {"styles": [{"picture": other}]}),
                         ("weight 0", {"styles": [{"picture": painting, "weight": 0}]}),
                         ("weight of text", {"styles": [{"picture": painting, "weight": "1"}]}),
                         ("scale beyond all", {"styles": [{"picture": painting, "scale": 1e300}]}),
                         ("an unknown member of a style", {"styles": [{"picture": painting, "region": "x"}]}),
                         ("params of no object", {"params": 7}), ("an unknown setting", {"params": {"stpes": 3}}),
                         ("a setting out of range", {"params": {"steps": -3}}), ("a model's path", {"params": {"model": "/etc/passwd"}}),
                         ("a model that paints nothing", {"params": {"model": "vgg16"}}),
                         ("a start that is a picture", {"params": {"init": "image"}})]:
        got = s.post("jobs", {**good, **change})
        ok(got.status == 422 and len(got.json["error"]["message"]) > 10, f"a job with {name}", (got.status, got.body[:200]))
    ok(s.get("jobs").json == [], "none of them is kept")
    for what in ["stop", "pause", "continue", "cancel"]:
        ok(s.post(f"jobs/7/{what}").status == 404, f"{what} of no job")


def bodies(s):
    host = f"Host: {s.name}:{s.port}\r\n".encode()
    ok(s.post("jobs", b"[" + b" " * (256 * 1024)).status == 413, "a job too long")
    ok(status(s, b"POST /api/v1/pictures HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999\r\n\r\n") == 413, "a picture too long")
    ok(s.ask("GET", "/api/v1/about", b"x").status == 413, "a body where none is expected")
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    got = raw(s, b"POST /api/v1/jobs HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 8 + b"0\r\n\r\n")
    ok(not got, "a job too long that was not announced gets no answer", got[:100])
    ok(status(s, b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n" + host + b"\r\n") in (0, 400, 413, 414, 431), "a path too long")
    ok(status(s, b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 100000 + b"\r\n\r\n") in (0, 400, 413, 431), "a header too long")
    for junk in [b"\0" * 1000, b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n"]:
        raw(s, junk, 2)
    with socket.create_connection((s.host, s.port)) as c:   # an upload that breaks off
        c.sendall(b"POST /api/v1/pictures HTTP/1.1\r\n" + host + b"Content-Length: 1000\r\n\r\nabc")
    ok(s.get("about").status == 200, "the server is alive")


def crowd(s):
    """Many at once, some of them slow: nobody fails."""
    slow = [socket.create_connection((s.host, s.port)) for _ in range(40)]
    for c in slow:
        c.sendall(b"GET / HTTP/1.1\r\nHost")
    got = at_once(40, lambda i: s.post("pictures", s.variant(i)).status if i % 2 else s.ask("GET", "/").status)
    for c in slow:
        c.close()
    ok(len(got) == 40 and set(got) <= {200, 201}, "forty at once beside forty slow ones", got)


def starting(s):
    def serve(*options):
        run = subprocess.run([s.program, "serve", *options], cwd=s.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                             check=False)
        return run.returncode, run.stderr.decode()

    for address in ["0.0.0.0", "192.168.1.1", "::", "example.org", "127.0.0.1.evil", ""]:
        code, said = serve("--address", address, "--data", "other", "--port", "0")
        ok(code == 2 and "loopback" in said, f"--address {address!r} is refused", (code, said))
    code, said = serve("--data", "other", "--port", str(s.port))
    ok(code == 7 and "--port" in said, "a port in use", (code, said))
    code, said = serve("--data", "data", "--port", "0")
    ok(code == 6 and "another studio" in said, "a folder in use", (code, said))
    code, said = serve("--data", "photo.png/x", "--port", "0")
    ok(code == 6 and "photo.png" in said, "a folder that is none", (code, said))
    ok(oct(os.stat(s.path("data")).st_mode & 0o777) == "0o700", "the folder is open to nobody else")


def main(program):
    with studio(program) as s:
        strangers(s)
        paths(s)
        uploads(s)
        jobs(s)
        bodies(s)
        crowd(s)
        starting(s)
    done()


main(sys.argv[1])
