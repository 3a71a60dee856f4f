"""A ledger of any size for the benchmarks: seeded cases over 24 months, made through the program's own intake."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from kfcs.desk import Desk
from kfcs.entries import Person
from kfcs.intake.complaint import Complaint, log_all
from kfcs.ledger import Ledger
from kfcs.period import SHANGHAI
from kfcs.settings import Settings, settings_text

NOW = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
MONTHS = 24
CHUNK = 5_000
MATTERS = (
    "厨房墙面渗水，物业一直没有派人来看",
    "电梯经常异响，业主都很担心",
    "楼道垃圾清运不及时，气味很大",
    "门禁损坏一周没有修好",
    "车位被占用，保安不管",
    "交房时间一拖再拖，没有说法",
    "卧室窗户关不严，漏风很厉害",
    "绿化枯死一大片，没有人补种",
    "物业费收费标准没有公示",
    "楼上装修噪音扰民，投诉多次",
)


def complaints(count: int, since: datetime, until: datetime, seed: int = 1) -> Iterator[Complaint]:
    """Seeded complaints, evenly spread from ``since`` to ``until``, in 40 projects."""
    rng = random.Random(seed)
    step = (until - since) / max(count, 1)
    for n in range(count):
        fields = {
            "text": f"{rng.choice(MATTERS)}，{rng.randrange(1, 40)}栋{rng.randrange(1, 30)}层",
            "project": f"天元道{rng.randrange(40)}期",
            "home": f"{rng.randrange(1, 40)}-{rng.randrange(1, 4)}-{rng.randrange(101, 3304)}",
            "channel": rng.choice(("phone", "visit", "wechat", "app", "letter")),
            "kind": rng.choices(("complaint", "repair", "inquiry", "help"), (6, 2, 1, 1))[0],
            "people": rng.choices((1, 2, 4, 12), (90, 6, 3, 1))[0],
        }
        person = Person("业主" + chr(0x4E00 + rng.randrange(2000)), f"138{rng.randrange(10**8):08d}")
        moment = (since + step * n).replace(microsecond=0)
        yield Complaint(moment, fields | {"history": moment < NOW - timedelta(days=7)}, person)


def make_ledger(folder: Path, count: int, policy: str = "jinke", live: int = 0) -> Path:
    """A ledger of ``count`` old cases and ``live`` ones of three weeks ago whose limits have not been looked at."""
    os.environ["KFCS_NOW"] = NOW.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(branch="重庆", branch_code="CQ", desk="CQ1", policy=policy)
    (folder / "kfcs.toml").write_text(settings_text(settings), encoding="utf-8")
    path = folder / "kfcs.db"
    Ledger.create(path).close()
    desk = Desk.open(str(path), by="bench", write=True)
    desk.ledger.connection.execute("PRAGMA synchronous = OFF")
    first = NOW - timedelta(days=365 * 2 - 1)
    batch: list[Complaint] = []
    three_weeks = NOW - timedelta(days=21)
    recent = (
        Complaint(c.at, {**c.fields, "history": False}, c.person)
        for c in complaints(live, three_weeks, three_weeks + timedelta(days=1), seed=2)
    )
    for complaint in (*complaints(count - live, first, NOW - timedelta(minutes=10)), *recent):
        batch.append(complaint)
        if len(batch) == CHUNK:
            _write(desk, batch)
            batch = []
    _write(desk, batch)
    desk.ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.ledger.close()
    return path


def _write(desk: Desk, batch: list[Complaint]) -> None:
    if batch:
        with desk.ledger.writing():
            log_all(desk, batch)
