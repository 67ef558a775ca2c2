"""The law as dated data, and the arithmetic on it: no tables, no clock, no network.

`rules.find(...)` gives the row in force on a day; `deadlines.compute(...)` counts by it and says why;
`rights` holds erasure exceptions and the items of an access answer.
"""
