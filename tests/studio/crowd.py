"""crowd.py - many clients at once, in a process of their own that takes little of the processor."""
import asyncio
import collections
import io
import multiprocessing
import os
import random
import re
import time

import numpy as np
from PIL import Image

from server import PATIENCE

PICTURES = 64    # different ones to be uploaded
SIDE = 480
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
        self.reader = self.writer = None

    def close(self):
        if self.writer:
            self.writer.close()
        self.writer = None

    async def send(self, method, path, body):
        """The answer's status, headers and length of body."""
        if not self.writer:
            self.reader, self.writer = await asyncio.open_connection(self.crowd.host, self.crowd.port)
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.crowd.host}:{self.crowd.port}\r\n{length}\r\n"
        self.writer.write(head.encode() + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        return int(head[9:12]), head, int(length.group(1)) if length else 0

    async def ask(self, method, path, body=b"", read=None):
        """Counts the answer, its body read by `read` or else left aside."""
        begun = time.time()
        text = b""
        try:
            status, head, length = await asyncio.wait_for(self.send(method, path, body), PATIENCE)
            if read and status == 200:
                await read()
                self.close()
            else:
                text = await asyncio.wait_for(self.reader.readexactly(length), PATIENCE)
            what = "busy" if b"\r\nRetry-After" in head else status
            if b"\r\nConnection: close" in head:
                self.close()
        except (OSError, EOFError, asyncio.TimeoutError) as e:
            what = type(e).__name__
            self.close()
        self.crowd.note(what, 0 if read else time.time() - begun)
        return text

    async def watch(self):
        """Reads a stream of events to the end of all."""
        async def read():
            try:
                while self.crowd.goes_on():
                    await asyncio.wait_for(self.reader.readline(), self.crowd.left())
                    self.crowd.lines += 1
            except asyncio.TimeoutError:
                pass

        await self.ask("GET", "/api/v1/events", read=read)

    async def do_something(self):
        crowd = self.crowd
        kind = self.random.choices(["list", "thumbnail", "page", "upload"], [8, 8, 3, 1])[0]
        if kind == "list":
            await self.ask("GET", self.random.choice(["/api/v1/pictures?limit=20", "/api/v1/jobs", "/api/v1/about"]))
        elif kind == "thumbnail":
            await self.ask("GET", f"/api/v1/pictures/{crowd.photo}/thumbnail?side=64")
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
    def __init__(self, s, photo, number, behaviour, nice=0):
        self.host, self.port, self.photo, self.number = s.name, s.port, photo, number
        self.behaviour, self.nice = behaviour, nice
        self.answers, self.times, self.lines, self.files = collections.Counter(), [], 0, 0
        self.pictures = [photograph(i) for i in range(PICTURES)]

    def goes_on(self):
        return time.time() < self.end

    def left(self):
        return max(self.end - time.time(), 0)

    def note(self, what, seconds):
        self.answers[what] += 1
        self.times.append(seconds)

    async def all(self):
        await asyncio.gather(*(getattr(Client(self, i), self.behaviour)() for i in range(self.number)))

    def run(self, seconds, results):
        os.nice(self.nice)
        self.end = time.time() + seconds
        asyncio.run(self.all())
        used = os.times()
        results.put((self.answers, sorted(self.times), self.lines, self.files, used.user + used.system))

    def come(self, seconds):
        """Begins; what `gone()` returns then tells how it was."""
        self.results = multiprocessing.Queue()
        self.process = multiprocessing.Process(target=self.run, args=(seconds, self.results))
        self.process.start()

    def gone(self):
        result = self.results.get()
        self.process.join()
        return result
