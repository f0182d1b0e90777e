#!/usr/bin/env python3
"""check_page.py PROBE [FOLDER]: a browser measures on the page of `probe serve control`, without and with TLS.

Drives headless Chromium by its DevTools over a pipe: opens the page, starts the test, waits for the result, follows the link
to it. Values must be there and fit the store, and the console must stay silent. FOLDER gets pictures of the pages."""
import base64
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from control_bench import Bench, Report  # noqa: E402

probe = os.path.abspath(sys.argv[1])
pictures = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
report = Report()


class Browser:
    """Headless Chromium; messages are JSON with a NUL behind them, on its descriptors 3 and 4."""

    def __init__(self, folder):
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def in_child():
            # Both may lie on 3 or 4 already.
            one, two = os.dup(to_browser), os.dup(from_browser)
            os.dup2(one, 3)
            os.dup2(two, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--ignore-certificate-errors", "--remote-debugging-pipe", "--window-size=900,900",
             "--user-data-dir=" + folder, "about:blank"],
            preexec_fn=in_child, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None
        self.console = []

    def receive(self, deadline):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser did not answer")
            data = os.read(self.read_end, 1 << 16)
            if not data:
                raise EOFError("the browser is gone")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, limit=30, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + limit
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def note(self, event):
        """Keeps what the page says on its console: errors of the network, of the policy and of scripts too."""
        kind, parameters = event.get("method"), event.get("params", {})
        if kind == "Log.entryAdded":
            self.console.append(parameters["entry"].get("text", ""))
        elif kind == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(value.get("value")) for value in parameters["args"]))
        elif kind == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details.get("text", "exception")))

    def open(self, url):
        if not self.session:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.call(domain + ".enable")
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait(self, expression, limit=30):
        deadline = time.monotonic() + limit
        while not self.value(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression} did not come about; the page says: " + str(self.value("document.body.innerText")))
            time.sleep(0.1)

    def picture(self, name):
        if pictures:
            data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
            with open(os.path.join(pictures, name + ".png"), "wb") as file:
                file.write(base64.b64decode(data))

    def close(self):
        self.session = None
        try:
            self.call("Browser.close", limit=5)
        except (OSError, EOFError, TimeoutError, RuntimeError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.read_end)
        os.close(self.write_end)


def rate(text):
    """Mbit/s of `93.4 Mbit/s` or `1.2 Gbit/s`."""
    match = re.fullmatch(r"([\d.]+)\s+([MG])bit/s", text.strip())
    return float(match[1]) * (1000 if match[2] == "G" else 1) if match else 0.0


def texts(browser):
    return browser.value("[...document.querySelectorAll('dd')].map(one => one.textContent)")


def measured(browser, bench, name, seconds):
    browser.open(bench.urls[name] + "/")
    browser.picture(name + "-before")
    report.check(f"{name}: the page opens with its button", browser.value("document.getElementById('start').textContent") == "Start")
    browser.value("document.getElementById('start').click()")
    browser.wait("document.getElementById('status').textContent.startsWith('Measuring the download')", 30)
    time.sleep(seconds * 0.6)
    browser.picture(name + "-running")
    report.check(f"{name}: the progress moves", 0 < browser.value("document.getElementById('progress').value") < 1)
    report.check(f"{name}: the curve grows", browser.value("document.getElementById('down-line').getAttribute('d').length") > 10)
    browser.wait("document.getElementById('start').textContent === 'Start again'", 60)
    status = browser.value("document.getElementById('status').textContent")
    if not report.check(f"{name}: the test ends well", status.startswith("Done: download "), status):
        return
    browser.picture(name + "-result")
    down, up, latency = texts(browser)
    report.check(f"{name}: the page shows what was measured", rate(down) > 0 and rate(up) > 0 and latency.endswith("ms"),
                 (down, up, latency))
    link = browser.value("document.getElementById('share-link').href")
    test = link.rsplit("/O", 1)[-1].split("?")[0]

    rows = dict(bench.rows(
        "SELECT direction, bits_per_second / 1e6 FROM transfer JOIN run ON run.id = transfer.run WHERE run.run_id = ?", test))
    run = bench.rows("SELECT outcome, probe, flags FROM run WHERE run_id = ?", test)
    report.check(f"{name}: the store has the run", run == [("measured", "control", f"server:{name} client:RMBTws")], run)
    for direction, text in (("download", down), ("upload", up)):
        report.check(f"{name}: the stored {direction} is the one on the page",
                     abs(rows.get(direction, 0) - rate(text)) <= 0.02 * rate(text) + 0.001, (rows, text))
    ended = [line for line in bench.rmbt.log.splitlines() if "connection ended" in line]
    counted = sum(int(number) for line in ended for number in re.findall(r"received_bytes=(\d+)", line))
    stored = bench.rows("SELECT bytes FROM transfer JOIN run ON run.id = transfer.run WHERE run.run_id = ? AND "
                        "direction = 'upload'", test)[0][0]
    report.check(f"{name}: the server received what the upload counted", 0 < stored <= counted, (stored, counted))

    browser.open(link)
    browser.picture(name + "-share")
    shown = texts(browser)
    report.check(f"{name}: the result's own page shows the same", abs(rate(shown[0]) - rate(down)) <= 0.02 * rate(down)
                 and abs(rate(shown[1]) - rate(up)) <= 0.02 * rate(up), (shown, down, up))
    report.check(f"{name}: it has the curve of both directions", browser.value("document.querySelectorAll('svg .line').length") == 2)


def german(browser, bench, name, seconds):
    """The same page in German: by the reader's choice, which it remembers, and on the result's page."""
    browser.open(bench.urls[name] + "/?lang=de")
    report.check("German: the page speaks it", browser.value("document.documentElement.lang + document.title") == "deBreitbandtest")
    left = browser.value("[...document.querySelectorAll('[data-text]')].filter(one => !one.textContent).map(one => one.dataset.text)")
    report.check("German: no text is missing", left == [], left)
    browser.wait("!document.getElementById('history').hidden")
    rows = browser.value("document.querySelectorAll('#history-rows tr').length")
    report.check("the tests of this browser are listed", rows >= 1, rows)
    link = browser.value("document.querySelector('#history-rows a').href")
    browser.value("document.getElementById('start').click()")
    browser.wait("document.getElementById('start').textContent === 'Noch einmal'", 90)
    status = browser.value("document.getElementById('status').textContent")
    report.check("German: the test ends well", re.fullmatch(r"Fertig: Download [\d,]+ [MG]bit/s, Upload [\d,]+ [MG]bit/s, Latenz "
                                                           r"[\d,]+ ms\.", status), status)
    browser.wait(f"document.querySelectorAll('#history-rows tr').length === {rows + 1}")
    browser.picture("german-result")
    browser.open(link)
    report.check("German: the result's page speaks it", browser.value("document.documentElement.lang") == "de")
    browser.picture("german-share")
    browser.open(bench.urls[name] + "/")
    browser.value("document.querySelector('[data-language=de]').click()")
    browser.open(bench.urls[name] + "/")
    report.check("the chosen language is remembered", browser.value("document.documentElement.lang") == "de")
    browser.value("document.querySelector('[data-language=en]').click()")
    report.check("and can be changed back", browser.value("document.getElementById('start').textContent") == "Start")
    # The list is asked for, and forgotten before its answer is there: the answer must not bring it back.
    browser.value("document.querySelector('[data-language=en]').click(), document.getElementById('forget').click()")
    browser.value("new Promise(done => setTimeout(done, 500))")
    report.check("the browser forgets", browser.value("localStorage.getItem('rmbt-client') === null"))
    report.check("a late answer does not bring the forgotten back", browser.value("document.getElementById('history').hidden"))


def stopped(browser, bench, name):
    browser.open(bench.urls[name] + "/")
    before = bench.rows("SELECT count(*) FROM run")
    browser.value("document.getElementById('start').click()")
    browser.wait("document.getElementById('status').textContent.startsWith('Preparing the download')")
    browser.value("document.getElementById('start').click()")
    browser.wait("document.getElementById('start').textContent === 'Start again'")
    report.check("a test that is stopped says so and stores nothing",
                 browser.value("document.getElementById('status').textContent").startswith("The test was stopped")
                 and bench.rows("SELECT count(*) FROM run") == before)


def main():
    seconds = 2
    bench = Bench(probe, seconds, ["--operator", "Example Net", "--imprint-url", "https://www.example.net/imprint",
                                   "--privacy-url", "https://www.example.net/privacy"])
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder)
        try:
            for name in ("plain", "tls"):
                measured(browser, bench, name, seconds)
            german(browser, bench, "plain", seconds)
            report.check("the operator stands on the page",
                         browser.value("document.querySelector('.links').textContent") == "Example Net · Imprint · Privacy")
            stopped(browser, bench, "plain")
            report.check("the console stays silent", not browser.console, browser.console)
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
            browser.call("Emulation.setDeviceMetricsOverride", width=390, height=780, deviceScaleFactor=2, mobile=True)
            test = bench.rows("SELECT run_id FROM run ORDER BY started_at DESC")[0][0]
            browser.open(bench.urls["plain"] + "/share/O" + test)
            browser.picture("share-dark-narrow")
            report.check("a narrow screen has nothing beside it",
                         browser.value("document.documentElement.scrollWidth <= window.innerWidth"))
            browser.open(bench.urls["plain"] + "/")
            browser.picture("page-dark-narrow")
            bench.rmbt.stop()
            browser.value("document.getElementById('start').click()")
            browser.wait("document.getElementById('start').textContent === 'Start again'", 60)
            status = browser.value("document.getElementById('status').textContent")
            report.check("a server that is gone is a sentence", "cannot be reached" in status or "No RMBT server" in status, status)
            browser.picture("page-error")
            report.check("the Control Servers end at SIGTERM", all(control.stop() for control in bench.controls.values()))
        finally:
            browser.close()
            bench.close()
    report.end()


main()
