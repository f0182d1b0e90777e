#!/usr/bin/env python3
"""store_faults.py PROBE [SECONDS]: takes the store away from a running agent in six ways, each for SECONDS (8), and looks whether the agent
lives, says so, and has every slot exactly once afterwards.

The store is locked by another process, its disk is full (only as root: in a mount namespace of its own), it is moved away and back, it is
deleted and a copy put there later, a copy is renamed over it, and fsync fails (where there is a C compiler: LD_PRELOAD). Exits with 1 when a slot is missing, is there twice or was missed, the
agent ended, or it said nothing."""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from agent_bench import Agent, write_fleet

probe = os.path.abspath(sys.argv[1])
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 8
EVERY, TARGETS = 10, 60
wrong = []


def check(is_right, fact):
    if not is_right:
        wrong.append(fact)
        print("FAILED", fact, flush=True)


def slots(store, since=0):
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        return database.execute("SELECT job, slot, outcome FROM run WHERE slot >= ?", (since,)).fetchall()


def whole(store, since, name):
    """Each job has each slot once from its first on, and none of them was missed."""
    found = slots(store, since)
    jobs = {}
    for job, slot, outcome in found:
        jobs.setdefault(job, []).append(slot)
        check(outcome != "missed", f"{name}: the slot {slot} of {job} was missed")
    check(len(jobs) == TARGETS, f"{name}: {len(jobs)} of {TARGETS} jobs have rows")
    for job, numbers in jobs.items():
        numbers.sort()
        steps = {after - before for before, after in zip(numbers, numbers[1:])}
        check(steps <= {EVERY}, f"{name}: {job} has the slots {numbers}")
    return len(found)


def copy(store, path):
    with sqlite3.connect(store) as source, sqlite3.connect(path) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    os.utime(path, (time.time() - 10, time.time() - 10))


def locked(folder, store, agent):
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(max(seconds, 7))
    other.execute("ROLLBACK")
    other.close()


def full(folder, store, agent):
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as filler:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                pass
        # What SQLite gives back while it tries again is taken too.
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                filler.write(b"x" * (1 << 12))
            except OSError:
                time.sleep(0.05)
    os.unlink(path)


def moved(folder, store, agent):
    os.rename(store, store + ".away")
    time.sleep(seconds)
    check(not os.path.exists(store), "a new store was made in the place of the one that was moved away")
    os.rename(store + ".away", store)


def deleted(folder, store, agent):
    copy(store, store + ".copy")
    os.unlink(store)
    time.sleep(seconds)
    check(not os.path.exists(store), "a new store was made in the place of the one that was deleted")
    os.rename(store + ".copy", store)


def replaced(folder, store, agent):
    copy(store, store + ".copy")
    os.rename(store + ".copy", store)
    time.sleep(seconds)


SHIM = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(void) { errno = EIO; return access(getenv("FSYNC_FAILS"), F_OK) == 0; }
int fsync(int fd) { return fails() ? (errno = EIO, -1) : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { return fails() ? (errno = EIO, -1) : ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


def unsynced(folder, store, agent):
    with open(f"{folder}/fails", "w"):
        time.sleep(seconds)
    os.unlink(f"{folder}/fails")


def shim(folder):
    """What an agent needs to have an fsync that fails while a file is there; nothing where no compiler is."""
    if not shutil.which("cc"):
        return None
    with open(f"{folder}/fsync.c", "w") as source:
        source.write(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", f"{folder}/fsync.so", f"{folder}/fsync.c", "-ldl"], check=True)
    return {"LD_PRELOAD": f"{folder}/fsync.so", "FSYNC_FAILS": f"{folder}/fails"}


def run(folder, name, fault, begins, ends, environment={}):
    store = os.path.join(folder, "s.db")
    for suffix in ("", "-wal", "-shm", ".lock"):
        if os.path.exists(store + suffix):
            os.unlink(store + suffix)
    agent = Agent(probe, folder, environment=environment)
    check(agent.said("agent started"), f"{name}: the agent did not start")
    time.sleep(3)
    before, since = len(agent.lines), int(time.time())
    fault(folder, store, agent)
    check(agent.process.poll() is None, f"{name}: the agent ended: {''.join(agent.lines[-3:])}")
    if begins:
        check(agent.said(begins, before), f"{name}: the agent did not say that it began")
    check(agent.said(ends, before), f"{name}: the agent did not say that it ended")
    said = sum(begins in line for line in agent.lines[before:]) if begins else 1
    check(said == 1, f"{name}: the agent said {said} times that it began")
    time.sleep(EVERY + 2)
    code, took = agent.stop(signal.SIGTERM, 40)
    check(code == 0 and took < 30, f"{name}: the agent ended with {code} after {took:.1f} s: {''.join(agent.lines[-3:])}")
    kept = name in ("locked", "full", "moved away", "fsync fails")
    count = whole(store, 0 if kept else since, name)
    with sqlite3.connect(store) as database:
        check(database.execute("PRAGMA integrity_check").fetchone() == ("ok",), f"{name}: the store is damaged")
    print(f"{name}: {count} slots, each once; ended within {took:.1f} s", flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        is_small = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], stderr=subprocess.DEVNULL).returncode == 0
        write_fleet(folder, TARGETS)
        waits, again = "results wait", "results are kept again"
        took = "another file took the place"
        run(folder, "locked", locked, waits, again)
        if is_small:
            run(folder, "full", full, waits, again)
        else:
            print("full: not run, since this user may not mount")
        run(folder, "moved away", moved, waits, again)
        run(folder, "deleted", deleted, waits, again)
        run(folder, "replaced", replaced, None, took)
        environment = shim(folder)
        if environment:
            run(folder, "fsync fails", unsynced, waits, again, environment)
        else:
            print("fsync fails: not run, since there is no C compiler")
        if is_small:
            subprocess.run(["umount", "-l", folder], check=False)
    sys.exit(bool(wrong))


if os.geteuid() == 0 and "STORE_FAULTS_ALONE" not in os.environ:
    # What is mounted here is seen by nobody else, and goes with this process.
    os.execvpe("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv],
               {**os.environ, "STORE_FAULTS_ALONE": "1"})
main()
