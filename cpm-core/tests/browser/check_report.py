#!/usr/bin/env python3
"""Opens a report in headless Chromium and checks what only a browser can tell.

    python3 check_report.py report.html [--screenshots DIR] [--chromium PATH]

Fails (exit code 1, one line per finding) if the page writes a warning or an error to the console, asks for
anything but itself, may load anything from elsewhere, sorts or copies a table wrongly, overflows a narrow screen,
lacks contrast in one of its themes, or breaks a rule of accessible structure. Needs Python 3.11 and
Chromium, nothing else: it speaks the DevTools protocol over a pipe. Without a browser it says so and
checks nothing, except in CI, where that is a failure.
"""

import argparse
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
NARROW = [320, 360, 400, 600, 860, 1280]
PATIENCE = 60.0


class Browser:
    """One Chromium process with one page, driven over a pipe."""

    def __init__(self, executable: str):
        self.profile = tempfile.mkdtemp(prefix="check-report-")
        to_browser_read, self.write_end = os.pipe()
        self.read_end, from_browser_write = os.pipe()

        def as_fd_3_and_4():
            # Through numbers above 4, for one of the pipe's ends may be 3 or 4 itself.
            read, write = os.dup(to_browser_read), os.dup(from_browser_write)
            while min(read, write) <= 4:
                read, write = os.dup(read), os.dup(write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [
                executable,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                f"--user-data-dir={self.profile}",
                "--remote-debugging-pipe",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(3, 4),
            preexec_fn=as_fd_3_and_4,
        )
        os.close(to_browser_read)
        os.close(from_browser_write)
        self.buffer = b""
        self.last_id = 0
        self.session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **params):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive(PATIENCE)
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self, patience):
        """The next message; events are also kept in `events`."""
        deadline = time.monotonic() + patience
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self.read_end, 1 << 20) if ready else b""
            if not chunk:
                raise TimeoutError("Chromium does not answer")
            self.buffer += chunk
        text, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, url):
        self.call("Page.navigate", url=url)
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self.receive(PATIENCE)

    def run(self, script):
        """The value of a JavaScript expression or of the promise that it gives."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"].get("description", "the script failed"))
        return result["result"].get("value")

    def screen(self, width, height, scheme="light", scale=1.0):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, full=True):
        size = self.call("Page.getLayoutMetrics")
        area = size["cssContentSize"] if full else size["cssVisualViewport"]
        width, height = area.get("width", area.get("clientWidth")), area.get("height", area.get("clientHeight"))
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        answer = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=full)
        path.write_bytes(base64.b64decode(answer["data"]))

    def press(self, key):
        text = {"text": "\r"} if key == "Enter" else {}
        code = {"Enter": 13, "Tab": 9}[key]
        for kind in ("keyDown", "keyUp"):
            extra = text if kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **extra)


def console(browser):
    """Warnings, errors and exceptions so far."""
    for event in browser.events:
        params = event["params"]
        match event["method"]:
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                yield f"console {params['type']}: " + " ".join(str(a.get("value", a)) for a in params["args"])
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                yield f"console {params['entry']['level']}: {params['entry']['text']}"
            case "Runtime.exceptionThrown":
                yield f"exception: {params['exceptionDetails']['text']}"


def requests(browser, url):
    """What the page asked for besides itself."""
    for event in browser.events:
        if event["method"] == "Network.requestWillBeSent":
            asked = event["params"]["request"]["url"]
            if asked != url and not asked.startswith("data:"):
                yield f"the page asks for {asked}"


def overflow(browser):
    for width in NARROW:
        browser.screen(width, 800)
        content = browser.run("document.documentElement.scrollWidth")
        if content > width:
            yield f"at a width of {width} px the page is {content} px wide"
        for who in browser.run("checks.outside()"):
            yield f"at a width of {width} px {who} sticks out"


def keyboard(browser):
    browser.run("document.querySelector('table.sortable thead button').focus()")
    for expected in ("descending", "ascending"):
        browser.press("Enter")
        found = browser.run("document.querySelector('table.sortable th').getAttribute('aria-sort')")
        if found != expected:
            yield f"Enter on a heading gives aria-sort {found}, not {expected}"


def contrast(browser):
    for scheme in ("light", "dark"):
        browser.screen(1280, 900, scheme)
        for finding in browser.run("checks.contrast()"):
            yield f"{scheme} theme: {finding}"


def screenshots(browser, folder):
    folder.mkdir(parents=True, exist_ok=True)
    browser.run("scrollTo(0, 0)")
    for scheme in ("light", "dark"):
        browser.screen(1280, 900, scheme)
        browser.picture(folder / f"{scheme}.png")
        browser.screen(360, 780, scheme, scale=2.0)
        browser.picture(folder / f"phone-{scheme}.png")
    browser.screen(1280, 900)
    answer = browser.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    (folder / "print.pdf").write_bytes(base64.b64decode(answer["data"]))


def check(browser, url, sortable=True):
    browser.screen(1280, 900)
    browser.open(url)
    browser.run((HERE / "checks.js").read_text())
    findings = browser.run("checks.structure()") + browser.run("checks.copying()")
    if sortable:
        findings += [*browser.run("checks.sorting()"), *keyboard(browser)]
    findings += [*overflow(browser), *contrast(browser)]
    findings += [*console(browser), *requests(browser, url)]
    # After the console has been read, for a refusal is an error there.
    findings += browser.run("checks.refusal()")
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path, help="the HTML file")
    parser.add_argument("--not-sortable", action="store_true", help="a page without tables to sort, as a comparison")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="write pictures and a PDF there")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", help="the browser to use")
    arguments = parser.parse_args()
    url = arguments.report.resolve(strict=True).as_uri()
    if not shutil.which(arguments.chromium):
        print(f"{arguments.report}: not checked, since there is no browser `{arguments.chromium}` (Debian: chromium)")
        return 1 if os.environ.get("CI") else 0
    with Browser(arguments.chromium) as browser:
        findings = check(browser, url, not arguments.not_sortable)
        if arguments.screenshots:
            browser.open(url)
            screenshots(browser, arguments.screenshots)
    for finding in findings:
        print(finding)
    print(f"{arguments.report}: {len(findings)} findings" if findings else f"{arguments.report}: good")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
