"""A desk in a folder of its own, and `kfcs` to work on it in this process."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from shell import Shell

if os.access("/dev/shm", os.W_OK):
    # Every act waits until the disk has it; thousands of test ledgers are better kept in memory.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")

settings.register_profile(
    "kfcs", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("kfcs")


def pytest_runtest_setup() -> None:
    """What earlier tests have left for good need not be gone through each time a command's leavings are collected."""
    gc.freeze()


NewDesk = Callable[..., Shell]


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A fresh desk under a policy, made once and copied for each test."""

    @cache
    def template(policy: str) -> Path:
        folder = tmp_path_factory.mktemp(policy)
        words = ("--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", policy)
        Shell(folder).do("init", *words)
        return folder

    return template


@pytest.fixture
def new_desk(tmp_path: Path, _templates: Callable[[str], Path]) -> NewDesk:
    """Make a desk under a policy: ``new_desk("front-desk")``. Each one has a folder of its own."""
    numbers = count(1)

    def make(policy: str = "jinke", name: str = "desk", lang: str = "en") -> Shell:
        folder = shutil.copytree(_templates(policy), tmp_path / f"{name}{next(numbers)}")
        return Shell(folder, lang)

    return make


@pytest.fixture
def kfcs(new_desk: NewDesk) -> Shell:
    """`kfcs` at desk CQ1 of branch 重庆 under jinke, on Monday 2 November 2026 at nine."""
    return new_desk()


@pytest.fixture
def desk_folder(kfcs: Shell) -> Path:
    """The folder of that desk: kfcs.toml and kfcs.db."""
    return kfcs.folder
