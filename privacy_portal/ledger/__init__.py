"""Owns the record of what happened: events, their delivery to handlers, and the signed Merkle tree over them.

`record.record(...)` writes an event in the caller's transaction · `deliver.deliver_due(...)` runs its handlers, each
exactly once · `seal.seal(...)` gives events their order and signs it · `verify.verify(...)` checks everything.
"""
