#!/usr/bin/env python3
"""Recomputes plans from docs/scheduling.md alone and writes Tests/SchedulerTests/Fixtures/plans.json.

    python3 scripts/plan_fixtures.py

Nothing of the program is used: this is how somebody else would do it. `latest` is E + slip alone and `following` the
next slot's E: how long a run may take is not the plan's to say.
"""
import hashlib
import json
import math
import pathlib
import unicodedata
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

def job_name(target, probe, entry):
    """The entry's name, or its number among those without one."""
    def part(name):
        return unicodedata.normalize("NFC", name).replace("%", "%25").replace("/", "%2F")
    return f"{part(target)}/{part(probe)}/{entry}"


def value(seed, job, purpose, index):
    text = f"fleetprobe plan 1\n{seed}\n{job}\n{purpose}\n{index}\n"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def choice(seed, job, purpose, index, below):
    return value(seed, job, purpose, index) * below >> 64 if below > 0 else 0


def fraction(seed, job, purpose, index):
    return (value(seed, job, purpose, index) >> 11) / 2**53


def poisson_start(seed, job, interval_ms, k):
    """Milliseconds from the epoch, without splay."""
    block, place = divmod(k, 16)
    raw = [-math.log(1 - fraction(seed, job, "gap", block * 16 + i)) for i in range(16)]

    def gaps(stretch):
        return [min(max(g * stretch, 0.1), 2.5) for g in raw]

    low, high = 0.0, 1.0
    while sum(gaps(high)) < 16:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if sum(gaps(middle)) < 16:
            low = middle
        else:
            high = middle
    return block * 16 * interval_ms + round(sum(gaps(high)[:place]) * interval_ms)


def every(seed, job, interval, jitter, slip, k):
    def earliest(k):
        splay = choice(seed, job, "splay", 0, interval * 1000)
        if jitter == "poisson":
            return splay + poisson_start(seed, job, interval * 1000, k)
        limit = interval * 100 if jitter is None else jitter * 1000
        return k * interval * 1000 + splay + choice(seed, job, "jitter", k * interval, limit)

    latest = earliest(k) + (slip * 1000 if slip is not None else interval * 500)
    return k * interval, earliest(k), latest, earliest(k + 1)


def daily(seed, job, hour, zone, spread, jitter, slip, day):
    def scheduled(day):
        return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).timestamp())

    def earliest(day):
        s = scheduled(day)
        limit = (spread or 0) * 100 if jitter is None else jitter * 1000
        return (s * 1000 + choice(seed, job, "splay", 0, (spread or 0) * 1000)
                + choice(seed, job, "jitter", s, limit))

    this, following = scheduled(day), scheduled(day + timedelta(days=1))
    latest = earliest(day) + (slip * 1000 if slip is not None else (following - this) * 500)
    return this, earliest(day), latest, earliest(day + timedelta(days=1))


def main():
    cases = []
    start = 1_790_000_000
    for seed in ["my-isp", "", "Zürich"]:
        for target, entry in [("ap-north", "0"), ("core-1", "0"), ("r1", "0"), ("Tower North", "evening"),
                              ("50 %/tower", "0"), ("Mühlbach 3", "a/b")]:
            job = job_name(target, "tcp", entry)
            for interval, jitter, slip in [
                (21600, None, None), (3600, 600, 60), (60, 5, None), (21600, "poisson", None), (3600, "poisson", 300),
            ]:
                for n in range(4):
                    k = start // interval + n * 7
                    number, earliest, latest, following = every(seed, job, interval, jitter, slip, k)
                    cases.append(dict(seed=seed, target=target, entry=entry, every=interval, jitter=jitter, slip=slip,
                                      number=number, earliest=earliest, latest=latest, following=following))
            for hour, zone, spread, jitter, slip in [
                (2, "UTC", 7200, None, None), (3, "Europe/Vienna", None, 60, 1800),
                (22, "America/New_York", 600, 0, None),
            ]:
                for n in range(3):
                    day = datetime.fromtimestamp(start, tz=timezone.utc).date() + timedelta(days=n)
                    number, earliest, latest, following = daily(seed, job, hour, zone, spread, jitter, slip, day)
                    cases.append(dict(seed=seed, target=target, entry=entry, cron=f"0 {hour} * * *", zone=zone, spread=spread,
                                      jitter=jitter, slip=slip, number=number, earliest=earliest, latest=latest,
                                      following=following))
    path = pathlib.Path(__file__).parent.parent / "Tests/SchedulerTests/Fixtures/plans.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    given = [{key: value for key, value in case.items() if value is not None} for case in cases]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in given)
    path.write_text("[\n" + lines + "\n]\n")
    print(f"{len(cases)} cases in {path}")


main()
