"""The last line tells the keys in effect, those that work here, as far as there is room."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.geometry import Region

from tests.ui.key_app import KeyApp

FULL = " enter open  L log  R rerun  X stop  / filter  ! problems  : commands  ? help "


def text_of(app: KeyApp) -> str:
    footer = app.footer
    return "".join(segment.text for segment in footer.render_line(0))


async def test_the_line_is_the_designed_one() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 24)) as pilot:
        app.footer.status = "paused 0s · 41 ms"
        await pilot.pause()
        line = text_of(app)
    assert line.startswith(FULL)
    assert line.endswith(" paused 0s · 41 ms ")
    assert len(line) == 120


async def test_rebound_keys_are_told_as_they_are() -> None:
    app = KeyApp(preset="k9s", keymap={"rerun": "Z", "stop": ""})
    async with app.run_test(size=(120, 24)):
        line = text_of(app)
    assert " enter open  l log  Z rerun  / filter " in line
    assert "stop" not in line


@pytest.mark.parametrize("width", [10, 20, 40, 60, 79, 80])
async def test_hints_go_from_the_right_and_the_way_to_help_stays(width: int) -> None:
    app = KeyApp()
    async with app.run_test(size=(width, 24)) as pilot:
        app.footer.status = "41 ms"
        await pilot.pause()
        line = text_of(app)
        shown = [hint.id for hint in app.footer.shown]
    assert len(line) == width
    assert line.endswith(" 41 ms ")
    order = ["open", "open_log", "rerun", "stop", "find", "problems", "palette", "help"]
    assert shown == ([*order[: len(shown) - 1], "help"] if shown else [])
    assert bool(shown) is (width >= 20)


async def test_a_status_that_has_no_room_is_cut() -> None:
    app = KeyApp()
    async with app.run_test(size=(12, 24)) as pilot:
        app.footer.status = "a status of many words"
        await pilot.pause()
        assert len(text_of(app)) == 12


async def test_the_line_follows_the_focus() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 24)) as pilot:
        assert "enter open" in text_of(app)
        await pilot.press("slash")
        await pilot.pause()
        assert "enter open" not in text_of(app)
        assert "R rerun" not in text_of(app)


async def test_a_key_that_cannot_act_is_grey() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 24)) as pilot:
        app.main.can_hold = True
        app.refresh_bindings()
        await pilot.pause()
        assert all(hint.is_available for hint in app.footer.shown)
        app.main.check_action = lambda action, parameters: None if action == "stop" else True  # type: ignore[method-assign]
        app.main.refresh_bindings()
        await pilot.pause()
        assert {hint.id: hint.is_available for hint in app.footer.shown}["stop"] is False
        grey = Color.parse(app.theme_variables["text-disabled"]).rich_color
        styles = {segment.text.strip(): segment.style for segment in app.footer.render_line(0)}
        stop = styles["stop"]
        assert stop is not None
        assert stop.color == grey


async def test_a_click_presses_the_key() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 24)) as pilot:
        at = text_of(app).index("rerun")
        await pilot.click("Footer", offset=(at, 0))
        await pilot.pause()
        await pilot.click("Footer", offset=(110, 0))
        await pilot.pause()
    assert app.main.done == ["rerun"]


async def test_a_new_status_repaints_only_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 24)) as pilot:
        app.footer.status = "41 ms"
        await pilot.pause()
        painted: list[Region] = []
        refresh = app.footer.refresh

        def record(*regions: Region) -> None:
            painted.extend(regions)
            refresh(*regions)

        monkeypatch.setattr(app.footer, "refresh", record)
        app.footer.status = "42 ms"
        await pilot.pause()
        assert painted
        assert all(region.x >= 110 for region in painted)
        painted.clear()
        app.footer.status = "42 ms"
        app.main.refresh_bindings()
        await pilot.pause()
        assert painted == []
