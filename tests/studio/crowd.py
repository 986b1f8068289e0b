"""crowd.py - many clients at once, in a process of their own that takes little of the processor."""
import asyncio
import collections
import io
import multiprocessing
import os
import random
import re
import socket
import time

import numpy as np
from PIL import Image

from server import PATIENCE

PICTURES = 8    # different ones to be uploaded
SIDE = 480
LAST = 3 * PATIENCE    # seconds in which all answers come once nobody asks any more: uploads wait for each other
PAUSES = 1, 3    # seconds between two things that a person does


def photograph(seed):
    """A JPEG of some 100 KiB: a smooth picture with some noise."""
    noise = np.random.default_rng(seed)
    data = io.BytesIO()
    smooth = Image.fromarray(noise.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((SIDE * 4 // 3, SIDE))
    grain = noise.integers(-20, 20, (SIDE, SIDE * 4 // 3, 3))
    Image.fromarray(np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8)).save(data, "JPEG", quality=85)
    return data.getvalue()


class Client:
    """One connection, kept for one request after the other."""
    def __init__(self, crowd, seed):
        self.crowd, self.random = crowd, random.Random(seed)
        self.socket, self.rest = None, b""

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.rest = None, b""

    async def receive(self):
        data = await asyncio.get_running_loop().sock_recv(self.socket, 1 << 16)
        if not data:
            raise EOFError
        return data

    async def send(self, method, path, body):
        """The answer's head; what has come of its body is in `rest`."""
        loop = asyncio.get_running_loop()
        if not self.socket:
            self.socket = socket.socket()
            self.socket.setblocking(False)
            await loop.sock_connect(self.socket, (self.crowd.host, self.crowd.port))
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.crowd.host}:{self.crowd.port}\r\n{length}\r\n"
        await loop.sock_sendall(self.socket, head.encode() + body)
        while b"\r\n\r\n" not in self.rest:
            self.rest += await self.receive()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        return head

    async def body(self, head):
        found = re.search(rb"\r\nContent-Length: (\d+)", head)
        length = int(found.group(1)) if found else 0
        while len(self.rest) < length:
            self.rest += await self.receive()
        text, self.rest = self.rest[:length], self.rest[length:]
        return text

    async def send_again(self, method, path, body):
        """A server may end a connection while nothing is asked: then on another one, as browsers do."""
        kept = self.socket
        try:
            return await self.send(method, path, body)
        except (OSError, EOFError):
            if not kept:
                raise
        self.close()
        return await self.send(method, path, body)

    async def ask(self, method, path, body=b""):
        """Counts the answer, and returns its body."""
        begun, text = time.time(), b""
        try:
            head = await self.send_again(method, path, body)
            text = await self.body(head)
            what = "busy" if b"\r\nRetry-After" in head else int(head[9:12])
            if b"\r\nConnection: close" in head:
                self.close()
        except (OSError, EOFError) as e:
            what = type(e).__name__
            self.close()
        self.crowd.note(what, time.time() - begun)
        return text

    async def watch(self):
        """Reads a stream of events to the end of all, or is refused."""
        try:
            head = await self.send("GET", "/api/v1/events", b"")
            self.crowd.note("busy" if b"\r\nRetry-After" in head else int(head[9:12]), 0)
            while b"text/event-stream" in head and self.crowd.goes_on():
                text = await asyncio.wait_for(self.receive(), self.crowd.left())
                self.crowd.events += text.count(b"\nevent: ")
        except asyncio.TimeoutError:
            pass
        except (OSError, EOFError) as e:
            self.crowd.note(type(e).__name__, 0)
        self.close()

    async def do_something(self):
        crowd = self.crowd
        kind = self.random.choices(["list", "thumbnail", "page", "upload"], [12, 12, 5, 1])[0]
        if kind == "list":
            await self.ask("GET", self.random.choice(["/api/v1/pictures?limit=20", "/api/v1/jobs", "/api/v1/about"]))
        elif kind == "thumbnail":
            await self.ask("GET", f"/api/v1/pictures/{crowd.photo}/thumbnail?side=256")
        elif kind == "page":
            await self.ask("GET", self.random.choice(["/", "/studio.js", "/studio.css"]))
        else:
            await self.ask("POST", "/api/v1/pictures", self.random.choice(crowd.pictures) + os.urandom(8))

    async def open_page(self):
        """The page, with all that it loads."""
        seen, found = set(), ["/"]
        while found:
            seen.add(path := found.pop())
            text = await self.ask("GET", path)
            names = re.findall(rb"""(?:src|href|from|url)\s*[=(]?\s*['"]\.?/?([a-z]+\.(?:js|css|svg))['"]""", text)
            found += {"/" + name.decode() for name in names} - seen - set(found)
        return len(seen)

    async def person(self):
        """Comes, watches, and does something now and then."""
        await asyncio.sleep(self.random.uniform(0, self.crowd.left() / 2))
        self.crowd.files = await self.open_page()
        watching = asyncio.create_task(Client(self.crowd, 0).watch())
        while self.crowd.goes_on():
            await asyncio.sleep(min(self.random.uniform(*PAUSES), self.crowd.left()))
            if self.crowd.goes_on():
                await self.do_something()
        await watching
        self.close()

    async def relentless(self):
        """Asks for one thing after the other; every second one comes and goes as a watcher besides."""
        watching = asyncio.create_task(Client(self.crowd, 0).watch()) if self.random.random() < 0.5 else None
        while self.crowd.goes_on():
            await self.do_something()
        if watching:
            await watching
        self.close()


class Crowd:
    """`number` clients who behave as that method of a client says. What is pushed to the end of a picture's file makes
    it another one, which decoders leave aside."""
    def __init__(self, s, photo, number, behaviour):
        self.host, self.port, self.photo, self.number = s.name, s.port, photo, number
        self.behaviour = behaviour
        self.answers, self.times, self.events, self.files = collections.Counter(), [], 0, 0
        self.pictures = [photograph(i) for i in range(PICTURES)]

    def goes_on(self):
        return time.time() < self.end

    def left(self):
        return max(self.end - time.time(), 0)

    def note(self, what, seconds):
        self.answers[what] += 1
        self.times.append(seconds)

    async def all(self):
        clients = (getattr(Client(self, i), self.behaviour)() for i in range(self.number))
        await asyncio.wait_for(asyncio.gather(*clients), self.left() + LAST)

    def run(self, seconds, results):
        self.end = time.time() + seconds
        asyncio.run(self.all())
        used = os.times()
        results.put((self.answers, sorted(self.times), self.events, self.files, used.user + used.system))

    def come(self, seconds):
        """Begins; what `gone()` returns then tells how it was."""
        self.results = multiprocessing.Queue()
        self.process = multiprocessing.Process(target=self.run, args=(seconds, self.results))
        self.process.start()

    def gone(self):
        result = self.results.get(timeout=2 * LAST)
        self.process.join()
        return result
