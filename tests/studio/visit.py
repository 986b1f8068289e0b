"""visit.py - a visit of the studio: the steps of those who paint there, by mouse, touch or keyboard. They are looked at
after each: pictures are kept, axe-core is asked, the console has to be silent."""
import io
import os
import re
import zipfile

from PIL import Image
from selenium.webdriver.common.keys import Keys

from chromium import MODAL, Browser

from tap import ok

VIRTUAL = os.environ.get("IMPASTO_TEST_VENV", "")
# The small network has only the first layers, and a step of it takes no time.
SETTINGS = {"content layers": "relu2_1:1", "style layers": "relu1_1:1, relu2_1:1", "steps": "1000", "start size": "0"}


def find_axe():
    for folder, _, files in os.walk(VIRTUAL):
        if "axe.min.js" in files:
            with open(os.path.join(folder, "axe.min.js"), encoding="utf-8") as f:
                return f.read()
    return None


class Tour:
    """One browser at one studio; what it looks like goes to pictures whose names begin with the tour's."""

    def __init__(self, job, name, width, height, touch=False):
        self.s, self.name, self.looks = job.studio, name, not job.steps_only
        self.b = Browser(job.folder, width, height, touch)
        self.axe = find_axe()
        self.moments = 0

    def __enter__(self):
        return self, self.b

    def __exit__(self, kind, error, trace):
        if error:
            self.b.shot(f"{self.name}-failed")
        self.b.close()

    def open(self):
        self.b.driver.get(f"http://{self.s.name}:{self.s.port}/")
        self.b.find("heading", "A new painting")

    def moment(self, what, but=()):
        """Looks at the page as it is: pictures, accessibility, the console, the width."""
        self.moments += 1
        for scheme in ["light", "dark"] if self.looks else []:
            self.b.scheme(scheme)
            self.b.shot(f"{self.name}-{self.moments:02}-{what.replace(' ', '-')}-{scheme}")
            # Colours are all that a scheme changes.
            rules = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
            if self.axe:
                found = self.b.axe(self.axe, **rules)
                ok(not found, f"{self.name}: {what}, {scheme}: axe-core has nothing against it", found)
        self.b.scheme("light")
        wide = self.b.run("return document.documentElement.scrollWidth - innerWidth")
        ok(wide <= 0, f"{self.name}: {what}: nothing is wider than the window", wide)
        found = self.b.complaints(but)
        ok(not found, f"{self.name}: {what}: the console is silent", found)

    # --- Steps of the tour ---

    def refused(self):
        """A file that is no picture."""
        self.b.find("file", "^Photograph").send_keys(self.s.path("cut.png"))
        said = self.b.wait(lambda: self.b.run(
            "return [...document.querySelectorAll('[role=alert]')].map((e) => e.innerText).filter(Boolean).join()"), "the reason")
        ok(len(said) > 20, f"{self.name}: a broken picture is refused with the reason: {said}")

    def parts(self):
        """A brush over the photograph: this part stays as it is."""
        b = self.b
        b.press("button", "^Say what goes where")
        b.find("heading", "^What goes where")
        b.press("radio", "^(Stays|.*[Ss]tays)")
        table = b.find("canvas", "^The photograph")
        if b.touch:
            b.swipe(table, 80)
        else:
            b.drag(table, 80, 10)
        b.press("button", "^Undo")
        b.press("button", "^Redo")
        b.says("gets the rest")
        b.press("button", "^The main subject")
        b.says("main subject.* belongs to|Nothing was found")
        self.objects()
        b.wait(lambda: not self.masks(), "the end of the mask that was found")
        ok(True, f"{self.name}: a mask that was found is not left on the server")
        self.moment("parts")
        b.press("button", "^Done")
        b.wait(lambda: not b.run(MODAL), "the end of the dialog")
        self.moment("parted")

    def objects(self):
        """One of the list, and one that is pointed at. What there is, a network of random weights says."""
        b = self.b
        photo = self.s.get("pictures").json[-1]["id"]
        name = self.s.get(f"pictures/{photo}/objects").json["classes"][0]["name"]
        b.press("button", f"^{name} [0-9]+ %")
        b.says(f"{name}.* belongs to|Nothing was found")
        b.press("button", "^Clear$")
        b.press("button", "^Object")
        b.press_element(b.find("canvas", "^The photograph"))
        b.says(r"(?s)Stays as it is\s+[1-9][0-9]* %")
        ok(True, f"{self.name}: objects are found, by name and by pointing at them")

    def masks(self):
        return self.s.get("pictures?role=mask").json

    def gallery(self):
        """Found again by name; pinned; renamed."""
        b = self.b
        job = self.s.get("jobs").json[0]["id"]
        b.press("button", "^Pin ")
        b.wait(lambda: self.s.job(job)["pinned"], "the pin")
        b.press("button", "^Rename ")
        b.find("text", "").send_keys(Keys.CONTROL + "a" + Keys.NULL, "Evening\u00a0é <b>")
        self.moment("rename")
        b.press("button", "^Save")
        b.wait(lambda: self.s.job(job)["name"], "the name")
        search = b.find("text", "^Search by name")
        search.send_keys("nothing of the kind")
        b.says("None of them is called")
        b.press("button", "^Show all")
        b.wait(lambda: not search.get_attribute("value") and b.all("link", "^Evening"), "all of them")
        search.send_keys(Keys.CONTROL + "a" + Keys.NULL, "EVENING e")
        b.find("link", "^Evening")
        for shelf in ["Photographs", "Paintings", "Painted here"]:
            b.press("button", f"^{shelf}$")
        self.moment("gallery")
        ok(True, f"{self.name}: pinned, renamed, found by name")

    def set(self):
        """The smallest size, and settings under "More"."""
        b = self.b
        b.find("slider", "^Size").send_keys(Keys.HOME)
        b.press("button", "^More")
        for label, text in SETTINGS.items():
            field = b.find("text", f"(?i)^{label}")
            field.send_keys(Keys.CONTROL + "a" + Keys.NULL, text, Keys.TAB)

    def paints(self):
        """All of it, from the first stroke to the day after."""
        self.b.press("button", "^Paint$")
        self.emerges()
        self.commands()
        self.compare()
        self.zoom()
        self.download()
        self.tomorrow()

    def emerges(self):
        """It is painted before one's eyes."""
        b = self.b
        b.says("Painting")
        b.says(r"(about|less than) .* left")
        first = self.seen()
        b.wait(lambda: self.seen() != first, "another preview")
        ok(True, f"{self.name}: it emerges, and time left is told")
        curve = b.wait(lambda: b.all("image", "^The loss"), "the curve")[0].accessible_name
        ok(re.search(r"from \S+ to \S+", curve), f"{self.name}: the curve in words", curve)

    def seen(self):
        """The painting as it can be seen, in pixels."""
        return self.b.run("""
            const image = [...document.querySelectorAll('.viewer img')].filter((e) => e.naturalWidth).at(-1);
            const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
            const to = canvas.getContext('2d');
            to.drawImage(image, 0, 0, 32, 24);
            return to.getImageData(0, 0, 32, 24).data.join()""")

    def step(self):
        """How many steps are told; 0 before the first."""
        told = re.search(r"Step (\d+) of", self.b.text())
        return int(told.group(1)) if told else 0

    def weights(self):
        """Something else is wanted while it is painted."""
        job = self.s.get("jobs").json[0]
        slider = self.b.find("slider", "^Closer to the photograph")
        slider.send_keys(*[Keys.ARROW_RIGHT] * 5)
        self.b.says("from the next step on")
        after = self.s.job(job["id"])["params"]["style-weight"]
        ok(after > job["params"]["style-weight"], f"{self.name}: the weights are changed meanwhile", (job["params"]["style-weight"], after))

    def commands(self):
        b = self.b
        b.press("button", "^Pause")
        b.says("Paused")
        step = self.step()
        self.moment("paused")
        ok(self.step() == step > 0, f"{self.name}: paused, it stands", (step, self.step()))
        b.press("button", "^Continue")
        b.wait(lambda: self.step() > step, "more steps")
        self.weights()
        self.moment("painting")
        b.press("button", "^Stop and keep")
        b.says("Finished")
        b.find("link", "^Download")
        ok(True, f"{self.name}: pause, continue, stop and keep")

    def compare(self):
        b = self.b
        divider = b.find("slider", "photograph is shown")
        before = divider.get_attribute("aria-valuetext")
        divider.send_keys(*[Keys.ARROW_RIGHT] * 30)
        ok(divider.get_attribute("aria-valuetext") != before, f"{self.name}: the divider by keyboard", before)
        if not b.touch:
            before = float(divider.get_attribute("value"))
            b.drag(b.run("return document.querySelector('.viewer .line')"), 160)
            ok(float(divider.get_attribute("value")) > before, f"{self.name}: the divider by mouse", divider.get_attribute("value"))
        self.moment("compared")

    def zoom(self):
        b = self.b
        b.press("button", "^400 %")
        ok(b.find("button", "^400 %").get_attribute("aria-pressed") == "true", f"{self.name}: zoomed")
        self.moment("zoomed")
        fit = int(b.wait(lambda: re.search(r"[0-9]+", b.find("button", "^Fit").text), "the picture's own size").group())
        larger = [wide for wide in (100, 200, 400) if wide > fit]
        picture = b.find("group", "^The picture")
        picture.send_keys("-" * len(larger))
        ok(b.find("button", "^Fit").get_attribute("aria-pressed") == "true", f"{self.name}: and back to what fits, by keyboard", fit)
        picture.send_keys("+")
        ok(b.find("button", f"^{larger[0]} %").get_attribute("aria-pressed") == "true", f"{self.name}: plus shows it larger", (fit, larger))
        picture.send_keys("-")

    def fetched(self, link, ending):
        """The bytes of what a link downloads."""
        b = self.b
        before = set(os.listdir(b.folder))
        b.press("link", link)
        name, = b.wait(lambda: [n for n in set(os.listdir(b.folder)) - before if n.endswith(ending)], "the file")
        path = os.path.join(b.folder, name)
        with open(path, "rb") as f:
            data = f.read()
        os.remove(path)
        return io.BytesIO(data)

    def download(self):
        """As a file, with all that belongs to it, and as a command."""
        b = self.b
        choose(b.find("choice", "^Format"), "tiff")
        choose(b.find("choice", "^Depth"), "16")
        got = Image.open(self.fetched("^Download", (".tif", ".tiff")))
        ok(got.format == "TIFF" and set(got.tag_v2[258]) == {16}, f"{self.name}: a TIFF of 16 bits is downloaded", (got.format, got.size))
        names = zipfile.ZipFile(self.fetched("^All as ZIP", ".zip")).namelist()
        ok("command.txt" in names and "params.json" in names and len(names) >= 5, f"{self.name}: so is all of it as ZIP", names)
        b.press("button", "^Copy as command")
        b.says("impasto stylize ")
        self.moment("handed out")

    def variations(self):
        """Three of them, small, side by side; one of them larger."""
        b = self.b
        b.press("button", "^More")
        b.find("text", "(?i)^steps").send_keys(Keys.CONTROL + "a" + Keys.NULL, "5", Keys.TAB)
        b.press("button", "^Variations")
        b.find("heading", "^Variations")
        self.moment("variations")
        b.press("button", "^Paint them")
        b.says("All are finished")
        self.moment("side by side")
        three = self.s.get("jobs?limit=3").json
        ok(len({job["group"] for job in three}) == 1 and three[0]["group"], f"{self.name}: variations are of one group", three[0]["group"])
        b.press_element(b.all("button", "^Paint larger")[0])
        b.find("radio", "^1.5 ")
        self.moment("larger")
        b.press("radio", "^1.5 ")
        b.press("button", "^Paint it")
        b.says("384 × [0-9]")
        b.says("Finished")
        ok(True, f"{self.name}: three variations side by side, one of them larger")
        b.press("link", "^New painting")

    def tomorrow(self):
        """The page again: all of it is there."""
        b = self.b
        b.driver.refresh()
        b.says("Finished")
        b.press("link", "^New painting|^impasto")
        b.find("heading", "A new painting")
        self.gallery()
        b.press_element(b.all("link", "^Evening")[0])
        b.says("Finished")
        b.press("button", "Change and paint again")
        b.find("heading", "A new painting")
        b.wait(lambda: len(b.all("image", "^(Photograph|Painting): ")) == 2, "both pictures")
        ok("relu2_1" in str(self.s.job(self.s.get("jobs").json[0]["id"])["params"]), f"{self.name}: settings are kept")

    def delete(self):
        b = self.b
        number = len(self.s.get("jobs").json)
        b.press_element(b.all("link", "^Evening")[0])
        b.says("Finished")
        b.press("button", "^Delete$")
        b.press("button", "^Delete it")
        b.find("heading", "A new painting")
        ok(len(self.s.get("jobs").json) == number - 1, f"{self.name}: deleted, after a question")
        b.press("button", "^Show all")
        b.press("button", "^Delete ")
        b.press("button", "^Delete it")
        b.wait(lambda: len(self.s.get("jobs").json) == number - 2 and b.focused().text == "Gallery", "the focus at the gallery")
        ok(True, f"{self.name}: in the gallery as well, and the focus stays there")
        other = [job["id"] for job in self.s.get("jobs").json if job["state"] == "done"][-1]
        card = f"const card = document.querySelector('#gallery-list a[href=\"#painting-{other}\"]');"
        b.wait(lambda: b.run(card + "card?.scrollIntoView(); return card?.querySelector('img').naturalWidth"), "the card of another, with its picture")
        ok(self.s.remove(f"jobs/{other}").status == 204 and b.wait(lambda: b.run(card + "return !card"), "it to go"),
           f"{self.name}: what somebody else removes goes")


def choose(select, value):
    select.find_element("css selector", f"option[value='{value}']").click()
