"""Themes are data: complete, legible, told apart by everyone, and harmless when broken."""

from __future__ import annotations

import os
from math import dist
from typing import TYPE_CHECKING

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Static

from tui.config.paths import shipped_themes_dir
from tui.core.errors import ConfigError
from tui.core.state import State
from tui.ui.theme import COLOURLESS_THEME, DEFAULT_THEME, is_colourless, load_theme, load_themes, theme_names

if TYPE_CHECKING:
    from pathlib import Path

    from textual.theme import Theme

SHIPPED = shipped_themes_dir()
THEMES, PROBLEMS = load_themes([SHIPPED])
PAINTED = sorted(name for name, theme in THEMES.items() if not theme.ansi)
BACKGROUNDS = ("background", "surface", "panel", "table-cursor", "log-cursor", "prod-tint")
COLOURED_TEXT = ("state-", "env-", "level-")
OTHER_TEXT = (
    "text-muted",
    "table-header",
    "table-marked",
    "table-stale",
    "table-match",
    "log-number",
    "log-time",
)
PAIRS = (
    ("selection-text", "selection"),
    ("table-cursor-text", "table-cursor"),
    ("log-match-text", "log-match"),
    ("prod-tint", "env-prod"),
)
LEGIBLE, VERY_LEGIBLE = 4.5, 7.0

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
CLEARLY_DIFFERENT = 20.0
"""CIE76 distance; about 2.3 is just noticeable side by side."""

MINIMAL = {
    "base": {"background": "#101010", "foreground": "#e0e0e0", "accent": "#80c0f0"},
    "states": {str(state): "#c0c0c0" for state in State},
}


def colours(theme: Theme) -> dict[str, Color]:
    named = {
        name: value
        for name in ("background", "surface", "panel", "foreground", "accent")
        if (value := getattr(theme, name))
    }
    texts = {k: v for k, v in theme.variables.items() if not k.startswith("style-") and "style" not in k}
    return {name: Color.parse(value) for name, value in {**texts, **named}.items()}


def linear(colour: Color) -> list[float]:
    parts = (colour.r / 255, colour.g / 255, colour.b / 255)
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: Color) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* of linear RGB under D65."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in rgb)
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour: Color, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    rgb = linear(colour)
    return lab([sum(weight * part for weight, part in zip(row, rgb, strict=True)) for row in matrix])


def toml(tables: dict[str, dict[str, str]], head: str = "") -> str:
    body = "\n".join(
        f"[{table}]\n" + "\n".join(f'{key} = "{value}"' for key, value in values.items())
        for table, values in tables.items()
    )
    return f"{head}\n{body}\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problem_in(folder: Path, text: str, name: str = "mine") -> str:
    write(folder, name, text)
    themes, problems = load_themes([folder])
    assert name not in themes
    assert len(problems) == 1
    assert "\n" not in str(problems[0])
    return str(problems[0])


def test_every_shipped_theme_is_right() -> None:
    assert PROBLEMS == []
    assert set(THEMES) == set(theme_names([SHIPPED]))


def test_the_promised_themes_ship() -> None:
    promised = {DEFAULT_THEME, "nightdeck-light", "high-contrast", "colour-blind-safe", "ansi-16", "mono"}
    assert promised < set(THEMES)
    assert len(THEMES) >= 10
    assert THEMES[DEFAULT_THEME].dark
    assert not THEMES["nightdeck-light"].dark


@pytest.mark.parametrize("name", PAINTED)
def test_every_text_can_be_read_on_every_background(name: str) -> None:
    colour = colours(THEMES[name])
    least = VERY_LEGIBLE if name == "high-contrast" else LEGIBLE
    texts = [*(key for key in colour if key.startswith(COLOURED_TEXT)), *OTHER_TEXT, "foreground", "accent"]
    pairs = [*((text, back) for text in texts for back in BACKGROUNDS), *PAIRS]
    faint = {
        f"{text} on {back}": round(ratio, 2)
        for text, back in pairs
        if (ratio := contrast(colour[text], colour[back])) < least
    }
    assert faint == {}


@pytest.mark.parametrize("matrix", [PROTANOPIA, DEUTERANOPIA], ids=["protanopia", "deuteranopia"])
def test_colour_blind_people_tell_the_main_states_apart(matrix: tuple[tuple[float, ...], ...]) -> None:
    colour = colours(THEMES["colour-blind-safe"])
    main = ("failed", "succeeded", "running", "warning")
    distances = {
        f"{one} and {other}": dist(
            seen(colour[f"state-{one}"], matrix), seen(colour[f"state-{other}"], matrix)
        )
        for index, one in enumerate(main)
        for other in main[index + 1 :]
    }
    assert {pair: d for pair, d in distances.items() if d < CLEARLY_DIFFERENT} == {}


@pytest.mark.parametrize("name", PAINTED)
def test_a_failure_never_looks_like_a_success(name: str) -> None:
    colour = colours(THEMES[name])
    identity = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    failed, succeeded = (seen(colour[f"state-{state}"], identity) for state in ("failed", "succeeded"))
    assert dist(failed, succeeded) > 2 * CLEARLY_DIFFERENT


@pytest.mark.parametrize("name", ["ansi-16", "mono"])
def test_terminal_themes_use_the_terminals_colours_alone(name: str) -> None:
    theme = THEMES[name]
    assert theme.ansi
    assert all(colour.ansi is not None for colour in colours(theme).values())
    assert theme.variables["style-cursor"] == "reverse"


def test_every_theme_has_the_same_variables() -> None:
    wanted = set(THEMES[DEFAULT_THEME].variables)
    assert {f"state-{state}" for state in State} < wanted
    assert all(set(theme.variables) == wanted for theme in THEMES.values())


def test_a_short_theme_is_complete(tmp_path: Path) -> None:
    write(tmp_path, "short", toml(MINIMAL))
    theme = load_theme("short", [SHIPPED, tmp_path])
    assert set(theme.variables) == set(THEMES[DEFAULT_THEME].variables)
    assert theme.variables["level-error"] == theme.variables["state-failed"]
    assert theme.dark


def test_one_theme_is_loaded_without_reading_the_others(tmp_path: Path) -> None:
    write(tmp_path, "good", toml(MINIMAL))
    write(tmp_path, "bad", "this is no TOML")
    assert load_theme("good", [tmp_path]).name == "good"


def test_the_users_folder_wins_by_name(tmp_path: Path) -> None:
    write(tmp_path, DEFAULT_THEME, toml(MINIMAL, "dark = false"))
    folders = [SHIPPED, tmp_path, tmp_path / "missing"]
    assert load_theme(DEFAULT_THEME, folders).background == "#101010"
    themes, problems = load_themes(folders)
    assert problems == []
    assert themes[DEFAULT_THEME].background == "#101010"
    assert themes["mono"] == THEMES["mono"]


def test_an_unknown_theme_is_told_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError) as caught:
        load_theme("nightdeck-drak", [SHIPPED])
    assert (
        caught.value.message
        == "[ui] theme: there is no theme 'nightdeck-drak', did you mean 'nightdeck-dark'?"
    )
    assert "high-contrast" in caught.value.hint


@pytest.mark.parametrize("name", ["../evil", "", "a/b", "nightdeck-dark\n"])
def test_a_theme_is_never_looked_for_elsewhere(name: str) -> None:
    with pytest.raises(ConfigError):
        load_theme(name, [SHIPPED / "themes", SHIPPED])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"base": {"acent": "#ffffff"}}, "mine.toml:6: [base] acent is unknown, did you mean 'accent'?"),
        ({"base": {"accent": "#12345"}}, "mine.toml:5: [base] accent is no colour: '#12345'"),
        ({"base": {"accent": "blu"}}, "accent is no colour: 'blu', did you mean 'blue'?"),
        ({"base": {"accent": "ansi_red"}}, "accent is 'ansi_red'; with ansi = false it is one such as"),
        ({"base": {"accent": "#ffffff80"}}, "accent is no opaque colour"),
        ({"base": {"accent": "auto"}}, "accent is no colour: 'auto'"),
        ({"states": {"done": "#ffffff"}}, "[states] done is none of cancelled, failed"),
        ({"styles": {"cursor": "revers"}}, "did you mean 'reverse'?"),
        ({"styles": {"cursor": ""}}, "cursor is no text style"),
        ({"tabel": {"cursor": "#ffffff"}}, "tabel is unknown, did you mean 'table'?"),
    ],
)
def test_a_wrong_key_is_told_in_one_line(
    tmp_path: Path, change: dict[str, dict[str, str]], told: str
) -> None:
    tables = {table: {**MINIMAL.get(table, {}), **change.get(table, {})} for table in {**MINIMAL, **change}}
    assert told in problem_in(tmp_path, toml(tables))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[base\n", "mine.toml:1:"),
        ("dark = 'yes'\n", "dark is true or false"),
        ("base = 3\n", "base is a table: [base]"),
        ("", "background and foreground and accent missing in [base]"),
        (toml({"base": MINIMAL["base"], "states": {"failed": "#ffffff"}}), "missing in [states]"),
        ("[base]\nbackground = 7\n", "background is no opaque colour"),
        ("ansi = true\n[base]\nbackground = '#000000'\n", "of the terminal's own such as ansi_red"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    assert told in problem_in(tmp_path, text)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    write(tmp_path, "huge", "#" * 100_000)
    write(tmp_path, "a name", toml(MINIMAL))
    themes, problems = load_themes([tmp_path])
    assert themes == {}
    assert len(problems) == 5


def test_a_broken_theme_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path, "broken", "[base\n")
    themes, problems = load_themes([SHIPPED, tmp_path])
    assert set(themes) == set(THEMES)
    assert [problem.file.name for problem in problems] == ["broken.toml"]
    with pytest.raises(ConfigError, match=r"broken\.toml:1"):
        load_theme("broken", [SHIPPED, tmp_path])


class ThemedApp(App[None]):
    """Uses our variables from the very first style sheet on."""

    CSS = """
    #failed { color: $state-failed; background: $table-cursor; text-style: $style-cursor; }
    #never { color: $state-never_run; }
    #prod { color: $env-prod; border-left: tall $env-prod; }
    #error { color: $level-error; background: $log-match; }
    """

    def __init__(self, name: str) -> None:
        super().__init__(ansi_color=is_colourless(os.environ) or None)
        self.register_theme(THEMES[name])
        self.theme = name

    def compose(self) -> ComposeResult:
        for name in ("failed", "never", "prod", "error"):
            yield Static(name, id=name, markup=False)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("name", sorted(THEMES))
async def test_every_theme_serves_a_running_app(name: str) -> None:
    app = ThemedApp(name)
    async with app.run_test():
        styles = app.query_one("#failed").styles
        assert styles.color == Color.parse(THEMES[name].variables["state-failed"])
        assert str(styles.text_style) == THEMES[name].variables["style-cursor"]
        assert app.query_one("#never").styles.color == Color.parse(THEMES[name].variables["state-never_run"])


async def test_themes_change_while_the_app_runs() -> None:
    app = ThemedApp(DEFAULT_THEME)
    async with app.run_test() as pilot:
        app.register_theme(THEMES["nightdeck-light"])
        app.theme = "nightdeck-light"
        await pilot.pause()
        assert app.query_one("#prod").styles.color == Color.parse(
            THEMES["nightdeck-light"].variables["env-prod"]
        )


async def test_without_colour_nothing_is_painted_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ThemedApp(COLOURLESS_THEME)
    async with app.run_test():
        strips = app.query_one("#failed").render_lines(app.query_one("#failed").region.reset_offset)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert any(style.reverse for style in styles)
        assert all(style.color is None or style.color.is_default for style in styles)
        assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)
