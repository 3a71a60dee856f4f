"""`kfcs log` at a terminal: it asks for what is missing, in few keys (SPEC C1, K2)."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import sys
import time
from pathlib import Path

import pytest
from shell import Shell

from kfcs.widths import width

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")

ROOT = Path(__file__).resolve().parent.parent


class Terminal:
    """`kfcs` on a pseudo-terminal: what it shows is read, what a person types is written."""

    def __init__(self, shell: Shell, *words: str, lang: str = "zh") -> None:
        import pty

        environ = {k: v for k, v in os.environ.items() if not k.startswith(("KFCS_", "LC_", "LANG"))}
        environ |= shell.environ | {"KFCS_LANG": lang, "KFCS_NOW": shell.now, "PYTHONPATH": str(ROOT)}
        environ |= {"LC_ALL": "C.UTF-8", "TERM": "xterm", "COLUMNS": "80", "PYTHONFAULTHANDLER": ""}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(shell.folder)
            os.execve(sys.executable, [sys.executable, "-m", "kfcs", *words], environ)
        self.shown = ""
        self.keys = 0
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def until(self, text: str) -> str:
        """Wait for a question to be put in full, and give what was shown since the last one."""
        begun, start = time.monotonic(), len(self.shown)
        while not self._asks(text, self.shown[start:]):
            if time.monotonic() - begun > 30:
                raise AssertionError(f"no {text!r} in {self.shown[start:]!r}")
            if not self._read(0.2):
                break
        assert self._asks(text, self.shown[start:]), self.shown[start:]
        return self.shown[start:]

    def _asks(self, text: str, shown: str) -> bool:
        return text in shown and shown.endswith(("：", "？ ", ": ", "? ", "] "))

    def _read(self, seconds: float) -> bool:
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.shown += self.decoder.decode(data).replace("\r\n", "\n")
        return bool(data)

    def type(self, text: str, end: str = "\r") -> None:
        """Type a line; the keys beyond a text in Chinese are counted."""
        self.keys += len(end)
        os.write(self.fd, (text + end).encode())

    def answer(self, question: str, text: str) -> str:
        asked = self.until(question)
        self.type(text)
        return asked

    def finish(self, again: str = "") -> int:
        """The exit code; ``again`` is typed anew each second, as a person does whose key was not heeded."""
        begun = heard = time.monotonic()
        while self._read(0.2) and not self._gone():
            if again and time.monotonic() - heard > 1:
                heard = time.monotonic()
                os.write(self.fd, again.encode())
            if time.monotonic() - begun > 30:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"still waiting after {self.shown!r}")
        while self._read(0.05):
            if not select.select([self.fd], [], [], 0.05)[0]:
                break
        code = self.code if hasattr(self, "code") else os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return int(code)

    def _gone(self) -> bool:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.code = os.waitstatus_to_exitcode(status)
        return bool(pid)


@pytest.fixture
def kfcs(kfcs: Shell) -> Shell:
    kfcs.log("电梯停运", project="天元道")
    kfcs.log("墙面开裂", project="天元道")
    kfcs.log("门窗变形", project="金科城")
    return kfcs


QUESTIONS = ("客户提出", "楼盘", "房号", "姓名", "电话", "渠道")


def test_a_case_is_asked_for_and_recorded(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log")
    typed = ("厨房漏水，地板泡坏", "", "3-1-502", "赵女士", "13800000001", "")
    asked = [terminal.answer(question, text) for question, text in zip(QUESTIONS, typed, strict=True)]
    terminal.answer("财产损失", "")
    code = terminal.finish()
    assert code == 0, terminal.shown
    assert "[天元道]" in asked[1], "the project used most is offered"
    assert "[来电]" in asked[5]
    shown = kfcs.show("004", "--reveal")
    assert (shown["project"], shown["home"], shown["channel"]) == ("天元道", "3-1-502", "phone")
    assert (shown["customer"], shown["phone"]) == ("赵女士", "13800000001")
    assert "CQ1-20261102-004" in terminal.shown
    assert "渗漏" in terminal.shown
    assert terminal.keys <= 25


def test_enter_takes_defaults_and_leaves_out_what_is_not_needed(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log")
    for question, text in zip(QUESTIONS, ("地砖破损", "", "", "", "", ""), strict=True):
        terminal.answer(question, text)
    assert terminal.finish() == 0
    shown = kfcs.show("004")
    assert (shown["project"], shown["home"], shown["customer"], shown["phone"]) == (
        "天元道",
        None,
        None,
        None,
    )
    assert terminal.keys == 6


def test_what_is_needed_and_what_is_wrong_is_asked_again(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log")
    terminal.answer("客户提出", "")
    terminal.answer("客户提出", "   ")
    terminal.answer("客户提出", "地砖破损")
    terminal.answer("楼盘", "锦绣城")
    terminal.answer("房号", "")
    terminal.answer("姓名", "")
    terminal.answer("电话", "1.38E+10")
    told = terminal.answer("电话", "一三八")
    assert "1.38E+10" in told
    told = terminal.answer("电话", "13800000009")
    assert "一三八" in told
    terminal.answer("渠道", "传真")
    told = terminal.answer("渠道", "微信")
    assert "传真" in told
    assert terminal.finish() == 0
    shown = kfcs.show("004", "--reveal")
    assert (shown["project"], shown["phone"], shown["channel"]) == ("锦绣城", "13800000009", "wechat")
    assert "Traceback" not in terminal.shown


def test_what_was_said_is_not_asked(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log", "地砖破损", "--home", "1-1-1", "--channel", "来访", "--customer", "钱")
    terminal.answer("楼盘", "")
    terminal.answer("电话", "")
    assert terminal.finish() == 0
    assert "房号" not in terminal.shown.split("电话")[0]
    assert kfcs.show("004")["home"] == "1-1-1"


def test_nothing_is_asked_where_text_and_project_are_given(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log", "地砖破损", "--project", "天元道")
    assert terminal.finish() == 0
    assert "?" not in terminal.shown
    assert "CQ1-20261102-004" in terminal.shown


def test_cues_are_offered_and_become_facts_by_a_yes_alone(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log")
    text = "5户业主家里漏水，再不解决就找媒体曝光"
    for question, answer in zip(QUESTIONS, (text, "", "", "", "", ""), strict=True):
        terminal.answer(question, answer)
    asked = terminal.answer("[y/N]", "y")
    asked += terminal.answer("[y/N]", "")
    assert terminal.finish() == 0, terminal.shown
    assert "5" in asked
    assert "曝光" in asked
    shown = kfcs.show("004")
    assert (shown["people"], shown["media"]) == (5, "none")
    assert "media" in shown["cues"]
    assert "people" not in shown["cues"]
    assert terminal.keys <= 25


@pytest.mark.parametrize(
    ("end", "codes"), [("\x04", (130,)), ("\x03", (130, -signal.SIGINT))], ids=["Ctrl-D", "Ctrl-C"]
)
@pytest.mark.parametrize("after", [0, 1, 4])
def test_leaving_off_writes_nothing(kfcs: Shell, end: str, codes: tuple[int, ...], after: int) -> None:
    terminal = Terminal(kfcs, "log")
    for question, text in list(zip(QUESTIONS, ("地砖破损", "", "", "", "", ""), strict=True))[:after]:
        terminal.answer(question, text)
    terminal.until(QUESTIONS[after])
    terminal.type("", end)
    code = terminal.finish(again=end)
    assert code in codes
    assert "Traceback" not in terminal.shown
    assert "KeyboardInterrupt" not in terminal.shown
    assert terminal.shown.endswith("\n"), "the shell's prompt begins a line of its own"
    assert len(kfcs.do("list").out.splitlines()) == 4
    assert kfcs.do("verify").code == 0


def test_the_answer_fits_a_terminal_of_80_columns(kfcs: Shell) -> None:
    text = "厨房漏水" * 30
    terminal = Terminal(kfcs, "log", text, "--project", "天元道", "--home", "3-1-502")
    assert terminal.finish() == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.shown).splitlines()
    assert all(width(line) <= 80 for line in lines), lines
    assert "Traceback" not in terminal.shown


def test_in_english(kfcs: Shell) -> None:
    terminal = Terminal(kfcs, "log", lang="en")
    for question, text in (("raise?", "电梯停运"), ("Project [", ""), ("Home", ""), ("Name", ""), ("Phone", ""),
                           ("Channel [phone]", "")):  # fmt: skip
        terminal.answer(question, text)
    assert terminal.finish() == 0, terminal.shown
    assert "complaint" in terminal.shown
