"""The only part that leaves the house: a row first (SystemTask), a call later, an event after."""
