#!/usr/bin/env python3
"""start_rate.py PROBE [SECONDS] [MILLISECONDS …]: an agent that starts 500 latency probes a second on loopback for SECONDS (60), with commits that
take so many MILLISECONDS longer (1 and 20). Prints how late the starts were beside a thread that only sleeps, and what was missed.

The commits are made slow by a fsync that sleeps (LD_PRELOAD; needs cc). Exits with 1 when a slot was missed or is not there, or the starts' 99th
percentile is over 20 ms and over that of the thread by more than 10 ms."""
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from agent_bench import Agent, write_fleet

probe = os.path.abspath(sys.argv[1])
seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
delays = [int(number) for number in sys.argv[3:]] or [1, 20]
EVERY, TARGETS = 10, 5000
SHIM = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void pause_(void) { usleep(1000 * atoi(getenv("SLOW_FSYNC"))); }
int fsync(int fd) { pause_(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { pause_(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


def sleeper(until, late):
    """What this machine makes of a sleep of 2 ms."""
    while time.monotonic() < until:
        due = time.monotonic() + 0.002
        time.sleep(0.002)
        late.append((time.monotonic() - due) * 1000)


def measure(delay):
    with tempfile.TemporaryDirectory() as folder:
        write_fleet(folder, TARGETS)
        with open(f"{folder}/slow.c", "w") as source:
            source.write(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", f"{folder}/slow.so", f"{folder}/slow.c", "-ldl"], check=True)
        agent = Agent(probe, folder, ("--log-level", "warning"), {"LD_PRELOAD": f"{folder}/slow.so", "SLOW_FSYNC": str(delay)})
        late = []
        control = threading.Thread(target=sleeper, args=(time.monotonic() + seconds + EVERY, late))
        control.start()
        time.sleep(seconds + EVERY)
        code, _ = agent.stop(signal.SIGTERM, 40)
        told = "".join(agent.lines)
        control.join()
        with sqlite3.connect(f"{folder}/s.db") as store:
            rows = store.execute("SELECT job, slot, outcome, started_at - scheduled_at FROM run").fetchall()
        # Each job has its own place in the ten seconds; its earliest start stands for that.
        begun = [(job, late / 1e6) for job, _, outcome, late in rows if outcome != "missed"]
        place = {}
        for job, offset in begun:
            place[job] = min(place.get(job, offset), offset)
        starts = [offset - place[job] for job, offset in begun]
        missed = len(rows) - len(starts)
        # The first turn of each job may begin late: the agent has just started.
        first, holes = {}, 0
        for job, slot, _, _ in sorted(rows):
            if job in first and slot - first[job] != EVERY:
                holes += 1
            first[job] = slot
        p99, control99 = percentile(starts, 0.99), percentile(late, 0.99)
        print(f"commits {delay} ms slower: {len(starts)} starts in {seconds + EVERY} s, late by {percentile(starts, 0.5):.1f} ms (median), "
              f"{p99:.1f} (p99), {max(starts, default=0):.1f} (most); a sleeping thread {control99:.1f} (p99), {max(late):.1f} (most); {missed} missed, "
              f"{holes} not there; the agent ended with {code}", flush=True)
        if told.strip():
            print(told.strip()[:300])
        return missed == 0 and holes == 0 and code == 0 and (p99 <= 20 or p99 <= control99 + 10)


sys.exit(not all([measure(delay) for delay in delays]))
