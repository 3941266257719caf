"""Suggestions for misspelled words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most similar to `word`, or None if none is close.

    Case is ignored. The answer does not depend on the order of the candidates.
    """
    by_lower = {candidate.lower(): candidate for candidate in sorted(set(candidates), reverse=True)}
    matches = get_close_matches(word.lower(), sorted(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None
