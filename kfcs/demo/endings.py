"""How cases of the demo end: called back with every result, given up, or without agreement."""

from __future__ import annotations

from kfcs.demo.acts import Life, stamp

GOES_OUT = ("satisfied", "acceptable", "unsatisfied", "unreachable", "refused")
ODDS = (82, 5, 4, 6, 3)
"""How callbacks go out, of a hundred."""


def give_up(life: Life, ending: str) -> None:
    """A complaint that ends without being solved by us."""
    office = life.office
    if ending == "invalid":
        reason = office.say("invalid")
        life.wait(60, 500).act("verification", office.branch.head, validity="invalid", reason=reason)
        if life.person:
            life.wait(20, 200).contact("first", life.clerk, reply=True)
        life.wait(10, 60).close("invalid", reason)
        return
    life.wait(200, 900)
    if life.person:
        life.contact("reply", reply=True)
    life.wait(300, 1500).close(ending, office.say("beyond" if ending == "beyond-authority" else ending))


def fall_out(life: Life) -> None:
    """Talks without agreement, and the closure that needs three contacts."""
    life.wait(700, 1500).contact("talked")
    life.wait(900, 1800).contact("no_agreement", no_agreement=True)
    life.wait(900, 2400).close("no-agreement", life.office.say("unsettled"))


def call_back(life: Life, outcome: str | None) -> None:
    office = life.office
    life.wait(1600, 2200) if office.slips(0.8) else life.wait(120, 900)
    result = outcome or office.rng.choices(GOES_OUT, ODDS)[0]
    if result == "unreachable":
        _try_again(life)
    elif result == "unsatisfied":
        life.callback(result)
        _second_round(life)
    else:
        life.callback(result, life.handler if office.chance(0.04) else None)
        if office.chance(0.02):
            life.wait(1500, 3500).act("reopening", life.clerk, reason="客户来电称问题复发。")
            life.closed_at = None
            _second_round(life)


def _try_again(life: Life) -> None:
    """Up to three days on which nobody answers; mostly somebody does before."""
    for turn in range(3):
        life.callback("unreachable")
        if turn == 2:
            life.closed_at = life.now
            return
        life.wait(450, 700)
        if life.office.chance(0.6):
            life.callback("satisfied")
            return


def _second_round(life: Life) -> None:
    """Handled again from the dispatch on."""
    office = life.office
    life.wait(20, 200).dispatch(contact_within="1wd")
    life.wait(20, 250).contact("first", reply=True, promise=stamp(life.promise(office.rng.randint(3, 5))))
    life.wait(600, 1300).resolve(cause=life.matter.code)
    life.wait(120, 800).callback("satisfied" if office.chance(0.75) else "acceptable")
