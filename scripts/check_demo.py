#!/usr/bin/env python3
"""check_demo.py FOLDER PROBE: holds what `probe demo` left in FOLDER against its promises.

Runs of both protocols, failures with their kinds, tables that parse, a page that Chromium renders without a console
message, and a fleet file that works with `probe now` once the demo's servers run again."""
import csv
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import zlib

folder, probe = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
passed = failed = 0


def check(what, holds):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(("ok      " if holds else "FAILED  ") + what)


def png_colours(path):
    """How many different pixels an 8-bit RGB or RGBA picture has."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position, idat = 8, b""
    while position < len(data):
        length = int.from_bytes(data[position:position + 4], "big")
        kind, body = data[position + 4:position + 8], data[position + 8:position + 8 + length]
        if kind == b"IHDR":
            width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
            channels = {2: 3, 6: 4}[body[9]]
        if kind == b"IDAT":
            idat += body
        position += 12 + length
    raw, stride = zlib.decompress(idat), width * channels
    previous, colours = bytearray(stride), set()
    for row in range(height):
        begin = row * (stride + 1)
        method, line = raw[begin], bytearray(raw[begin + 1:begin + 1 + stride])
        for i in range(stride):
            left = line[i - channels] if i >= channels else 0
            up = previous[i]
            corner = previous[i - channels] if i >= channels else 0
            if method == 1:
                line[i] = (line[i] + left) & 255
            elif method == 2:
                line[i] = (line[i] + up) & 255
            elif method == 3:
                line[i] = (line[i] + (left + up) // 2) & 255
            elif method == 4:
                estimate = left + up - corner
                a, b, c = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
                line[i] = (line[i] + (left if a <= b and a <= c else up if b <= c else corner)) & 255
        colours.update(bytes(line[i:i + 3]) for i in range(0, stride, channels))
        previous = line
    return len(colours)


def chromium(*options):
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             f"--user-data-dir={profile}", "--window-size=1200,1600", *options, "file://" + page],
            capture_output=True, text=True, timeout=120)


database = os.path.join(folder, "fleetprobe.db")
page = os.path.join(folder, "report", "index.html")
store = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
measured = dict(store.execute("select kind, count(*) from v_run where outcome = 'measured' group by kind"))
kinds = dict(store.execute("select failure_kind, count(*) from v_run where outcome = 'failed' group by failure_kind"))
check(f"6 btest runs or more are measured: {measured.get('btest', 0)}", measured.get("btest", 0) >= 6)
check(f"6 RMBT runs or more are measured: {measured.get('rmbt', 0)}", measured.get("rmbt", 0) >= 6)
check(f"failures have their kinds: {kinds}", kinds.get("unreachable", 0) > 0 and kinds.get("authentication", 0) > 0)
check("every measured throughput run has rates above 0", not store.execute(
    "select count(*) from v_run where outcome = 'measured' and kind <> 'latency' and not (download_mbit_per_s > 0 "
    "and upload_mbit_per_s > 0)").fetchone()[0])
check("RMBT runs have a median latency", not store.execute(
    "select count(*) from v_run where outcome = 'measured' and kind = 'rmbt' and not (latency_median_ms > 0)").fetchone()[0])
check("v_latest has every target", store.execute("select count(distinct target) from v_latest").fetchone()[0] == 5)
check("the database is its owner's alone", stat.S_IMODE(os.stat(database).st_mode) == 0o600)

runs = list(csv.DictReader(open(os.path.join(folder, "report", "runs.csv"), newline="")))
summary = list(csv.DictReader(open(os.path.join(folder, "report", "summary.csv"), newline="")))
check("runs.csv has every run", len(runs) == store.execute("select count(*) from v_run").fetchone()[0])
check("summary.csv has both directions of every target", len({(r["target"], r["direction"]) for r in summary}) == 10)

shot = os.path.join(folder, "report.png")
console = re.findall(r".*CONSOLE.*", chromium(f"--screenshot={shot}").stderr)
check(f"Chromium has nothing to say on its console: {console}", not console)
check("the screenshot shows a page, not a blank one", os.path.exists(shot) and png_colours(shot) > 20)
dom = chromium("--dump-dom").stdout
check("the page has the table of targets", re.search(r"<table[\s>]", dom) and all(
    name in dom for name in ["core-1", "edge-2", "ap-locked", "ap-gone", "rmbt-own"]))
check("the page has a chart for each target that measured", len(re.findall(r"<svg[\s>]", dom)) >= 3)
check("the page needs no script", "<script" not in dom)

servers = subprocess.Popen(
    [os.path.join(folder, "serve.sh")], env={**os.environ, "PROBE": probe}, stdout=subprocess.DEVNULL,
    stderr=subprocess.PIPE, text=True, start_new_session=True)
try:
    listening = 0
    while listening < 2:
        listening += "listening on" in servers.stderr.readline()
    now = subprocess.run(
        [probe, "now", "core-1", "--probe", "tcp", "--fleet", os.path.join(folder, "fleet.yaml"), "--format", "json"],
        capture_output=True, text=True, timeout=60)
    check("the fleet file works with `probe now`",
          now.returncode == 0 and json.loads(now.stdout)[0]["outcome"] == "measured")
finally:
    os.killpg(servers.pid, signal.SIGTERM)
    servers.wait(10)

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
