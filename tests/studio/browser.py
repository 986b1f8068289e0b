"""browser.py - the whole tour in a real browser, at a desk and on a phone, in light and dark, by mouse, touch and
keyboard alone; pictures of every state are kept.

browser.py PROGRAM WRITE_DEEPLAB FOLDER [--steps-only] [PICTURES]

PICTURES is a folder with content/taj-mahal.jpg and style/great-wave.jpg; if they are not there, pictures are drawn."""
import argparse
import io
import os
import subprocess

import numpy as np
from PIL import Image
from selenium.webdriver.common.keys import Keys

from chromium import MODAL
from server import Studio
from visit import SETTINGS, Tour, find_axe

from tap import done, ok, skip

# What Chromium itself notes where the server refuses something, as it is meant to.
REFUSED = r"Failed to load resource: the server responded with a status of 415"


def landscape():
    """A picture of hills under an evening sky."""
    y, x = np.mgrid[0:240, 0:320].astype(float)
    sky = np.stack([120 + y * 0.5, 150 + y * 0.2, 220 - y * 0.4], axis=-1)
    sky[np.hypot(x - 230, y - 80) < 22] = 255, 236, 170
    for top, colour in [(150, (70, 90, 130)), (180, (60, 110, 70)), (210, (40, 70, 40))]:
        sky[y > top + 18 * np.sin(x / (top / 4) + top)] = colour
    grain = np.random.default_rng(1).normal(0, 6, sky.shape)
    return Image.fromarray(np.uint8(np.clip(sky + grain, 0, 255)))


def stem(path):
    """What the page calls it."""
    return os.path.splitext(os.path.basename(path))[0]


def desk(job):
    """By mouse: drop, paste, drag."""
    with Tour(job, "desk", 1280, 800) as (t, b):
        t.open()
        t.moment("empty")
        b.press("button", "^Paint$")
        b.says("photograph is still missing")
        t.refused()
        t.moment("refused", but=[REFUSED])
        b.drop(job.photo, b.run("return document.querySelectorAll('.place .frame')[0]"))
        b.find("image", "^Photograph: ")
        png = io.BytesIO()
        Image.open(job.painting).convert("RGB").save(png, "PNG")
        b.paste(png.getvalue())
        b.find("image", "^Painting: ")
        ok(True, "desk: a photograph is dropped, a painting pasted")
        style = b.find("slider", "^Style")
        before = style.get_attribute("aria-valuetext")
        b.drag(style, 60)
        ok(style.get_attribute("aria-valuetext") != before, "desk: a slider is dragged", before)
        t.moment("filled")
        t.parts()
        t.set()
        t.moment("more")
        t.paints()
        t.variations()
        t.delete()
        t.moment("end")


def phone(job):
    """By fingers."""
    with Tour(job, "phone", 390, 844, touch=True) as (t, b):
        t.open()
        t.moment("empty")
        b.find("file", "^Photograph").send_keys(os.path.abspath(job.photo))
        b.find("image", "^Photograph: ")
        b.find("file", "^Painting").send_keys(os.path.abspath(job.painting))
        b.find("image", "^Painting: ")
        b.press("check", "colours")
        t.moment("filled")
        t.set()
        t.paints()


def keyboard(job):
    """Nothing but keys, from the pictures of before to a painting."""
    with Tour(job, "keyboard", 1280, 800) as (t, b):
        t.open()
        b.keys(Keys.TAB)
        ok(b.focused().accessible_name.startswith("Skip"), "keyboard: the first is the way past the head", b.focused().accessible_name)
        for place in ["Photograph", "Painting"]:
            b.tab_to("button", "^Earlier pictures")
            b.keys(Keys.ENTER)
            b.find("heading", f"^{place}: earlier")
            b.tab_to("button", stem(job.photo if place == "Photograph" else job.painting))
            b.keys(Keys.ENTER)
            b.find("image", f"^{place}: ")
        b.tab_to("button", "^Say what goes where")
        b.keys(Keys.ENTER)
        b.tab_to("canvas", "^The photograph")
        b.chord(Keys.SHIFT, *[Keys.ARROW_LEFT] * 5)
        b.tab_to("radio", "")
        b.says("[0-9] %")
        b.chord(Keys.CONTROL, "z")
        ok(not b.all("button", "^Undo"), "keyboard: a run of strokes is undone as one")
        b.chord(Keys.CONTROL, "y")
        for name in ["^Cancel", "^Throw it away"]:
            b.tab_to("button", name)
            b.keys(Keys.ENTER)
        b.wait(lambda: not b.run(MODAL), "the end of the dialog")
        ok(True, "keyboard: parts can be painted, and left as they were")
        b.tab_to("slider", "^Strokes")
        b.keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        t.moment("filled")
        b.tab_to("button", "^More")
        b.keys(Keys.ENTER)
        for label, text in SETTINGS.items():
            b.tab_to("text", f"(?i)^{label}")
            b.focused().send_keys(Keys.CONTROL + "a" + Keys.NULL, text)
        b.keys(Keys.ENTER)
        b.says("Painting")
        for name, then in [("^Pause", "Paused"), ("^Continue", "Painting"), ("^Stop and keep", "Finished")]:
            b.tab_to("button", name)
            b.keys(Keys.SPACE)
            b.says(then)
        ok(True, "keyboard: painted, paused, continued, stopped and kept")
        t.moment("done")


def login(job):
    """A studio that wants a token lets in whoever has it."""
    s = job.studio
    s.stop()
    with open(s.path("token"), "w", encoding="utf-8") as f:
        f.write("correct-horse-battery\n")
    os.chmod(s.path("token"), 0o600)
    s.start("--token", "token")
    with Tour(job, "login", 390, 844, touch=True) as (t, b):
        b.driver.get(f"http://{s.name}:{s.port}/")
        b.find("text", "^Token").send_keys("wrong", Keys.ENTER)
        b.says("not the studio's token")
        t.moment("asked", but=[r"/about|/login"])
        b.find("text", "^Token").send_keys(Keys.CONTROL + "a" + Keys.NULL, "correct-horse-battery", Keys.ENTER)
        b.find("heading", "A new painting")
        t.moment("in", but=[r"/about|/login"])
        b.driver.refresh()
        b.find("heading", "A new painting")
        ok(not b.complaints(), "login: who is in stays in")
        b.press("button", "^Log out")
        b.find("text", "^Token")
        b.driver.get("about:blank")
        b.driver.get(f"http://{s.name}:{s.port}/#token=correct-horse-battery")
        b.find("heading", "A new painting")
        ok("correct" not in b.driver.current_url, "login: a link with the token leads in, and does not keep it", b.driver.current_url)


def choose_pictures(job):
    job.photo = os.path.join(job.pictures, "content", "taj-mahal.jpg")
    job.painting = os.path.join(job.pictures, "style", "great-wave.jpg")
    if not os.path.exists(job.photo) or not os.path.exists(job.painting):
        job.photo, job.painting = job.studio.path("landscape.jpg"), job.studio.path("painting.png")
        landscape().save(job.photo, quality=92)
    print(f"# pictures: {os.path.basename(job.photo)}, {os.path.basename(job.painting)}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("write_deeplab")
    p.add_argument("folder")
    p.add_argument("--steps-only", action="store_true")
    p.add_argument("pictures", nargs="?", default="")
    job = p.parse_args()
    os.makedirs(job.folder, exist_ok=True)
    s = job.studio = Studio(job.program)
    try:
        choose_pictures(job)
        subprocess.run([os.path.abspath(job.write_deeplab), s.path("net.safetensors")], check=True)
        s.start("--segment-model", "net.safetensors")
        if not find_axe() and not job.steps_only:
            skip("accessibility", "no axe-core; tools/setup-venv build/venv gets it")
        desk(job)
        phone(job)
        keyboard(job)
        login(job)
        code, said = s.stop()
        ok(code == 0 and not said, "the studio had nothing to complain of", (code, said))
        if not job.steps_only:
            print(f"# pictures of the pages: {os.path.abspath(job.folder)}")
    finally:
        s.close()
    done()


main()
