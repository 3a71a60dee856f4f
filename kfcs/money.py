"""Sums of money: CNY, exact to the fen, never a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

FEN = Decimal("0.01")
CEILING = Decimal("1e13")


def parse_money(text: str) -> Decimal:
    """The sum a person wrote (``8000``, ``￥6,000.50``, ``1.2万``) in CNY.

    Raises ValueError for anything that is not a sum, is negative, or is finer than a fen.
    """
    plain = text.strip().translate(_FULL_WIDTH).lstrip("¥￥").replace(",", "").removesuffix("元").strip()
    scale = Decimal(1)
    if plain.endswith("万"):
        plain, scale = plain[:-1].strip(), Decimal(10_000)
    try:
        amount = Decimal(plain) * scale
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite() or not 0 <= amount < CEILING or amount != amount.quantize(FEN):
        raise ValueError(text)
    return amount.quantize(FEN)


def fen(amount: Decimal | None) -> int | None:
    """The sum as whole fen, the form in which SQL adds it up."""
    return None if amount is None else int(amount * 100)


def from_fen(value: int | None) -> Decimal | None:
    """The sum in CNY that stands behind whole fen."""
    return None if value is None else (Decimal(value) / 100).quantize(FEN)


_FULL_WIDTH = {ord("０") + n: ord("0") + n for n in range(10)} | {ord("，"): ",", ord("．"): "."}
