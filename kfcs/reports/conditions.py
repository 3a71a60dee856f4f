"""Conditions in SQL that several figures share, each said once."""

from __future__ import annotations

UNCOUNTED = "(SELECT case_id FROM cases WHERE counted = 0)"
"""Void, duplicate and folded-in cases: few, and read from an index of their own."""
UNCOUNTED_RESOLVED = "(SELECT case_id FROM cases WHERE counted = 0 AND resolved_at IS NOT NULL)"
"""Those among them that were resolved once: hardly any, and the only ones that can have been called back."""

COMPLAINTS = "cases INDEXED BY cases_complaints WHERE kind = 'complaint' AND counted = 1"
"""Complaints that count, from the index that has all that other periods are compared by; SQLite has no figures
by which to choose it."""

VALID = "coalesce(validity, 'valid') NOT IN ('invalid', 'assist')"
"""An unverified case counts as valid (C5)."""

ANY_RESULT = "result IN ('satisfied', 'acceptable', 'unsatisfied', 'refused', 'unreachable')"
"""Every result there is, named so that the index on result and time serves."""

DECIDED = ("met", "breached", "running")
"""How a run may stand that counts; a cancelled one does not."""

VERDICT = (
    "CASE WHEN due > :now AND start > :now THEN 'coming'"
    " WHEN stopped_at <= due THEN 'met' WHEN stopped_at IS NOT NULL THEN 'breached'"
    " WHEN cancelled_at <= due THEN 'cancelled' WHEN cancelled_at IS NOT NULL THEN 'breached'"
    " WHEN due < :now AND NOT paused THEN 'breached' ELSE 'running' END"
)
"""How a run of a clock stands at ``:now`` (T5); ``ClockRun.state`` in SQL."""
