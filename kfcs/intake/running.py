"""One run of ``kfcs import``: from the file named to what is said about it (SPEC C6, C8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, Message, say
from kfcs.intake.columns import WHATS, folded, known_names, parse_settings, plan
from kfcs.intake.importing import Summary, import_cases
from kfcs.intake.mappings import load_mapping, mapping_for
from kfcs.intake.rejects import Rejects
from kfcs.intake.tables import open_table
from kfcs.times import ORDERS


@dataclass(frozen=True)
class Wanted:
    """What a person asked for. ``live`` decides for all rows; None lets the age of each decide."""

    what: str
    file: str
    mapping: str | None = None
    rejects: str | None = None
    live: bool | None = None
    dry_run: bool = False
    encoding: str | None = None
    sheet: str | None = None
    settings: tuple[str, ...] = ()
    dates: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it, and how to say so."""

    summary: Summary
    kind: str | Message
    others: tuple[str, ...]
    rejects: Path | None
    dry_run: bool
    mapping: str

    def messages(self) -> Iterator[Message]:
        """The sentences for stderr: what was read as what, what was odd, and the sums."""
        s = self.summary
        yield say(N_("Read as {kind}."), kind=self.kind)
        if self.mapping:
            yield say(N_("Columns by the mapping {name}."), name=self.mapping)
        if self.others:
            yield say(N_("Other sheets were not read: {names}. Choose one with --sheet."), names=self.others)
        for number, remark in s.first_remarks:
            yield say(N_("Row {row}: {remark}"), row=number, remark=remark)
        if s.remarks > len(s.first_remarks):
            yield say(N_("… and {count} more such remarks."), count=s.remarks - len(s.first_remarks))
        for number, case in s.first_repeats:
            yield say(N_("Row {row} may repeat {case}."), row=number, case=case)
        if s.repeats > len(s.first_repeats):
            yield say(
                N_("… and {count} more that may repeat an earlier case."),
                count=s.repeats - len(s.first_repeats),
            )
        for number, why in s.first_rejected:
            yield say(N_("Row {row} rejected: {why}"), row=number, why=why)
        if self.dry_run:
            yield say(N_("Nothing was written: this was a --dry-run."))
        if s.live or s.history:
            yield say(
                N_("Of those taken in, {live} are live and {history} history."),
                live=s.live,
                history=s.history,
            )
        yield say(
            N_(
                "{read} rows: {accepted} taken in, {skipped} there already, {repeated} repeated, {rejected} rejected."
            ),
            read=s.read,
            accepted=s.accepted,
            skipped=s.skipped,
            repeated=s.repeated,
            rejected=s.rejected,
        )

    def where_rejected(self) -> Message | None:
        """Where to find them and what to do."""
        if self.rejects is None:
            return None
        return say(N_("Mend them in {file} and import that file."), file=str(self.rejects))


def run(desk: Desk, wanted: Wanted) -> Outcome:
    """Import a file. Raises BadInput, with nothing written, where it cannot be read to its end."""
    if wanted.what not in WHATS:
        raise BadInput(
            N_("{what} cannot be imported. Known are: {known}."), what=repr(wanted.what), known=WHATS
        )
    if wanted.dates is not None and wanted.dates not in ORDERS:
        raise BadInput(
            N_("--dates {value} is no order. Known are: {known}."), value=repr(wanted.dates), known=ORDERS
        )
    mapping = load_mapping(wanted.mapping)
    given = parse_settings(wanted.what, wanted.settings)
    known = known_names(wanted.what, mapping)
    with open_table(wanted.file, known, encoding=wanted.encoding, sheet=wanted.sheet) as table:
        if wanted.mapping is None and wanted.what == "cases":
            mapping = mapping_for(table.header, folded)
        if wanted.dates is not None:
            mapping = replace(mapping, dates=wanted.dates)
        planned = plan(wanted.what, table.header, mapping, given, date1904=table.date1904)
        path = None if wanted.dry_run else rejects_path(wanted)
        with Rejects(path, table.header) as rejects:
            if wanted.what == "cases":
                summary = import_cases(
                    desk, table, planned, rejects, live=wanted.live, dry_run=wanted.dry_run
                )
            elif wanted.what == "homes":
                from kfcs.intake.homerows import import_homes

                summary = import_homes(desk, table, planned, rejects, dry_run=wanted.dry_run)
            else:
                from kfcs.intake.acts import import_acts

                summary = import_acts(desk, table, planned, rejects, dry_run=wanted.dry_run)
    rejected = path if summary.rejected else None
    return Outcome(summary, table.kind, table.others, rejected, wanted.dry_run, mapping.name)


def rejects_path(wanted: Wanted) -> Path:
    """Where rejected rows go: where asked, else beside the file. Raises BadInput where that is the file itself."""
    source = Path("stdin" if wanted.file == "-" else wanted.file)
    path = Path(wanted.rejects) if wanted.rejects else source.with_name(f"{source.stem}.rejects.csv")
    if wanted.file != "-" and path.resolve() == source.resolve():
        raise BadInput(N_("--rejects {file} is the file that is read; name another."), file=str(path))
    return path
