#!/usr/bin/env bash
# APScheduler 3.11.3, croniter 7.0.0 and cronsim 2.8 (PyPI); cron-parser 5.10.6 (npm)
#
# Behaviour: `30 2 * * *` in Berlin. On the day in spring without a 2:30 croniter and cronsim run at 3:00, APScheduler and
#            cron-parser at 3:30 (APScheduler calls that instant 02:30+01:00, a time no clock shows). On the day in autumn
#            with two of them cronsim and cron-parser run once, APScheduler and croniter twice.
# Guess:     the four agree, since the line is older than all of them.
# Matters:   a nightly pull of yesterday's meter values that moves from one scheduler to another runs twice, or at another
#            time, on the two days a year on which days have 23 and 25 hours: a run that is not idempotent doubles an hour.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check APScheduler==3.11.3 croniter==7.0.0 cronsim==2.8
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.6
venv/bin/python - <<'PYTHON'
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

BERLIN, LINE = ZoneInfo("Europe/Berlin"), "30 2 * * *"


def by_apscheduler(start, count):
    trigger, found = CronTrigger.from_crontab(LINE, timezone=BERLIN), [None]
    for _ in range(count):
        found.append(trigger.get_next_fire_time(found[-1], found[-1] or start))
    return found[1:]


def by_croniter(start, count):
    line = croniter(LINE, start)
    return [line.get_next(datetime) for _ in range(count)]


def by_cronsim(start, count):
    line = CronSim(LINE, start)
    return [next(line) for _ in range(count)]


spring, autumn = datetime(2021, 3, 27, 12, tzinfo=BERLIN), datetime(2021, 10, 30, 12, tzinfo=BERLIN)
seen = {}
for evaluate in (by_apscheduler, by_croniter, by_cronsim):
    first = evaluate(spring, 1)[0].astimezone(UTC)
    twice = [run.astimezone(UTC) for run in evaluate(autumn, 2)]
    seen[evaluate.__name__] = (f"{first:%d %H:%M}", sum(run.day == 31 for run in twice))
    print(evaluate.__name__, "spring, UTC:", seen[evaluate.__name__][0], "| runs on the day in autumn:", seen[evaluate.__name__][1])
assert seen == {
    "by_apscheduler": ("28 01:30", 2), "by_croniter": ("28 01:00", 2), "by_cronsim": ("28 01:00", 1)
}, "this has changed"
PYTHON
node - <<'NODE'
const { CronExpressionParser } = require("cron-parser");
const runs = (start) => {
  const line = CronExpressionParser.parse("30 2 * * *", { currentDate: new Date(start), tz: "Europe/Berlin" });
  return [line.next().toISOString(), line.next().toISOString()];
};
const spring = runs("2021-03-27T12:00:00+01:00")[0], autumn = runs("2021-10-30T12:00:00+02:00");
const onTheDay = autumn.filter((run) => run.startsWith("2021-10-31")).length;
console.log("cron-parser spring, UTC:", spring, "| runs on the day in autumn:", onTheDay);
if (spring !== "2021-03-28T01:30:00.000Z" || onTheDay !== 1) { console.error("this has changed"); process.exit(1); }
NODE
