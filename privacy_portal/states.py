"""One helper for every table of moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from privacy_portal.errors import IllegalMove


def check_move(moves: Mapping[str, Collection[str]], current: str, target: str) -> None:
    """Refuse a move the table does not list. Raises IllegalMove, naming both states and what is possible."""
    allowed = moves.get(current, ())
    if target not in allowed:
        possible = ", ".join(sorted(str(state) for state in allowed)) or "nothing: this state is final"
        raise IllegalMove(
            f"From '{current}' there is no way to '{target}'; possible: {possible}.",
            current=current,
            target=target,
        )
