"""chromium.py - a person at the studio's page: Debian's Chromium, asked for things by role and name.

Selenium and chromium-driver, both from Debian: the driver is built from the browser's own source, so that
they fit each other whatever version is current, and nothing has to come from the network. (Playwright is
from PyPI, with a program of its own inside, and vouches only for the browsers it downloads itself.)"""
import json
import os
import re
import time

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_TOUCH
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys

PATIENCE = 60    # seconds for what takes none; sanitizers and other work on the machine are slow

ROLES = {
    "button": "button, summary", "link": "a[href]", "slider": "input[type=range]", "check": "input[type=checkbox]",
    "choice": "select", "text": "input[type=text], input[type=search], input[type=number], input[type=password], textarea",
    "file": "input[type=file]", "heading": "h1, h2, h3", "group": "[role=group]", "radio": "input[type=radio]", "canvas": "[role=application]",
    "image": "img[alt], [role=img]",
}

# Those to be seen that may have the name: asking the browser for each one's would take long.
VISIBLE = """
    const [wanted, name, flags] = arguments, fits = new RegExp(name, flags);
    const byIds = (e) => (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id));
    const texts = (e) => [e.ariaLabel, e.alt, e.title, e.placeholder, e.textContent, e.innerText,
        ...[...e.labels ?? [], ...byIds(e)].map((label) => label?.textContent)];
    return [...document.querySelectorAll(wanted)].filter((e) =>
        e.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && !e.disabled
        && texts(e).some((text) => fits.test((text ?? '').trim())))"""

# What is on top can be reached; behind a dialog is nothing.
MODAL = "return document.querySelector('dialog[open]')"


class Browser:
    """At a window of this size, or a phone's screen if `touch`."""

    def __init__(self, folder, width, height, touch=False):
        self.folder, self.touch = folder, touch
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for switch in ["headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "hide-scrollbars",
                       "disable-background-networking", f"window-size={width},{height}", "lang=en-GB"]:
            options.add_argument("--" + switch)
        if touch:
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": {
                "width": width, "height": height, "pixelRatio": 2, "touch": True, "mobile": True}})
        options.add_experimental_option("prefs", {"download.default_directory": os.path.abspath(folder)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(PATIENCE)
        if not touch:
            self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.scheme("light")

    def close(self):
        self.driver.quit()

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def scheme(self, name):
        """light or dark; and nothing moves, so that pictures of the page are of one moment."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name},
                                                         {"name": "prefers-reduced-motion", "value": "reduce"}])

    # --- What there is ---

    def wait(self, condition, what, patience=PATIENCE):
        """What condition() returns once that is something."""
        end = time.time() + patience
        while True:
            try:
                if found := condition():
                    return found
            except StaleElementReferenceException:
                pass
            if time.time() > end:
                raise AssertionError(f"waited {patience} seconds for {what}; the page says: {self.text()[:600]}")
            time.sleep(0.05)

    def all(self, role, name=""):
        """Those to be seen, with a name (as a screen reader has it) that this fits."""
        scope = "dialog[open] " if self.run(MODAL) else ""
        wanted = ", ".join(scope + one.strip() for one in ROLES[role].split(","))
        flags = "i" if name.startswith("(?i)") else ""
        return [e for e in self.run(VISIBLE, wanted, name.removeprefix("(?i)"), flags) if re.search(name, e.accessible_name)]

    def find(self, role, name):
        return self.wait(lambda: self.all(role, name), f"{role} {name!r}")[0]

    def text(self):
        return self.run("return document.body.innerText")

    def says(self, words, patience=PATIENCE):
        """Waits for words on the page, and returns what matched."""
        return self.wait(lambda: re.search(words, self.text()), repr(words), patience)

    def focused(self):
        return self.driver.switch_to.active_element

    def shot(self, name):
        self.driver.save_screenshot(os.path.join(self.folder, name + ".png"))

    def complaints(self, but=()):
        """What the console has had to say since it was asked last, other than what fits one of `but`."""
        lines = [f"{e['level']} {e['message']}" for e in self.driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
        return [line for line in lines if not any(re.search(one, line) for one in but)]

    # --- Hands ---

    def press(self, role, name):
        """Clicks it, or taps it."""
        self.press_element(self.find(role, name))

    def press_element(self, element):
        self.run("arguments[0].scrollIntoView({ block: 'center' })", element)
        if not self.touch:
            element.click()
            return
        finger = ActionBuilder(self.driver, mouse=PointerInput(POINTER_TOUCH, "finger"), duration=0)
        finger.pointer_action.move_to(element).pointer_down().pointer_up()
        finger.perform()

    def keys(self, *keys):
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def chord(self, held, *keys):
        """Keys while another one is held."""
        ActionChains(self.driver, duration=0).key_down(held).send_keys(*keys).key_up(held).perform()

    def drag(self, element, dx, dy=0):
        """Takes it at its middle, with the mouse."""
        ActionChains(self.driver, duration=20).click_and_hold(element).move_by_offset(dx // 2, dy // 2) \
            .move_by_offset(dx - dx // 2, dy - dy // 2).release().perform()

    def swipe(self, element, dx):
        """A finger goes over it, from its middle."""
        finger = ActionBuilder(self.driver, mouse=PointerInput(POINTER_TOUCH, "finger"), duration=20)
        finger.pointer_action.move_to(element).pointer_down().move_by(dx, 0).pointer_up()
        finger.perform()

    def tab_to(self, role, name, most=160):
        """By the keyboard alone, forwards."""
        for _ in range(most):
            self.keys(Keys.TAB)
            e = self.run("const e = document.activeElement; return e.matches(arguments[0]) ? e : null", ROLES[role])
            if e and re.search(name, e.accessible_name):
                return e
        raise AssertionError(f"{role} {name!r} is not reached by the keyboard")

    def drop(self, path, element):
        """A file let go over an element, as by the system's file manager."""
        self.run("arguments[0].scrollIntoView({ block: 'center' })", element)
        box = self.run("const b = arguments[0].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]", element)
        data = {"items": [], "files": [os.path.abspath(path)], "dragOperationsMask": 1}
        for kind in ["dragEnter", "dragOver", "drop"]:
            self.cdp("Input.dispatchDragEvent", type=kind, x=box[0], y=box[1], data=data)

    def paste(self, png):
        """A picture put on the clipboard, and Ctrl+V."""
        self.cdp("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        failed = self.driver.execute_async_script("""
            const done = arguments[arguments.length - 1];
            const bytes = Uint8Array.from(arguments[0]);
            navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) })])
                .then(() => done(''), (e) => done(String(e)))""", list(png))
        assert not failed, failed
        for kind in ["rawKeyDown", "keyUp"]:
            self.cdp("Input.dispatchKeyEvent", type=kind, modifiers=2, key="v", code="KeyV", windowsVirtualKeyCode=86,
                     commands=["paste"] if kind == "rawKeyDown" else [])

    # --- Accessibility ---

    def axe(self, source, **options):
        """What axe-core has against the page as it is, as (rule, what is meant, where)."""
        if not self.run("return 'axe' in window"):
            self.run(source)
        found = self.driver.execute_async_script("""
            const done = arguments[arguments.length - 1];
            axe.run(document, arguments[0]).then((r) => done(JSON.stringify(r.violations)), (e) => done(String(e)))""",
                                                 {"resultTypes": ["violations"], "preload": False, "iframes": False, **options})
        return [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"]][:4]) for v in json.loads(found)]
