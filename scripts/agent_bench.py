"""Agents of many latency probes on loopback, for scripts that try what an agent does."""
import os
import subprocess
import threading
import time

FLEET = """version: 1
store: s.db
seed: s
probes: {{ p: {{ latency: {{ count: 1, interval: 100ms }} }} }}
defaults: {{ probes: [p], schedule: {{ every: {every}{jitter} }} }}
routers:
"""


def write_fleet(folder, targets, every="10s", jitter="0s"):
    """f.yaml in the folder: routers r0, r1, … of 127.0.0.0/8, whose results go into s.db; a jitter of None is the default one."""
    with open(f"{folder}/f.yaml", "w") as fleet:
        fleet.write(FLEET.format(every=every, jitter=f", jitter: {jitter}" if jitter else ""))
        fleet.writelines(
            f"  - {{ name: r{n}, address: 127.{n // 62500}.{n // 250 % 250}.{n % 250 + 1} }}\n" for n in range(targets))


class Agent:
    """A running `probe agent` on f.yaml of the folder, and what it says."""

    def __init__(self, probe, folder, options=(), environment={}):
        self.began = time.monotonic()
        self.lines = []
        self.seconds = {}
        self.process = subprocess.Popen([probe, "agent", "--fleet", "f.yaml", *options], cwd=folder, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            for word in ("agent started", "test ended"):
                if word in line:
                    self.seconds.setdefault(word, time.monotonic() - self.began)

    def said(self, text, since=0, limit=15):
        """Whether it says so, in time."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if any(text in line for line in self.lines[since:]):
                return True
            if self.process.poll() is not None and not self.reader.is_alive():
                return any(text in line for line in self.lines[since:])
            time.sleep(0.01)
        return False

    def after(self, word, limit):
        """Seconds from its start until it said the word first: one of "agent started" and "test ended"."""
        return self.seconds.get(word, float("inf")) if self.said(word, limit=limit) else float("inf")

    def stop(self, how, limit=60):
        """Sends the signal; its exit code, None where it had to be killed, and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(how)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        took = time.monotonic() - began
        self.reader.join(5)
        return code, took
