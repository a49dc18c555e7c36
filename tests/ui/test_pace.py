"""When the rows change while keys come."""

from tui.ui.link import Link
from tui.ui.pace import HELD_S, Pace


def test_rows_hold_still_while_the_cursor_moves_but_never_for_long() -> None:
    pace = Pace(Link())
    assert pace.takes_data(10.0)
    taken = []
    for step in range(1, 31):
        now = 10.0 + step / 10
        pace.cursor_moved(now)
        if pace.takes_data(now):
            taken.append(step)
    assert taken == [10, 20, 30]
    assert not pace.takes_data(13.0 + HELD_S / 2)
    assert pace.takes_data(13.0 + HELD_S + 0.01)


def test_ages_are_put_off_once_for_the_sake_of_keys() -> None:
    pace = Pace(Link())
    assert pace.takes_ages(10.0)
    pace.cursor_moved(10.95)
    assert not pace.takes_ages(11.0)
    pace.cursor_moved(11.95)
    assert pace.takes_ages(12.0)
