"""Sums in Chinese capitals (大写), which a paper that moves money bears beside the figures: no stroke alters them."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万")
_HUNDRED_MILLIONS = 2


def capitals(amount: Decimal) -> str:
    """A sum exact to the fen: 6,050.50 is 人民币陆仟零伍拾元伍角整."""
    yuan, rest = divmod(int(amount * 100), 100)
    jiao, fen = divmod(rest, 10)
    whole = f"{_whole(yuan)}元" if yuan or not rest else ""
    tenths = f"{_DIGITS[jiao]}角" if jiao else "零" if whole and fen else ""
    return f"人民币{whole}{tenths}{f'{_DIGITS[fen]}分' if fen else '整'}"


def _whole(number: int) -> str:
    """Four digits at a time; however many places are empty between two that are not, zero is said once."""
    text = ""
    for place, digit in enumerate(reversed(str(number))):
        group, within = divmod(place, 4)
        # 万 above 亿 counts 亿, which is therefore said even where its own four digits are empty
        if within == 0 and (number // 10**place % 10_000 or group == _HUNDRED_MILLIONS):
            text = _GROUPS[group] + text
        text = _DIGITS[int(digit)] + (_PLACES[within] if digit != "0" else "") + text
    return re.sub("零+(?=[万亿]|$)", "", re.sub("零+", "零", text)) or "零"
