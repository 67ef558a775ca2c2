"""Governance: what is processed, where, why and for how long.

Owns the register (systems, datasets, elements, purposes, activities, recipients, flows), legal holds, retention
rules with their nightly sweeps and the disposal log, and the register of breaches.
Records `SystemRegistered`, `PurposeRegistered`, `HoldPlaced`, `HoldLifted`, `DisposalPlanned`, `DisposalReleased`,
`RetentionExpired`, `DataDeleted`, `DisposalClosed`, `BreachDetected`, `BreachReported`, `BreachAssessed`,
`DeadlineWarned`, `AuthorityNotified`, `BreachClosed`.
Hears changes of consent (it tells every system that uses the purpose) and the answers to its own tasks.
"""
