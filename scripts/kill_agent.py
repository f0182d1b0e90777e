#!/usr/bin/env python3
"""kill_agent.py PROBE [TIMES]: ends an agent with kill -9 at TIMES random moments (20) while it records, on a store of its own, and looks after each
that the store is whole, that no slot and no run is there twice, that no row has gone, and how long the next start takes.

What the agent acknowledges, `probe now` shows: it asks the running agent, and each result that it prints as stored must be there at the end. Exits with 1 when one is not, or a start takes a second or longer."""
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from agent_bench import Agent, write_fleet

probe = os.path.abspath(sys.argv[1])
times = int(sys.argv[2]) if len(sys.argv) > 2 else 20
TARGETS = 200


def rows(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        return store.execute("SELECT run_id, job, slot FROM run").fetchall()


def main():
    random.seed(7)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        write_fleet(folder, TARGETS)
        store = f"{folder}/s.db"
        acknowledged, known, slowest = set(), set(), 0.0
        for _ in range(times):
            agent = Agent(probe, folder)
            seconds = agent.after("agent started", 30)
            if seconds == float("inf"):
                sys.exit(f"the agent did not start: {''.join(agent.lines)}")
            slowest = max(slowest, seconds)
            end = time.monotonic() + random.uniform(0.02, 0.8)
            asking = subprocess.Popen([probe, "now", f"r{random.randrange(TARGETS)}", "--fleet", "f.yaml", "-q", "--format", "json"],
                                      cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            time.sleep(max(end - time.monotonic(), 0))
            agent.stop(signal.SIGKILL)
            try:
                answer = asking.communicate(timeout=0.3)[0]
            except subprocess.TimeoutExpired:
                asking.kill()
                answer = asking.communicate()[0]
            acknowledged |= {run["run_id"] for run in json.loads(answer or "[]") if run["stored"]}
            with sqlite3.connect(store) as whole:
                if whole.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                    wrong.append("the store is damaged")
            there = rows(store)
            ids = {run for run, _, _ in there}
            slots = [(job, slot) for _, job, slot in there if slot is not None]
            if len(ids) < len(there) or len(set(slots)) < len(slots):
                wrong.append("a run or a slot is there twice")
            if known - ids:
                wrong.append(f"{len(known - ids)} rows have gone")
            known = ids
        if acknowledged - known:
            wrong.append(f"{len(acknowledged - known)} acknowledged results are not there")
        if slowest >= 1:
            wrong.append(f"a start took {slowest:.2f} s")
        if not acknowledged:
            wrong.append("nothing was acknowledged, so nothing was shown")
    print(f"{times} times kill -9: {len(known)} rows, {len(acknowledged)} acknowledged to who asked, slowest start {slowest:.2f} s")
    for fact in sorted(set(wrong)):
        print("FAILED", fact)
    sys.exit(bool(wrong))


main()
