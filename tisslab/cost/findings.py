"""All that is to be told of one count: the costs with their budgets, the commits before, and one way through the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tisslab.cost.budgets import build_name
from tisslab.cost.count import Cost
from tisslab.cost.kept import Results, history, subjects
from tisslab.cost.listing import Listing, kernel_listings
from tisslab.cost.meter import Meter, Target
from tisslab.errors import BadInputError

LISTED = "call_reply_0w"
"""The operation whose way through the kernel is shown; the first that was counted where it is not among them."""
HASH_DIGITS = 9


@dataclass(frozen=True)
class Commit:
    """A commit of which results are kept; `name` is its hash cut short."""

    name: str
    subject: str
    results: Results


@dataclass(frozen=True)
class Findings:
    """Budgets by operation; `commits` oldest first; `listed` is the operation that `listings` shows."""

    target: Target
    meter: Meter
    costs: Sequence[Cost]
    budgets: Mapping[str, int]
    commits: Sequence[Commit]
    listed: str
    listings: Sequence[Listing]


def gather(target: Target, meter: Meter, costs: Sequence[Cost], *, budgets: Mapping[str, int]) -> Findings:
    """Gather them; of costs there is at least one."""
    listed = next((cost for cost in costs if cost.operation.name == LISTED), costs[0])
    return Findings(
        target=target,
        meter=meter,
        costs=costs,
        budgets=budgets,
        commits=_commits(target),
        listed=listed.operation.name,
        listings=kernel_listings(listed, target),
    )


def _commits(target: Target) -> list[Commit]:
    """None if what is measured is not what results are kept of, or this is no checkout of git's."""
    if not target.is_budgeted:
        return []
    try:
        kept = list(history(build_name(target.arch, target.compiler), root=target.root))
        told = subjects([commit for commit, _ in kept], root=target.root)
    except BadInputError:
        return []
    return [Commit(commit[:HASH_DIGITS], told[commit], results) for commit, results in kept]
