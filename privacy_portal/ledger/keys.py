"""The ledger's own keys: the newest signs, all of them are known when checkpoints are checked."""

from __future__ import annotations

import base64
from functools import cache

from django.conf import settings

from privacy_portal.ledger.note import Signer, Verifier


def signer() -> Signer:
    return _signers(settings.PORTAL_LEDGER_ORIGIN, settings.PORTAL_LEDGER_KEY)[-1]


def verifiers() -> tuple[Verifier, ...]:
    return tuple(
        each.verifier() for each in _signers(settings.PORTAL_LEDGER_ORIGIN, settings.PORTAL_LEDGER_KEY)
    )


@cache
def _signers(origin: str, keys: str) -> tuple[Signer, ...]:
    """PORTAL_LEDGER_KEY holds seeds in order of age, comma separated, each base64 (URL-safe) of 32 bytes."""
    seeds = [base64.urlsafe_b64decode(part.strip()) for part in keys.split(",")]
    if any(len(seed) != 32 for seed in seeds):
        raise ValueError("PORTAL_LEDGER_KEY must hold base64 of 32 bytes each, comma separated.")
    return tuple(Signer.from_seed(origin, seed) for seed in seeds)
