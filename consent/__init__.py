"""Consent: what a person was told, what they decided, and whether data may be used for a purpose now.

Owns notices with their frozen versions, append-only decisions with their evidence, the projection of where each
person stands, and asked-for links to the preference page.
Records `ConsentGiven`, `ConsentRenewed`, `ConsentRefused`, `ConsentPending`, `ConsentWithdrawn`, `ConsentExpired`,
`NoticePublished`.
Hears nothing: what follows from a withdrawal is governance's work, which tells every system that uses the purpose.
"""
