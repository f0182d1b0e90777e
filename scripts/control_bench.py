"""What check_page.py and check_stock_client.py share: servers of the program on free ports, and their logs."""
import os
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time


class Server:
    """One `probe serve …`; its log goes into a file."""

    def __init__(self, probe, arguments, folder, name):
        self.path = os.path.join(folder, name + ".log")
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(
                [probe, "serve"] + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)

    @property
    def log(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def ports(self, count):
        """The ports of its listeners, once all of them are open."""
        deadline = time.monotonic() + 60
        while True:
            found = [int(port) for port in re.findall(r'listening on [^" ]*:(\d+)', self.log)]
            if len(found) >= count:
                return found
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start:\n" + self.log)
            time.sleep(0.05)

    def stop(self):
        """Ends it as an operator would; says whether it ended well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            return False


def free_ports(count):
    """Ports that were free a moment ago: the RMBT server must know its Control Servers before they know it."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Bench:
    """An RMBT server with a plain and a TLS port for HTTP, and a Control Server for each of them over one store."""

    def __init__(self, probe, duration=2, options=()):
        self.directory = tempfile.TemporaryDirectory()
        self.folder = self.directory.name
        key = os.path.join(self.folder, "keys")
        with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write("topsecret check\n")
        self.database = os.path.join(self.folder, "results.db")
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in zip(("plain", "tls"), free_ports(2))}
        reports = [word for url in self.urls.values() for word in ("--report-to", url)]
        self.rmbt = Server(
            probe, ["rmbt", "--listen", "127.0.0.1:0", "--listen-http", "127.0.0.1:0", "--listen-http-tls", "127.0.0.1:0",
                    "--token-key-file", key, *reports],
            self.folder, "rmbt")
        self.classic_port, *ports = self.rmbt.ports(3)
        self.rmbt_ports = dict(zip(("plain", "tls"), ports))
        self.controls = {}
        for name, port in self.rmbt_ports.items():
            control = Server(
                probe, ["control", "--listen", self.urls[name].removeprefix("http://"), "--rmbt", f"{name}=127.0.0.1:{port}", "--token-key-file", key,
                        "--db", self.database, "--test-duration", f"{duration}s", *options], self.folder, "control-" + name)
            self.controls[name] = control
            control.ports(1)

    def servers(self):
        return [self.rmbt, *self.controls.values()]

    def rows(self, sql, *arguments):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as store:
            return store.execute(sql, arguments).fetchall()

    def close(self):
        ended = [server.stop() for server in self.servers()]
        self.directory.cleanup()
        return all(ended)


class Report:
    """Lines of `ok` and `FAILED`, and how many of each."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, holds, detail=""):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(("ok      " if holds else "FAILED  ") + what + ("" if holds or not detail else ": " + str(detail)), flush=True)
        return bool(holds)

    def end(self):
        print(f"{self.passed} ok, {self.failed} failed")
        raise SystemExit(1 if self.failed else 0)
