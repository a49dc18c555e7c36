"""What is concluded of the line to the terminal: slow or not, how much may be under way, when to ask."""

from __future__ import annotations

import pytest

from tui.ui.glyphs import ASCII
from tui.ui.link import SLOW_ROUND_TRIP_S, WIDEST_WINDOW, Link
from tui.ui.pace import SLOW_LINK_CHOICES, Pace, slow_link_of


class Line:
    """A made-up line under a link: it takes bytes at a rate and answers after a delay."""

    def __init__(self, delay_s: float, bytes_a_second: float = 1e9) -> None:
        self.link = Link()
        self.now = 0.0
        self.delay_s = delay_s
        self.rate = bytes_a_second

    def send(self, count: int) -> float:
        """Write so much, ask, and wait for the answer; returns how long that took."""
        self.link.handed(count)
        self.link.wrote(count, self.now)
        self.link.asked(self.now)
        took = self.delay_s + count / self.rate
        self.now += took
        self.link.answered(self.now)
        return took

    def judge_every_second(self, seconds: int) -> list[bool]:
        told = []
        for _ in range(seconds):
            self.now += 1
            self.link.judge(self.now)
            told.append(self.link.is_slow)
        return told


def test_the_first_answer_is_believed_and_later_ones_are_smoothed() -> None:
    line = Line(0.3)
    assert not line.link.does_answer
    line.send(10)
    assert line.link.round_trip_s == pytest.approx(0.3)
    line.delay_s = 0.1
    line.send(10)
    assert 0.1 < (line.link.round_trip_s or 0) < 0.3


def test_a_long_round_trip_makes_a_slow_link_and_it_takes_a_while_to_be_fast_again() -> None:
    line = Line(SLOW_ROUND_TRIP_S + 0.1)
    line.send(10)
    assert line.link.judge(line.now)
    assert line.link.is_slow
    line.delay_s = 0.02
    for _ in range(9):
        line.send(10)
    told = line.judge_every_second(30)
    assert told[0], "it changes its mind at once"
    assert not told[-1], "it never changes its mind"


def test_between_the_two_bounds_nothing_changes() -> None:
    line = Line(0.12)
    for _ in range(5):
        line.send(10)
    assert not any(line.judge_every_second(60))
    line.delay_s = 0.5
    line.send(10)
    line.link.judge(line.now)
    line.delay_s = 0.12
    for _ in range(20):
        line.send(10)
    assert all(line.judge_every_second(60))


def test_each_return_to_slowness_takes_longer_to_be_forgotten() -> None:
    line = Line(0.01)
    waits = []
    for _ in range(3):
        line.delay_s = 1.0
        line.send(10)
        line.link.judge(line.now)
        line.delay_s = 0.01
        for _ in range(12):
            line.send(10)
        waits.append(line.judge_every_second(400).index(False))
    assert waits[0] < waits[1] < waits[2]


def test_a_terminal_that_takes_nothing_makes_a_slow_link_without_any_answer() -> None:
    link = Link()
    for tenth in range(20):
        link.stalled(tenth / 10, 0.1)
    link.judge(2.0)
    assert link.is_slow
    assert not link.does_answer


def test_an_answer_that_is_overdue_counts_before_it_comes_and_one_that_never_came_does_not() -> None:
    silent = Link()
    silent.asked(0.0)
    silent.judge(60.0)
    assert not silent.is_slow
    line = Line(0.01)
    line.send(10)
    line.link.asked(line.now)
    line.link.judge(line.now + 1.0)
    assert line.link.is_slow


@pytest.mark.parametrize("first", [20_000, 50])
def test_no_more_is_sent_at_once_than_the_line_takes_before_a_key_would_be_late(first: int) -> None:
    narrow, wide = Line(0.05, bytes_a_second=4000), Line(0.4)
    for line in (narrow, wide):
        line.send(first)
        for number in range(40):
            line.send(min(line.link.window, 100 + number * 700 % 5000))
    assert 0.2 < narrow.link.window / narrow.rate < 0.3
    assert wide.link.window == WIDEST_WINDOW


def test_nothing_counts_as_under_way_at_a_terminal_that_never_answers() -> None:
    link = Link()
    link.handed(100_000)
    assert link.unseen == 0


def test_what_was_written_behind_a_question_is_still_under_way_after_the_answer() -> None:
    line = Line(0.1)
    line.send(10)
    link = line.link
    link.handed(500)
    link.asked(1.0)
    link.handed(70)
    link.answered(1.2)
    assert link.unseen == 70


def test_it_asks_only_while_somebody_types_and_never_between_two_keys_of_one_go() -> None:
    link = Link()
    assert not link.wants_question(100.0, is_paced=False), "an idle screen must stay silent"
    link.typed(100.0)
    assert not link.wants_question(100.1, is_paced=False), "keys are in flight"
    assert link.wants_question(101.0, is_paced=False)
    link.asked(101.0)
    assert not link.wants_question(120.0, is_paced=False), "one question at a time"
    link.answered(101.1)
    link.typed(102.0)
    assert not link.wants_question(103.0, is_paced=False), "too soon"
    link.typed(116.0)
    assert link.wants_question(117.0, is_paced=False)
    assert not link.wants_question(600.0, is_paced=False)


def test_on_a_slow_link_each_piece_is_asked_behind() -> None:
    line = Line(0.3)
    line.send(10)
    assert not line.link.wants_question(line.now, is_paced=True)
    line.link.handed(50)
    assert line.link.wants_question(line.now, is_paced=True)
    assert not line.link.wants_question(line.now, is_paced=False)


def test_the_choice_wins_over_what_is_measured() -> None:
    line = Line(0.5)
    line.send(10)
    line.link.judge(line.now)
    pace = Pace(line.link)
    assert [(pace.is_slow, pace.turn()) for _ in SLOW_LINK_CHOICES] == [
        (True, "on"),
        (True, "off"),
        (False, "auto"),
    ]
    assert [slow_link_of(word) for word in ("on", "off", "auto", "yes", None, 3)] == [
        "on", "off", "auto", "auto", "auto", "auto",
    ]  # fmt: skip


def test_data_come_at_every_tick_on_a_fast_line_and_once_a_second_while_nobody_looks() -> None:
    pace = Pace(Link())
    assert [pace.takes_data(tenth / 10) for tenth in range(10)] == [True] * 10
    pace.is_watched = False
    assert sum(pace.takes_data(1 + tenth / 10) for tenth in range(30)) == 3
    pace.painted(10.0)
    assert pace.room(10.5) == 0
    assert pace.room(11.0) is None
    pace.link.typed(10.4)
    assert pace.room(10.5) is None, "somebody who types looks, whatever the terminal says"


def test_on_a_slow_link_data_cost_less_than_a_kilobyte_a_second_and_ages_come_every_ten() -> None:
    link = Link()
    pace = Pace(link)
    pace.choice = "on"
    sent = ages = counts = 0
    for tenth in range(600):
        now = tenth / 10
        if pace.takes_data(now):
            link.handed(3000)
            link.wrote(3000, now)
            sent += 3000
        ages += pace.takes_ages(now)
        counts += pace.takes_counts(now)
    assert 30_000 < sent < 60_000
    quiet = [pace.takes_data(100.0 + second) for second in range(60)]
    assert all(quiet[10:]), "where little changes, it is shown each second"
    assert ages == 6
    assert counts == 12


def test_no_data_are_added_to_what_is_still_under_way() -> None:
    line = Line(0.3)
    line.send(10)
    pace = Pace(line.link)
    pace.choice = "on"
    line.link.handed(50)
    assert not pace.takes_data(100.0)
    assert not pace.takes_ages(100.0)
    assert pace.room(100.0), "a key may still be painted"
    line.link.handed(line.link.window)
    assert pace.room(100.0) == 0
    pace.choice = "off"
    assert pace.takes_data(100.0)


def test_how_the_line_is_told() -> None:
    line = Line(0.041)
    pace = Pace(line.link)
    assert pace.told(0.0) == ""
    line.send(10)
    assert pace.told(1.0) == "41 ms"
    assert pace.told(1.0, through="tmux") == "41 ms to tmux"
    line.delay_s = 0.042
    line.send(10)
    assert pace.told(2.0) == "41 ms", "a number that changes all the time distracts"
    line.delay_s = 0.31
    for _ in range(20):
        line.send(10)
    pace.choice = "on"
    line.link.wrote(4000, line.now)
    assert pace.told(line.now) == "↕ 310 ms · 0.8 kB/s · slow link"
    assert pace.told(line.now + 1, glyphs=ASCII) == pace.told(line.now), "it would feed on itself"
    assert pace.told(line.now + 4.99, glyphs=ASCII) == "<> 310 ms - 0.8 kB/s - slow link"
    line.delay_s = 1.31
    for _ in range(20):
        line.send(10)
    assert "1.3 s" in pace.told(line.now)
