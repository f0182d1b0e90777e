#!/usr/bin/env python3
"""check_stock_client.py PROBE [VENV]: clients of others against `probe serve control` and `probe serve rmbt`.

The RMBT client of PyPI measures over the HTTP upgrade and WebSocket, each without and with TLS, and with one and with twenty
threads: it must end well, its numbers must be those that the server counted, and the store must have the run, confirmed. HTTP clients
(curl with an offer of HTTP/2, wget, requests, httpx, and Java's where there is one) ask for a test and hand in a result, each with
several requests on what it takes for one connection. VENV is kept and used again; without it one is made for the time of the
check."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rmbt_peer  # noqa: E402
from control_bench import Bench, Report  # noqa: E402

CLIENTS = ["rmbt-client==1.1.1", "requests==2.32.3", "httpx==0.28.1"]
probe = os.path.abspath(sys.argv[1])
report = Report()


def install(folder):
    """An environment with the client; its fast part in C must have been compiled, as its makers mean it to be."""
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *CLIENTS], check=True)
    compiled = subprocess.run([python, "-c", "import rmbt_client.rmbt_loop"], check=False)
    report.check("its C part is compiled (python3-dev and gcc are there)", compiled.returncode == 0)
    return python


def near(one, other, tolerance=0.1):
    return one > 0 and other > 0 and abs(one - other) <= tolerance * max(one, other)


def measured(python, bench, name, options):
    """Runs the client once and holds what it says against the server's log and the store."""
    words = name + (" " + " ".join(options) if options else "")
    before = len(bench.rmbt.log)
    home = os.path.join(bench.folder, "home")
    os.makedirs(home, exist_ok=True)
    ended = subprocess.run(
        [python, "-m", "rmbt_client", "-h", bench.urls[name], "-d", "2", *options], capture_output=True, text=True,
        timeout=120, check=False, env={"PATH": os.environ["PATH"], "HOME": home})
    said = ended.stdout + ended.stderr
    if not report.check(f"{words}: ends well", ended.returncode == 0, said):
        return
    for word in ("skipping", "Warning"):
        report.check(f"{words}: says nothing of '{word}'", word not in said, said)

    lines = bench.rmbt.log[before:].splitlines()
    received = sum(int(number) for line in lines for number in re.findall(r"received_bytes=(\d+)", line))
    down = re.search(r"^Download: +([\d.]+) Mbit/s +\((\d+) bytes in ([\d.]+)s", ended.stdout, re.M)
    up = re.search(r"^Upload: +([\d.]+) Mbit/s +\((\d+) bytes in ([\d.]+)s", ended.stdout, re.M)
    link = re.search(r"^Result: +\S+/share/O([0-9a-f-]{36})$", ended.stdout, re.M)
    if not report.check(f"{words}: prints its results", down and up and link, said):
        return
    # The pre-test is a download as well, over before the others begin, and not among the client's bytes.
    downloads = [int(number) for line in lines for number in re.findall(r"sent_bytes=(\d+)", line) if int(number) > 0][1:]
    report.check(f"{words}: download, the bytes that the server sent", near(int(down[2]), sum(downloads)),
                 f"{down[2]} and {downloads}")
    report.check(f"{words}: upload, the bytes that the server received", near(int(up[2]), received), f"{up[2]} and {received}")

    rows = dict(bench.rows(
        "SELECT direction, bits_per_second FROM transfer JOIN run ON run.id = transfer.run WHERE run.run_id = ?", link[1]))
    outcome = bench.rows("SELECT outcome, probe FROM run WHERE run_id = ?", link[1])
    report.check(f"{words}: the store has the run", outcome == [("measured", "control")], outcome)
    flags = bench.rows("SELECT flags FROM run WHERE run_id = ?", link[1])
    report.check(f"{words}: the RMBT server confirms it", flags and "unconfirmed" not in flags[0][0].split(), flags)
    for direction, found in (("download", down), ("upload", up)):
        rate = rows.get(direction, 0) / 1e6
        report.check(f"{words}: the stored {direction} is what the client printed", near(rate, float(found[1])),
                     f"{rate:.1f} and {found[1]} Mbit/s")
    latency = bench.rows(
        "SELECT median_ns, count FROM latency JOIN run ON run.id = latency.run WHERE run.run_id = ? AND phase = 'idle'", link[1])
    report.check(f"{words}: the stored latency is of ten pings or more", latency and latency[0][0] > 0 and latency[0][1] >= 10,
                 latency)
    print(f"        download {down[1]} Mbit/s, upload {up[1]} Mbit/s, stored {rows}")


CLIENT_UUID = "8723358c-2037-4029-a70c-91e5d9d35cf3"
ASKING = {"uuid": CLIENT_UUID, "client": "RMBT", "timezone": "UTC", "capabilities": {"RMBThttp": True}}

# Each prints the answers to `ip` and `testRequest`, a line each, asked one after the other.
WITH_REQUESTS = """
import json, sys, requests
with requests.Session() as session:
    for use, message in json.loads(sys.argv[2]):
        print(session.post(sys.argv[1] + use, json=message, timeout=10).text)
"""
WITH_HTTPX = """
import json, sys, httpx
with httpx.Client(timeout=10) as client:
    for use, message in json.loads(sys.argv[2]):
        print(client.post(sys.argv[1] + use, json=message).text)
"""
WITH_JAVA = """
import java.net.URI;
import java.net.http.*;
import java.time.Duration;
public class Ask {
    public static void main(String[] words) throws Exception {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
        for (int i = 1; i + 1 < words.length; i += 2) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(words[0] + words[i])).timeout(Duration.ofSeconds(10))
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(words[i + 1])).build();
            System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
    }
}
"""


def asked(bench, name, command):
    """What a client of others gets for two requests, one after the other."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    try:
        answers = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    except json.JSONDecodeError:
        answers = []
    holds = len(answers) == 2 and answers[0].get("ip") == "127.0.0.1" and bool(answers[1].get("test_token"))
    report.check(f"{name}: asks twice and is answered twice", holds, ended.stdout + ended.stderr)


def http_clients(python, bench):
    base = bench.urls["plain"] + "/RMBTControlServer/"
    uses = [("ip", {}), ("testRequest", ASKING)]
    asked(bench, "requests", [python, "-c", WITH_REQUESTS, base, json.dumps(uses)])
    asked(bench, "httpx", [python, "-c", WITH_HTTPX, base, json.dumps(uses)])
    curl = ["curl", "-sS", "--max-time", "20", "--http2"]
    for number, (use, message) in enumerate(uses):
        curl += (["--next", "-sS", "--max-time", "20", "--http2"] if number else []) + [
            "-w", "\\n", "-H", "Content-Type: application/json", "-d", json.dumps(message), base + use]
    asked(bench, "curl that offers HTTP/2", curl)
    script = "\n".join(f"wget -q -O - --timeout=10 --post-data='{json.dumps(message)}' {base}{use}; echo" for use, message in uses)
    asked(bench, "wget", ["sh", "-c", script])
    if not shutil.which("java"):
        print("        no java here: its HTTP client is not asked")
        return
    source = os.path.join(bench.folder, "Ask.java")
    with open(source, "w", encoding="utf-8") as file:
        file.write(WITH_JAVA)
    asked(bench, "Java's HttpClient", ["java", source, base] + [word for use, message in uses for word in (use, json.dumps(message))])


def incompressible(bench, chunks=64, size=1 << 20):
    """A capture of a download and what zstd makes of it, with a window over all of it."""
    connection = rmbt_peer.Connection(bench.classic_port, rmbt_peer.token("topsecret"))
    capture = connection.chunks(chunks, size)
    connection.close()
    packed = subprocess.run(["zstd", "-q", "-c", "--long=27", "-3"], input=capture, capture_output=True, check=True).stdout
    report.check(f"zstd makes nothing of {len(capture) >> 20} MiB of chunks", len(packed) >= 0.99 * len(capture),
                 f"{len(packed)} of {len(capture)}")
    pieces = {capture[i:i + 4096] for i in range(0, len(capture), 4096)}
    report.check("no two of their pages are equal", len(pieces) == len(capture) // 4096, len(pieces))


def main():
    with tempfile.TemporaryDirectory() as folder:
        python = install(os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else os.path.join(folder, "venv"))
        bench = Bench(probe)
        try:
            for name, options in (("plain", []), ("tls", ["--no-tls-verify"]), ("plain", ["--ws"]),
                                  ("tls", ["--ws", "--no-tls-verify"]), ("plain", ["--http", "-t", "1"]),
                                  ("plain", ["-t", "20"]), ("plain", ["--ws", "-t", "20"]),
                                  ("tls", ["-t", "20", "--no-tls-verify"])):
                measured(python, bench, name, options)
            http_clients(python, bench)
            incompressible(bench)
        finally:
            report.check("the servers end at SIGTERM", bench.close())
    report.end()


main()
