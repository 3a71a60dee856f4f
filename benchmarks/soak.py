#!/usr/bin/env python3
"""Nothing is lost (SPEC L7, L8): random faults against real kfcs processes, and the count of what is there at the end.

usage: soak.py [--minutes M | --rounds N] [--seed S] [--only FAULT …] [--keep FOLDER]

Every act carries a token of its own. A process that tells its act done has acknowledged the token, one that tells it
failed has refused it; of one that was killed nobody knows. In the end each acknowledged token stands in the ledger once,
no refused one does, and `kfcs verify` holds. Exit 0 and the figures; exit 1, the seed and what is missing otherwise.
A round does each fault once, in an order of its own; the seed settles the plan, not the moments at which processes meet.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.soak_desk import Books, Desk, Finding

WRITERS = 4


Fault = Callable[["Soak"], None]


class Soak:
    """Two desks and a group's ledger, the dice, and what is done to them."""

    def __init__(self, folder: Path, seed: int, faults: Sequence[Fault]) -> None:
        self.faults = faults
        self.dice = random.Random(seed)
        self.desk = Desk(folder, "CQ", self.dice)
        self.other = Desk(folder, "CD", self.dice)
        self.aside = Books()
        self.done: dict[str, int] = {}

    def fresh(self) -> Desk:
        """A desk for one fault alone."""
        return Desk(self.desk.folder.parent, "CZ", self.dice, f"CZ-{sum(self.done.values())}")

    def put_away(self, desk: Desk) -> None:
        """Be done with such a desk; what its books say counts."""
        self.aside += desk.books
        desk.remove()

    def round(self, goes_on: Callable[[], bool]) -> None:
        """Each fault once, then proof; given up in the middle once time is over."""
        faults = list(self.faults)
        self.dice.shuffle(faults)
        for fault in faults:
            if not goes_on():
                return
            fault(self)
            self.done[fault.__name__] = self.done.get(fault.__name__, 0) + 1
        self.desk.check()
        self.other.check()

    def finish(self) -> None:
        """What must hold in the end: the desks by themselves, and each after it took over the other."""
        for desk in (self.desk, self.other):
            desk.check()
        self.desk.run("merge", str(self.other.ledger))
        self.other.run("merge", str(self.desk.ledger))
        for desk in (self.desk, self.other):
            desk.check(more=self.desk.books + self.other.books)
            desk.run("rebuild")
            desk.run("verify")


# ---------------------------------------------------------------- the faults


def killed_writers(soak: Soak) -> None:
    """kill -9 of each of several writers, at any moment from their start on."""
    desk, dice = soak.desk, soak.dice
    writers = [desk.writer(jobs=50) for _ in range(dice.randint(1, WRITERS))]
    for writer in writers:
        writer.kill_within(0.6)
    desk.settle(*writers)


def writers_at_once(soak: Soak) -> None:
    """Several who write at once: all of them are served."""
    writers = [soak.desk.writer(jobs=soak.dice.randint(1, 12)) for _ in range(WRITERS)]
    soak.desk.settle(*writers, codes={0})


def full_disk(soak: Soak) -> None:
    """The disk ends at some byte of the ledger or of its journal."""
    desk = soak.desk
    size = desk.ledger.stat().st_size
    writers = [desk.writer(jobs=8, room=soak.dice.randint(0, 2 * size)) for _ in range(2)]
    desk.settle(*writers, codes={0, 5})


def locked(soak: Soak) -> None:
    """Another program holds the lock: the patient wait for it, the others are turned away."""
    desk = soak.desk
    with desk.held():
        patient = desk.writer(jobs=2)
        hasty = desk.writer(jobs=2, patience=0.05)
        desk.settle(hasty, codes={5})
    desk.settle(patient, codes={0})


def clock_back(soak: Soak) -> None:
    """Desks whose clocks go wrong, beside one whose clock is right."""
    desk = soak.desk
    hours = [soak.dice.randint(1, 900), 0, soak.dice.randint(1, 48)]
    desk.settle(*[desk.writer(jobs=5, behind=behind) for behind in hours], codes={0})


def killed_import(soak: Soak) -> None:
    """An import is killed, several times, beside a desk at work; then it is let finish."""
    desk, dice = soak.desk, soak.dice
    table = desk.table(rows=dice.choice((40, 1200, 2600)))
    for _ in range(dice.randint(1, 3)):
        beside = desk.writer(jobs=4)
        importing = desk.importer(table, room=dice.choice((None, dice.randint(0, 4_000_000))))
        importing.kill_within(3.0)
        desk.settle(importing, beside)
    desk.take_in(table)


def backup_while_writing(soak: Soak) -> None:
    """A copy made while others write holds what was told done before it began."""
    desk = soak.desk
    writers = [desk.writer(jobs=10) for _ in range(2)]
    copy = desk.backup()
    desk.settle(*writers, codes={0})
    desk.check_copy(copy)


def killed_backup(soak: Soak) -> None:
    """A backup that is killed leaves the copy that stood there."""
    desk = soak.desk
    copy = desk.backup()
    backup = desk.process(["backup", str(copy.path)])
    backup.kill_within(0.8)
    desk.settle(backup)
    desk.check_copy(copy)


def restored(soak: Soak) -> None:
    """An older copy is put back while others read, perhaps killed meanwhile; what it lacks is merged back."""
    desk, dice = soak.desk, soak.dice
    copy = desk.backup()
    desk.settle(desk.writer(jobs=5), codes={0})
    readers = [desk.process([word]) for word in ("list", "today")]
    restoring = desk.process(["restore", str(copy.path)])
    if dice.random() < 0.5:
        restoring.kill_within(0.8)
    desk.settle(restoring, *readers)
    desk.merge_what_was_moved_aside()
    desk.check()


def restored_beside_writers(soak: Soak) -> None:
    """A restore while others write is refused, or it gets between them; what they were told done is in either file."""
    desk = soak.fresh()
    desk.settle(desk.writer(jobs=2), codes={0})
    copy = desk.backup()
    desk.settle(desk.writer(jobs=3), codes={0})
    writers = [desk.writer(jobs=8) for _ in range(2)]
    for _ in range(3):
        time.sleep(soak.dice.uniform(0, 0.3))
        desk.settle(desk.process(["restore", str(copy.path)]))
    desk.settle(*writers)
    desk.check_union()
    soak.put_away(desk)


def merged_to_and_fro(soak: Soak) -> None:
    """Each of two desks takes over the other's entries while both are written to; one merge is killed."""
    desk, other = soak.desk, soak.other
    for _ in range(2):
        writers = [desk.writer(jobs=3), other.writer(jobs=3)]
        merges = [desk.process(["merge", str(other.ledger)]), other.process(["merge", str(desk.ledger)])]
        if soak.dice.random() < 0.5:
            merges[0].kill_within(0.8)
        desk.settle(writers[0], merges[0])
        other.settle(writers[1], merges[1])


def killed_escalation(soak: Soak) -> None:
    """The job is killed, runs twice at once, and meets a desk at work."""
    desk = soak.desk
    desk.move_on(days=soak.dice.choice((0, 1, 20)))
    first, second = desk.process(["escalate"]), desk.process(["escalate"])
    first.kill_within(1.0)
    desk.settle(first, second, desk.writer(jobs=4))


FAULTS: tuple[Fault, ...] = (
    killed_writers,
    writers_at_once,
    locked,
    clock_back,
    killed_import,
    backup_while_writing,
    killed_backup,
    restored,
    restored_beside_writers,
    merged_to_and_fro,
    killed_escalation,
    *((full_disk,) if os.name != "nt" else ()),
)


# ---------------------------------------------------------------- the command


def main(argv: list[str] | None = None) -> int:
    wanted = _wanted(argv)
    folder = Path(wanted.keep) if wanted.keep else Path(tempfile.mkdtemp(prefix="kfcs-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    soak = Soak(folder, wanted.seed, [fault for fault in FAULTS if fault.__name__ in wanted.only])

    def goes_on() -> bool:
        return bool(wanted.rounds) or time.monotonic() - began < 60 * wanted.minutes

    rounds = 0
    try:
        while goes_on() and (not wanted.rounds or rounds < wanted.rounds):
            soak.round(goes_on)
            rounds += 1
        soak.finish()
    except Finding as finding:
        print(f"seed {wanted.seed}, round {rounds + 1}: {finding}\nThe ledgers are kept in {folder}.")
        return 1
    _tell(soak, rounds, time.monotonic() - began)
    if not wanted.keep:
        shutil.rmtree(folder)
    return 0


def _wanted(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Random faults against a real ledger; exit 1 when anything is lost."
    )
    parser.add_argument("--minutes", type=float, default=5, help="how long; 5 unless given")
    parser.add_argument(
        "--rounds", type=int, default=0, help="so many rounds instead, however long they take"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    names = [fault.__name__ for fault in FAULTS]
    parser.add_argument(
        "--only", nargs="+", metavar="FAULT", default=names, choices=names, help=", ".join(names)
    )
    parser.add_argument("--keep", metavar="FOLDER", help="work here, and leave it")
    return parser.parse_args(argv)


def _tell(soak: Soak, rounds: int, seconds: float) -> None:
    books = soak.desk.books + soak.other.books + soak.aside
    print(
        f"{rounds} rounds in {seconds:.0f} s: " + ", ".join(f"{k} {v}" for k, v in sorted(soak.done.items()))
    )
    print(
        f"{books.killed} processes killed, {len(books.refused)} acts told as failed, "
        f"{len(books.unknown)} cut short, {books.entries} entries in all."
    )
    print(f"{len(books.acknowledged)} acts acknowledged, {books.found} present, none lost, none twice.")


if __name__ == "__main__":
    sys.exit(main())
