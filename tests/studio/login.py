"""login.py - who may come: tokens, sessions, TLS, names. login.py PROGRAM"""
import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import time
import warnings

from server import PATIENCE, Studio, comes

from tap import done, ok

TOKEN = "correct-horse-battery"


class Guarded(Studio):
    """Perhaps by TLS."""
    def connection(self):
        if self.scheme == "http":
            return super().connection()
        context = ssl.create_default_context(cafile=self.path("cert.pem"))
        return http.client.HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=context)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def refused(self, *options):
        run = subprocess.run([self.program, "serve", "--port", "0", "--data", self.path("elsewhere"), *options], cwd=self.folder,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
        return run.returncode, run.stderr.decode()


def tokens(s):
    s.write("token", TOKEN + "\n")
    s.start("--token", "token")
    photo = s.read("photo.png")
    for method, path, body in [("GET", "about", None), ("GET", "jobs", None), ("POST", "pictures", photo), ("POST", "jobs", b"{}"),
                               ("GET", "nothing", None), ("POST", "logout", None), ("DELETE", "jobs/1", None), ("GET", "login", None)]:
        got = s.ask(method, "/api/v1/" + path, body)
        ok(got.status == 401 and got.code == "login", f"{method} {path} needs the token", got.body)
    ok(comes(lambda: not s.left_over()) and not os.listdir(s.path("data", "pictures")), "nothing was taken")
    ok(s.ask("GET", "/").status == 200 and s.ask("GET", "/api.js").status == 200, "the pages need none")
    ok(s.post("login", {"token": TOKEN + "x"}).code == "login" and s.post("login", {"token": TOKEN[:-1]}).code == "login", "a wrong one")
    for body in [b"", b"{}", b"[]", b'{"token": 1}', b'{"token": "a", "b": 1}', b'{"token": "a\\u0000"}']:
        ok(s.post("login", body).status == 400, f"no token: {body}")
    got = s.post("login", {"token": TOKEN})
    cookie = got.headers["set-cookie"]
    ok(got.status == 204 and not got.body, "the right one", got.headers)
    ok("HttpOnly" in cookie and "SameSite=Strict" in cookie and "Max-Age=" in cookie and "Secure" not in cookie, "its cookie", cookie)
    session = cookie.split(";")[0]
    ok(s.get("about", Cookie=session).status == 200, "the cookie lets in")
    ok(s.post("pictures", photo, Cookie=session).status == 201, "to send, too")
    ok(s.get("about", Cookie=session[:-1] + ("0" if session[-1] != "0" else "1")).status == 401, "another does not")
    ok(s.get("about", Cookie=session.split("=")[0] + "=").status == 401, "nor an empty one")
    ok(s.get("about", Authorization="Bearer " + TOKEN).status == 200, "so does Authorization: Bearer")
    ok(s.post("login", {"token": TOKEN}, Origin="http://evil.example").status == 403, "not for pages of other sites")
    secure = s.post("login", {"token": TOKEN}, Origin=f"http://127.0.0.1:{s.port}")
    ok(secure.status == 204, "a page of ours may log in", secure.status)
    got = s.post("logout", Cookie=session)
    ok(got.status == 204 and "Max-Age=0" in got.headers["set-cookie"], "logout", got.headers)
    ok(s.get("about", Cookie=session).status == 401, "ends the session")
    answers = [s.get("about", Authorization="Bearer " + "x" * n) for n in range(20, 32)]
    waits = [a for a in answers if a.status == 429]
    ok(waits and all(a.code == "slow" and int(a.headers["retry-after"]) > 0 for a in waits), "who tries one after the other has to wait",
       [a.status for a in answers])
    ok(s.get("about", Authorization="Bearer " + TOKEN).status == 429, "even with the right one")
    time.sleep(1.1 * int(waits[-1].headers["retry-after"]))
    ok(s.get("about", Authorization="Bearer " + TOKEN).status == 200, "but not for long")
    s.ends_well()


def made(s):
    links = []
    for _ in range(2):
        s.start("--token", "auto")
        links.append(s.process.stdout.readline().decode())
        token = re.search(r"/#token=([0-9a-f]{48})\n", links[-1])
        ok(token and s.get("about").status == 401, "a token is made", links)
        ok(s.get("about", Authorization="Bearer " + token.group(1)).status == 200, "its link lets in")
        s.stop()
    ok(links[0].split("#")[1] == links[1].split("#")[1], "it is made once", links)
    ok(os.stat(s.path("data", "token")).st_mode & 0o777 == 0o600, "and for its owner alone")


def bad(s):
    s.write("short", "0123456789abcde")
    s.write("open", TOKEN, 0o644)
    s.write("blank", "correct horse battery staple")
    for options, code, words in [(["--token", "short"], 2, "16"), (["--token", "open"], 2, "chmod 600"), (["--token", "blank"], 2, "blank"),
                                 (["--token", "none"], 3, "none"), (["--certificate", "cert.pem"], 2, "--key"),
                                 (["--certificate", "cert.pem", "--key", "other.pem"], 2, "belong"),
                                 (["--certificate", "short", "--key", "key.pem"], 2, "no certificate"),
                                 (["--certificate", "cert.pem", "--key", "short"], 2, "private key"),
                                 (["--certificate", "none", "--key", "key.pem"], 3, "none"), (["--address", "0.0.0.0"], 2, "--token")]:
        got = s.refused(*options)
        ok(got[0] == code and words in got[1], f"refused: {' '.join(options)}", got)


def credential(s):
    """As systemd hands one over: with an access list, which shows as rights of root's group."""
    s.write("credential", TOKEN, 0o440)
    group = os.stat(s.path("credential")).st_gid
    if group == 0:
        s.start("--token", "credential")
        ok(s.get("about", Authorization="Bearer " + TOKEN).status == 200, "a credential of systemd's is a token")
        s.stop()
    if os.geteuid() == 0:
        os.chown(s.path("credential"), -1, 1)
    ok(s.refused("--token", "credential")[0] == 2, "one that another group may read is none")


def certificates(s):
    for name in ["cert", "other"]:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", name + ".key", "-out", name + ".crt"],
                       cwd=s.folder, check=True, stderr=subprocess.DEVNULL)
    os.rename(s.path("cert.crt"), s.path("cert.pem"))
    os.rename(s.path("cert.key"), s.path("key.pem"))
    os.rename(s.path("other.key"), s.path("other.pem"))


def beyond(s):
    """At all addresses of the machine, by TLS and with a proxy's name."""
    s.start("--token", "token", "--certificate", "cert.pem", "--key", "key.pem", "--host", "paint.example", address="0.0.0.0")
    ok(s.scheme == "https", "TLS")
    got = s.post("login", {"token": TOKEN})
    ok(got.status == 204 and "; Secure" in got.headers["set-cookie"], "its cookie goes by TLS only", got.headers)
    bearer = "Bearer " + TOKEN
    for host, want in [(f"127.0.0.1:{s.port}", 200), (f"192.0.2.7:{s.port}", 200), (f"[2001:db8::1]:{s.port}", 200), ("paint.example", 200),
                       ("Paint.Example:8443", 200), (f"{socket.gethostname()}:{s.port}", 200), (f"evil.example:{s.port}", 421),
                       ("paint.example.evil.example", 421), ("192.0.2.7", 421), (f"192.0.2.7.evil.example:{s.port}", 421)]:
        ok(s.get("about", Host=host, Authorization=bearer).status == want, f"Host: {host}")
    for origin, want in [(f"https://localhost:{s.port}", 200), ("https://paint.example", 200), (f"http://localhost:{s.port}", 403),
                         ("https://evil.example", 403), ("null", 403)]:
        ok(s.get("about", Origin=origin, Authorization=bearer).status == want, f"Origin: {origin}")
    with socket.create_connection(("127.0.0.1", s.port), timeout=PATIENCE) as c:
        c.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            got = c.recv(100)
        except ConnectionError:
            got = b""
    ok(not got.startswith(b"HTTP"), "without TLS there is no answer", got)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", s.port), timeout=PATIENCE) as c:
            old.wrap_socket(c)
        got = "accepted"
    except (ssl.SSLError, ConnectionError):
        got = "refused"
    ok(got == "refused", "TLS 1.1 is too old")
    s.ends_well()
    s.start("--token", "token", address="0.0.0.0")
    status, said = s.stop()
    ok(status == 0 and "in the clear" in said, "without TLS there is a warning", said)


def main(program):
    s = Guarded(program)
    try:
        certificates(s)
        tokens(s)
        made(s)
        bad(s)
        credential(s)
        beyond(s)
    finally:
        s.close()
    done()


main(sys.argv[1])
