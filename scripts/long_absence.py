#!/usr/bin/env python3
"""long_absence.py PROBE [TARGETS] [EVERY]: an agent of TARGETS (10,000) routers that are tested every EVERY (1h) starts after a day in which it did not
run. Looks how soon it tests, answers `probe now` and obeys SIGTERM, and that each slot of that day is in a row, or in a row that stands for
several, once.

Exits with 1 when the first test takes more than 2 s after the start, `probe now` more than 1 s, or the end more than 30 s."""
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from agent_bench import Agent, write_fleet

probe = os.path.abspath(sys.argv[1])
targets = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
every = sys.argv[3] if len(sys.argv) > 3 else "1h"
step = int(every[:-1]) * {"s": 1, "m": 60, "h": 3600}[every[-1]]
def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        write_fleet(folder, targets, every, jitter=None)
        store = f"{folder}/s.db"
        first = Agent(probe, folder)
        first.said("agent started", limit=60)
        subprocess.run([probe, "now", "r7", "--fleet", "f.yaml", "-q"], cwd=folder, stdout=subprocess.DEVNULL)
        first.stop(signal.SIGTERM)
        day = 86_400
        with sqlite3.connect(store) as database:
            # A row of a day ago for each job: from there on its slots are due.
            database.execute("UPDATE target SET first_seen_at = first_seen_at - ?", (day * 10**9,))
            database.execute("DELETE FROM run WHERE trigger <> 'manual'")
            columns = [row[1] for row in database.execute("PRAGMA table_info(run)") if row[1] != "id"]
            new = {"run_id": "lower(hex(randomblob(4))) || '-0000-4000-8000-' || lower(hex(randomblob(6)))", "target": "target.id",
                   "job": "target.name || '/p/0'", "trigger": "'schedule'", "slot": f"started_at / 1000000000 - {day}",
                   "scheduled_at": f"started_at - {day}000000000", "started_at": f"started_at - {day}000000000"}
            picked = ", ".join(new.get(name, "run." + name) for name in columns)
            database.execute(f"INSERT INTO run ({', '.join(columns)}) SELECT {picked} FROM run, target")
            database.execute("DELETE FROM run WHERE trigger = 'manual'")
            known = database.execute("SELECT count(*) FROM run").fetchone()[0]
        agent = Agent(probe, folder)
        started, tested = agent.after("agent started", 60), agent.after("test ended", 120)
        began = time.monotonic()
        now = subprocess.run([probe, "now", "r7", "--fleet", "f.yaml", "--format", "json"], cwd=folder, text=True, capture_output=True)
        answered = time.monotonic() - began
        _, ended = agent.stop(signal.SIGTERM)
        with sqlite3.connect(store) as database:
            rows = database.execute("SELECT count(*) FROM run WHERE outcome = 'missed'").fetchone()[0]
            twice = database.execute("SELECT count(*) FROM (SELECT 1 FROM run WHERE slot IS NOT NULL GROUP BY job, slot HAVING count(*) > 1)"
                                     ).fetchone()[0]
        # The rows that were not in at the stop come with the next start.
        again = Agent(probe, folder)
        again.said("test ended", limit=120)
        limit, before = time.monotonic() + 300, -1
        while rows != before and time.monotonic() < limit:
            before = rows
            time.sleep(3)
            with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
                rows = database.execute("SELECT count(*) FROM run WHERE outcome = 'missed'").fetchone()[0]
        all_in = time.monotonic() - again.began
        _, final = again.stop(signal.SIGTERM)
        # From one row of a job to its next lies one step and the jitter of both.
        with sqlite3.connect(store) as database:
            gaps = database.execute(
                "SELECT count(*) FROM (SELECT scheduled_at - lag(scheduled_at) OVER (PARTITION BY job ORDER BY scheduled_at) AS gap FROM run "
                "WHERE slot IS NOT NULL) WHERE gap > ?", (int(step * 1.5 * 10**9),)).fetchone()[0]
    print(f"{known} targets, every {every}, a day away: started {started:.2f} s, first test {tested:.2f} s, probe now {answered:.2f} s (exit "
          f"{now.returncode}), SIGTERM {ended:.2f} s; {rows} rows of missed slots within {all_in:.0f} s, {gaps} gaps; SIGTERM {final:.2f} s")
    for is_wrong, fact in ((tested > 2, "the first test came late"), (answered > 1, "probe now waited"), (now.returncode, "probe now failed"),
                           (max(ended, final) > 30, "SIGTERM was not obeyed in time"), (twice, "a slot is there twice"),
                           (gaps, "slots are missing")):
        if is_wrong:
            print("FAILED", fact, now.stdout + now.stderr if "now" in fact else "")
            wrong.append(fact)
    sys.exit(bool(wrong))


main()
