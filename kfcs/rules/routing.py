"""Which department a case is proposed to (SPEC K4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfcs.rules.conditions import any_holds
from kfcs.rules.policy import Policy, Route


def route(facts: Mapping[str, Any], policy: Policy) -> Route | None:
    """The first route of the policy whose condition holds; ``department`` is the proposal's code."""
    return next((route for route in policy.routes if any_holds(route.any, facts)), None)
