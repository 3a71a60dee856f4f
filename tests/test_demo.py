"""The demo (SPEC I8): a made-up company, the same for the same moment and seed, lived by the rules."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from shell import Answer, Shell

from kfcs.cases import Case
from kfcs.casetables import OF_ONE_CASE
from kfcs.demo import company
from kfcs.entries import Entry
from kfcs.errors import KfcsError, say
from kfcs.folding import fold
from kfcs.ledger import Ledger
from kfcs.period import from_iso
from kfcs.rulebook import load_policy
from kfcs.rules.lifecycle import (
    may_call_back,
    may_close,
    may_handle,
    may_inspect,
    may_join,
    may_rectify,
    may_reopen,
    may_resolve,
)

NOW = "2026-11-03T10:00:00+08:00"
CODES = ("CQ", "CD", "BJ", "WX")


class Company:
    """A folder with the demo in it, and `kfcs` to look at it."""

    def __init__(self, folder: Path, now: str = NOW, lang: str = "en") -> None:
        self.shell = Shell(folder.parent, lang)
        self.shell.now = now
        self.folder = folder

    def make(self, *words: str) -> Answer:
        return self.shell("demo", str(self.folder), *words)

    def do(self, *words: str, branch: str = "") -> Answer:
        """Run a command line on the group's ledger, or on a branch's."""
        return self.shell.do(*words, KFCS_LEDGER=str(self.folder / branch / "kfcs.db"))

    def table(self, name: str) -> str:
        return self.do("export", name, "--format", "csv").out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Answer]:
    """The demo and what it said: made once a test run, and copied for each process that tests it."""
    own = tmp_path_factory.mktemp("demo")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return _made_at(own)
    shared = own.parent.parent / "shared-demo"
    try:
        shared.mkdir()
    except FileExistsError:
        while not (shared / "said").exists():
            assert not (shared / "failed").exists(), "the demo could not be made; see the other process"
            time.sleep(0.1)
    else:
        _share(shared)
    shutil.copytree(shared / "kfcs-demo", own / "kfcs-demo")
    out = (shared / "said").read_text(encoding="utf-8").replace("{}", str(own))
    return Company(own / "kfcs-demo"), Answer(0, out, "")


def _share(place: Path) -> None:
    """Make the demo for all processes, and say when it is there, or that it will never be."""
    try:
        said = _made_at(place)[1]
    except BaseException:
        (place / "failed").touch()
        raise
    (place / "saying").write_text(said.out.replace(str(place), "{}"), encoding="utf-8")
    (place / "saying").rename(place / "said")


def _made_at(place: Path) -> tuple[Company, Answer]:
    demo = Company(place / "kfcs-demo")
    answer = demo.make()
    assert answer.code == 0, answer.err
    return demo, answer


@pytest.fixture(scope="module")
def demo(made: tuple[Company, Answer]) -> Company:
    return made[0]


# ---------------------------------------------------------------- what it says and leaves


def test_it_says_where_everything_lies(made: tuple[Company, Answer]) -> None:
    demo, answer = made
    names = re.findall(r"\S*kfcs-demo/\S+", answer.out)
    assert len(names) == 13
    assert all(Path(name).exists() for name in names)
    assert {path.name for path in demo.folder.iterdir() if path.is_dir()} == set(CODES)


def test_it_shows_the_escalations_of_the_last_days(made: tuple[Company, Answer]) -> None:
    rows = re.findall(r"^2026-(?:10|11)-\d\d \d\d:\d\d", made[1].out, re.MULTILINE)
    assert 3 <= len(rows) <= 12
    assert rows == sorted(rows, reverse=True)


def test_the_commands_to_try_next_work(made: tuple[Company, Answer]) -> None:
    demo, answer = made
    commands = re.findall(r"^  kfcs (.+)$", answer.out, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert demo.do(*command.split()).out


def test_it_speaks_chinese_too(tmp_path: Path) -> None:
    demo = Company(tmp_path / "试用", lang="zh")
    made = company.Made({"CQ": "重庆"}, ("report.md",), (), 1, 2)
    with mock.patch("kfcs.demo.company.make", side_effect=lambda place, *_: _an_empty_ledger(place, made)):
        answer = demo.make()
    assert answer.code == 0, answer.err
    assert "重庆" in answer.out
    assert not re.search(r"ledger|report of|try next", answer.out, re.IGNORECASE)


def _an_empty_ledger(place: Path, made: company.Made) -> company.Made:
    Shell(place).do("init", "--branch", "重庆", "--branch-code", "CQ", KFCS_LEDGER=str(place / "kfcs.db"))
    return made


# ---------------------------------------------------------------- never over anything


def test_a_second_time_it_refuses(demo: Company) -> None:
    before = {path: path.stat().st_mtime_ns for path in demo.folder.rglob("*")}
    answer = demo.make()
    assert (answer.code, answer.out) == (4, "")
    assert re.fullmatch(r"error: [^\n]+\n", answer.err)
    assert {path: path.stat().st_mtime_ns for path in demo.folder.rglob("*")} == before


@pytest.mark.parametrize("what", ["a folder that holds something", "a file"])
def test_what_is_there_is_left_as_it_is(tmp_path: Path, what: str) -> None:
    demo = Company(tmp_path / "taken")
    kept = demo.folder if what == "a file" else demo.folder / "letter.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("ours", encoding="utf-8")
    assert demo.make().code == 4
    assert kept.read_text(encoding="utf-8") == "ours"
    assert list(tmp_path.iterdir()) == [demo.folder]


def test_when_it_fails_nothing_is_left(tmp_path: Path) -> None:
    demo = Company(tmp_path / "kfcs-demo")
    with mock.patch("kfcs.demo.company.make", side_effect=OSError(28, "No space left on device")):
        assert demo.make().code != 0
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- a ledger like any other


@pytest.mark.parametrize("branch", ["", *CODES])
def test_every_ledger_is_proved(demo: Company, branch: str) -> None:
    assert demo.do("verify", "--format", "json", branch=branch).json["ok"] is True


@pytest.mark.parametrize("branch", ["", *CODES])
def test_escalating_again_adds_nothing(demo: Company, branch: str) -> None:
    assert demo.do("escalate", "--format", "json", branch=branch).json == []


def test_merging_again_adds_nothing(demo: Company) -> None:
    before = demo.table("entries")
    demo.do("merge", *(str(demo.folder / code / "kfcs.db") for code in CODES))
    assert demo.table("entries") == before


def test_rebuilding_gives_the_same_rows(demo: Company) -> None:
    before = [demo.table(name) for name in ("cases", "callbacks", "rectifications")]
    demo.do("rebuild")
    assert [demo.table(name) for name in ("cases", "callbacks", "rectifications")] == before


def test_each_branch_has_a_desk_of_its_own(demo: Company) -> None:
    for code in CODES:
        heads = demo.do("verify", "--format", "json", branch=code).json["heads"]
        assert [head["desk"] for head in heads] == sorted([f"{code}1", "HQ1"])
    rows = demo.do("list", "--all", "--format", "json").json
    assert {row["case"][:3] for row in rows} == {f"{code}1" for code in CODES}


def test_no_act_is_one_that_the_program_would_have_refused(demo: Company) -> None:
    with closing(Ledger.open(demo.folder / "kfcs.db")) as ledger:
        numbers = [row[0] for row in ledger.connection.execute("SELECT case_id FROM cases ORDER BY 1")]
        wrong = [fault for number in numbers for fault in _refused(ledger, number)]
    assert wrong == []


def _refused(ledger: Ledger, number: str) -> Iterator[str]:
    """The acts of a case that its state did not allow when they were recorded."""
    entries = [e for e in ledger.entries_of(number) if e.case_id == number]
    entries.sort(key=lambda e: e.seq)
    for n, entry in enumerate(entries):
        check = _CHECKS.get(entry.kind)
        if n and check is not None:
            refusal = check(fold(entries[:n]), entry)
            if refusal is not None:
                yield f"{number} {entry.kind}: {refusal}"


_POLICY = load_policy("jinke", Path("no-such-folder"))
_HANDLED = say("Handling")
_CHECKS: dict[str, Callable[[Case, Entry], KfcsError | None]] = {
    "join": lambda case, entry: may_join(case),
    "verification": lambda case, entry: may_handle(case, _HANDLED),
    "dispatch": lambda case, entry: may_handle(case, _HANDLED),
    "contact": lambda case, entry: may_handle(case, _HANDLED),
    "brief": lambda case, entry: may_handle(case, _HANDLED),
    "rectification-ordered": lambda case, entry: may_rectify(case),
    "rectification-done": lambda case, entry: may_rectify(case),
    "inspection": lambda case, entry: may_inspect(case, case.rectifications[0]),
    "resolution": lambda case, entry: may_resolve(case, None),
    "callback": lambda case, entry: may_call_back(case),
    "closure": lambda case, entry: may_close(case, entry.body["why"], _POLICY),
    "reopening": lambda case, entry: may_reopen(case),
}


# ---------------------------------------------------------------- alike and different


def test_the_same_moment_and_seed_give_the_same_cases(demo: Company, tmp_path: Path) -> None:
    """A branch made alone is what it is beside the others, byte for byte as exported."""
    alone = Company(tmp_path / "alone")
    company.make(alone.folder, from_iso(NOW), only="BJ")
    for name in ("cases", "contacts", "callbacks", "rectifications"):
        exported = [one.do("export", name, "--format", "csv", branch="BJ").out for one in (alone, demo)]
        assert exported[0] == exported[1]


@pytest.mark.parametrize("now", ["2028-02-29T23:50:00+08:00", "2027-01-01T00:05:00+08:00"])
def test_whatever_the_day_it_is_about_the_last_months(tmp_path: Path, now: str) -> None:
    """Also with another seed, and on days whose calendar is not published yet."""
    other = Company(tmp_path / "kfcs-demo", now)
    company.make(other.folder, from_iso(now), seed=7, only="BJ")
    assert other.do("verify", "--format", "json").json["ok"] is True
    assert other.do("escalate", "--format", "json").json == []
    assert 2 <= other.do("report", "--format", "json").json["intake"]["complaints"] <= 20


# ---------------------------------------------------------------- what is in it


def test_it_holds_what_may_happen(demo: Company) -> None:
    rows = demo.do("list", "--all", "--format", "json").json
    assert 350 <= len(rows) <= 600
    assert {row["kind"] for row in rows} == {"complaint", "repair", "inquiry", "suggestion", "help", "praise"}
    assert {row["level"] for row in rows} == {1, 2, 3, 4}
    assert len({row["channel"] for row in rows}) >= 11
    with closing(Ledger.open(demo.folder / "kfcs.db")) as ledger:
        count = ledger.connection.execute

        def found(sql: str) -> set[str]:
            return {str(row[0]) for row in count(sql)}

        assert found("SELECT DISTINCT result FROM callbacks") == {
            *("satisfied", "acceptable", "unsatisfied", "unreachable", "refused"),
        }
        assert found("SELECT DISTINCT closed_why FROM cases WHERE closed_why IS NOT NULL") >= {
            *(
                "satisfied",
                "quiet",
                "no-agreement",
                "invalid",
                "withdrawn",
                "void",
                "duplicate",
                "unreachable",
            ),
        }
        assert found("SELECT DISTINCT step FROM compensations") == {
            "apply",
            "approve",
            "letter",
            "pay",
            "deduct",
        }
        assert found("SELECT DISTINCT result FROM rectifications WHERE result IS NOT NULL") == {
            "pass",
            "fail",
        }
        kinds = Counter(row[0] for row in count("SELECT kind FROM entries"))
        assert kinds.keys() >= {
            *(
                "join",
                "verification",
                "note",
                "brief",
                "reopening",
                "amendment",
                "auto-closure",
                "escalation",
            ),
            *("submission", "check", "project", "report-note"),
        }
        for some in ("repeat_of", "merged_into", "url"):
            assert count(f"SELECT count(*) FROM cases WHERE {some} IS NOT NULL").fetchone()[0] > 0
        for table in (*OF_ONE_CASE, "complainants", "causes"):
            assert count(f"SELECT count(*) FROM {table}").fetchone()[0] > 0
        assert count("SELECT count(*) FROM late").fetchone()[0] > 3
        assert count("SELECT count(*) FROM topics").fetchone()[0] > 0


def test_its_figures_are_those_of_a_decent_office(demo: Company) -> None:
    report = demo.do("report", "--month", "2026-10", "--format", "json").json
    levels = report["intake"]["by_level"]
    assert levels["3"] + levels["4"] > 0.85 * report["intake"]["complaints"]
    assert 0.8 <= report["callback"]["satisfaction"] <= 0.98
    assert 0.55 <= report["closure"]["rate"] <= 0.95
    for clock in ("reply", "close", "promise", "callback", "contact"):
        assert 0.75 <= report["clocks"][clock]["rate"] <= 1, clock
    assert report["hot_topics"]


def test_nobody_in_it_can_be_called(demo: Company) -> None:
    with closing(Ledger.open(demo.folder / "kfcs.db")) as ledger:
        phones = {
            row[0] for row in ledger.connection.execute("SELECT phone FROM people WHERE phone IS NOT NULL")
        }
    assert len(phones) > 300
    assert all(re.fullmatch(r"138000\d{5}", phone) for phone in phones)
    for page in demo.folder.glob("*.html"):
        assert not re.search(r"138000\d{5}", page.read_text(encoding="utf-8")), page


def test_few_texts_are_said_twice(demo: Company) -> None:
    rows = demo.do("export", "cases", "--format", "jsonl").out.splitlines()
    texts = Counter(re.findall(r'"text": ?"([^"]+)"', row)[0] for row in rows)
    assert sum(n - 1 for n in texts.values()) < 0.12 * len(rows)
