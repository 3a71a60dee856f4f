"""A sheet's way from draft to fed back (SPEC S2): objection, confirmation, which freezes its figures (R8), feedback."""

from __future__ import annotations

from datetime import datetime

from kfcs.desk import Desk
from kfcs.errors import N_, Forbidden, say
from kfcs.period import Period
from kfcs.reports.scoreacts import CONFIRMED, FED_BACK, confirmation_draft, objection_draft
from kfcs.reports.scorefreezing import frozen
from kfcs.reports.scoresheet import Sheet
from kfcs.reports.scoring import Scoring, unknown_name


def confirm(scoring: Scoring, branch: str | None, month: Period, step: str) -> Sheet:
    """Confirm a sheet, which freezes its figures, or record its feedback. Raises Forbidden out of order (S2)."""
    desk = scoring.desk
    scoring.card(month)  # without a scorecard there is nothing to confirm
    with desk.ledger.writing():
        sheet = Scoring(desk).sheet(branch, month)
        refusal = _out_of_order(sheet, step)
        if refusal is not None:
            raise refusal
        kept = frozen(sheet) if step == CONFIRMED else None
        draft = confirmation_draft(branch or "", month.label, step, kept, desk.now, desk.operator)
        desk.projection.recorded(desk.append([draft]), desk.now)
    return Scoring(desk).sheet(branch, month)


def _out_of_order(sheet: Sheet, step: str) -> Forbidden | None:
    """Why a step does not come now; None where it does."""
    if step == CONFIRMED:
        if not sheet.ended:
            return Forbidden(
                N_("{month} has not ended; its sheet is confirmed afterwards."), month=sheet.month.label
            )
        if sheet.frozen_at is None and sheet.state != FED_BACK:
            return None
        text = N_("The sheet of {branch} for {month} is confirmed already.")
    elif sheet.state == FED_BACK:
        text = N_("The sheet of {branch} for {month} was fed back already.")
    elif sheet.frozen_at is None:
        text = N_("The sheet of {branch} for {month} is not confirmed yet; confirm it first.")
    else:
        return None
    return Forbidden(text, branch=sheet.branch or "", month=sheet.month.label)


def object_to(
    scoring: Scoring, branch: str | None, month: Period, item: str | None, reason: str, at: datetime
) -> Sheet:
    """Record what a branch says against its sheet, until it is confirmed (S2). Raises BadInput or Forbidden."""
    desk = scoring.desk
    card = scoring.card(month)
    if item is not None and card.item(item) is None:
        raise unknown_name(
            N_("There is no item {name} on the sheet."), item, [each.id for each in card.items]
        )
    with desk.ledger.writing():
        sheet = Scoring(desk).sheet(branch, month)
        if sheet.state in (CONFIRMED, FED_BACK):
            raise Forbidden(
                N_("The sheet of {branch} for {month} is confirmed; an objection comes before."),
                branch=branch or "",
                month=month.label,
                hint=say(
                    N_("What still has to change is given by kfcs adjust and listed in the next sheet.")
                ),
            )
        draft = objection_draft(branch or "", month.label, item, reason, at, desk.operator)
        desk.projection.recorded(desk.append([draft]), desk.now)
    return Scoring(desk).sheet(branch, month)


def freeze_unconfirmed(desk: Desk, month: Period) -> list[str]:
    """Confirm every sheet of a month that is not yet: handing the scores in freezes their figures (R8)."""
    scoring = Scoring(desk)
    if scoring.policy(month).scorecard is None or desk.now < month.end:
        return []
    names = [
        name
        for name in scoring.branches()
        if scoring.total(name, month) is not None and scoring.acts.confirmed(name, month.label) is None
    ]
    with desk.ledger.writing():
        drafts = [
            confirmation_draft(
                name, month.label, CONFIRMED, frozen(scoring.sheet(name, month)), desk.now, desk.operator
            )
            for name in names
        ]
        desk.projection.recorded(desk.append(drafts), desk.now)
    return names
