#!/usr/bin/env python3
"""Writes Tests/FleetModelTests/Fixtures/cron/matches.json with croniter as the judge.

    python3 -m venv .venv && .venv/bin/pip install croniter tzdata
    .venv/bin/python scripts/cron_fixtures.py

Matches within two days of a change of the UTC offset are left out: what happens there is this project's own rule
(docs/scheduling.md), tested by hand-written sentences.
"""
import json
import pathlib
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter

EXPRESSIONS = [
    "* * * * *", "*/5 * * * *", "0 * * * *", "7,37 * * * *", "0 2 * * *", "30 14 * * MON-FRI", "0 0 1 * *",
    "0 0 31 * *", "0 0 29 2 *", "15 3 * JAN,JUL SUN", "0 12 13 * FRI", "0 12 13 * 5", "*/20 8-18/2 * * 1-5",
    "5/15 * * * *", "59 23 31 12 *", "0 4 * * 7", "0 4 * * 0", "0 4 * * 5-7", "0 4 1-7 * *", "10-50/10 0 * 3-5 *",
    "0 0 */2 * *", "0 6 */10 * MON", "1 1 1 1 *", "0 22 28-31 * *", "0 0 15 */3 *", "*/7 */5 * * *", "0 9 * * TUE,THU",
    "@hourly", "@daily", "@weekly", "@monthly", "@yearly",
]
ZONES = ["UTC", "Europe/Vienna", "America/New_York"]


def near_offset_change(moment, zone):
    offsets = {(moment + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-48, -24, 0, 24, 48)}
    return len(offsets) > 1


def main():
    random.seed(2024)
    cases = []
    for zone_name in ZONES:
        zone = ZoneInfo(zone_name)
        for expression in EXPRESSIONS:
            for _ in range(6):
                start = datetime.fromtimestamp(random.randrange(1_600_000_000, 1_900_000_000), tz=timezone.utc)
                # A star with a step does not restrict a day field: Vixie's own reading.
                judge = croniter(expression, start.astimezone(zone).replace(tzinfo=None), implement_cron_bug=True)
                # The local calendar alone; the offset is put on afterwards, away from its changes.
                local = judge.get_next(datetime)
                match = local.replace(tzinfo=zone)
                if near_offset_change(match, zone) or near_offset_change(start, zone):
                    continue
                cases.append({
                    "expression": expression, "zone": zone_name, "after": int(start.timestamp()),
                    "next": int(match.timestamp()),
                })
    target = pathlib.Path(__file__).parent.parent / "Tests/FleetModelTests/Fixtures/cron/matches.json"
    lines = ",\n".join(json.dumps(case) for case in cases)
    target.write_text("[\n" + lines + "\n]\n")
    print(f"{len(cases)} cases in {target}")


main()
