"""Within one reading the same question is asked once; outside of it, every time."""

from __future__ import annotations

from privacy_portal.reading import one_reading, read_once

asked: list[int] = []


@read_once
def twice(number: int) -> int:
    asked.append(number)
    return 2 * number


def test_within_a_reading_a_question_is_asked_once_per_argument():
    asked.clear()

    with one_reading():
        answers = [twice(1), twice(2), twice(1)]

    assert (answers, asked) == ([2, 4, 2], [1, 2])


def test_outside_of_a_reading_nothing_is_remembered():
    asked.clear()

    with one_reading():
        twice(1)
    twice(1)
    with one_reading():
        twice(1)

    assert asked == [1, 1, 1]
