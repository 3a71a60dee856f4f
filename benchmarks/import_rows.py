"""Measure ``kfcs import``: ``python benchmarks/import_rows.py [ROWS] [--runs N]``.

The floor is what any program must do: read the same CSV and insert its rows into one table with a unique and two other
indexes. Both run in processes of their own, in turn; medians, the ratio and the peak memory are printed.
"""

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

FLOOR = """
import csv, resource, sqlite3, sys
source, target = sys.argv[1:]
base = sqlite3.connect(target)
base.execute("PRAGMA journal_mode = WAL")
with open(source, encoding="utf-8", newline="") as file:
    rows = csv.reader(file)
    header = next(rows)
    base.execute("CREATE TABLE cases (" + ",".join(f'"{name}" TEXT' for name in header) + ")")
    for n, column in enumerate((0, 1, 7)):
        base.execute(f'CREATE {"UNIQUE" if n == 0 else ""} INDEX i{n} ON cases ("{header[column]}")')
    base.executemany("INSERT INTO cases VALUES (" + ",".join("?" * len(header)) + ")", rows)
base.commit()
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
OURS = """
import resource, sys
from kfcs.main import main
code = main(["import", sys.argv[1], "--ledger", sys.argv[2]])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""
HEADER = [
    "工单号",
    "登记时间",
    "项目",
    "房号",
    "客户姓名",
    "联系电话",
    "人数",
    "投诉内容",
    "渠道",
    "类别",
    "紧急程度",
    "索赔金额",
    "要求完成日期",
    "状态",
    "登记人",
    "首问责任人",
    "楼栋",
    "单元",
    "面积",
    "户型",
    "交付日期",
    "物业费",
    "是否业主",
    "备注",
    "来源系统",
]
WORDS = [
    "厨房漏水",
    "主卧飘窗渗水",
    "电梯异响",
    "车位被占",
    "停车费太高",
    "交房延期",
    "合同约定未兑现",
    "绿化带枯死",
    "噪音扰民",
    "门窗关不严",
    "墙面开裂",
    "卫生间反水",
    "地砖空鼓",
    "客服态度差",
    "保洁不到位",
    "路灯不亮",
    "健身器材损坏",
    "消防通道堵塞",
    "电表跳闸",
    "暖气不热",
    "外墙脱落",
    "规划图不符",
    "退房退款",
    "物业不作为",
    "报修三次无人处理",
    "多名业主反映",
    "孩子摔倒受伤",
    "要求赔偿",
    "请尽快解决",
    "已拍照取证",
    "多次拨打电话无人接听",
]
DAYS = 730


def generate(path: Path, count: int, seed: int = 1) -> None:
    """Cases of two years in the order received, as a register holds them: 25 columns, texts of some 80 characters."""
    chance = random.Random(seed)
    first = datetime(2024, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(count):
            at = first + timedelta(seconds=n * DAYS * 86400 // count)
            writer.writerow(row(chance, n, at))


def row(chance: random.Random, n: int, at: datetime) -> list[object]:
    text = "，".join(chance.sample(WORDS, 12)) + f"，编号{n}"
    building, unit, room = chance.randint(1, 30), chance.randint(1, 3), chance.randint(1, 33)
    return [
        f"GD{n:08d}", at, f"项目{chance.randint(1, 40)}", f"{building}-{unit}-{room:02d}01", f"业主{n % 9973}",
        f"138{chance.randint(0, 99_999_999):08d}", chance.choice("11111123"), text,
        chance.choice(("来电", "来访", "微信", "网站", "12345")), "", "2h",
        "" if chance.random() < 0.9 else chance.randint(500, 90_000), (at + timedelta(days=7)).date(), "处理中",
        f"前台{n % 7}", f"前台{n % 7}", building, unit, chance.randint(60, 180), chance.choice(("两室", "三室")),
        "2023-06-30", chance.randint(800, 6000), chance.choice("是否"), "无" if n % 3 else f"备注{n}", "旧系统",
    ]  # fmt: skip


class Use(NamedTuple):
    """What one process took: seconds by the clock and of the processor, and its peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def measured(program: str, *arguments: str, environ: dict[str, str]) -> Use:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environ,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    cpu, memory = map(float, done.stdout.split()[-2:])
    return Use(time.perf_counter() - began, cpu, memory / 1024)


def new_ledger(path: Path, environ: dict[str, str]) -> str:
    words = ["init", "--branch", "CQ", "--branch-code", "CQ", "--ledger", str(path)]
    subprocess.run([sys.executable, "-m", "kfcs", *words], env=environ, check=True, capture_output=True)
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    root = str(Path(__file__).resolve().parent.parent)
    environ = os.environ | {"PYTHONPATH": root, "KFCS_NOW": "2026-03-01T09:00", "KFCS_LANG": "en"}
    uses: dict[str, list[Use]] = {"floor": [], "kfcs": []}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        generate(source, options.rows)
        for n in range(options.runs):
            ledger = new_ledger(Path(folder) / f"{n}" / "kfcs.db", environ)
            for name, program, target in (("floor", FLOOR, f"{folder}/{n}.db"), ("kfcs", OURS, ledger)):
                uses[name].append(measured(program, str(source), target, environ=environ))
    medians = {name: Use(*map(statistics.median, zip(*found, strict=True))) for name, found in uses.items()}
    for name, use in medians.items():
        a_row = use.cpu / options.rows * 1e6
        print(
            f"{name:6} {use.wall:8.2f} s  {use.cpu:8.2f} s cpu  {a_row:7.1f} µs cpu a row  {use.memory:5.0f} MB"
        )
    floor, ours = medians["floor"], medians["kfcs"]
    print(f"ratio  {ours.wall / floor.wall:8.2f}    {ours.cpu / floor.cpu:8.2f} cpu")


if __name__ == "__main__":
    main()
