"""Names and messages that nobody would give a job: random ones, and those that are known to hurt."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.support.hostile import hostile_lines

MEGABYTE = 1 << 20

MARKUP = "[red]x[/red] [@click=app.quit]y[/] $accent [/]"
"""What must be seen letter by letter wherever it is shown."""

KNOWN = (
    "",
    " ",
    "\u3000",
    "\x00",
    "\u200b",
    MARKUP,
    "[/",
    "\\[b]",
    "$(touch /tmp/owned)`id`",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "../../etc/passwd",
    "-rf",
    "--help",
    "a\tb\rc\nd\x0be\x0cf\x85g\u2028h\u2029i",
    "\x1b]0;owned\x07\x1b]2;owned\x1b\\",
    "\x9d52;c;b3duZWQ=\x9c",
    "\x1b]52;c;b3duZWQ=\x07",
    "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[1;1H\x1b[?1049l\x1b#8\x1bc",
    "\x1bPq#0;2;0;0;0~-\x1b\\\x1b_Ga=T;AAAA\x1b\\\x1b^x\x1b\\\x1bXy\x1b\\",
    "\x1b[200~rm -rf /\n\x1b[201~",
    "a;b\x07c;\x1b\\d",
    "invoice\u202efdp.exe",
    "\u2066\u2067\u2068\u2069\u061c\u200e\u200f",
    "שלום עולם",
    "مرحبا بالعالم ١٢٣",
    "z\u0335\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309a\u0320\u0321\u0322\u0323\u0324\u0325l",
    "👨\u200d👩\u200d👧\u200d👦 👍🏽 🏳\ufe0f\u200d🌈 ❤\ufe0f 1\ufe0f\u20e3",
    "🇩🇪🇫🇷🇮",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "世界の仕事 ｆｕｌｌ ﾊﾝ",
    "각 ᄀᄀᄀ각ᆨᆨ ㅤ ﾠ",
    "กี่เก็บน้ำ नमस्ते क्षि தமிழ்",
    "\ud800\udfff \udc80",
    "\ufffe\uffff\U0001ffff \ue000\U000f0000",
    "䷀䷁䷂ ⚠ ⚠\ufe0e ⚠\ufe0f ✈ ±·…",
    "\u0301\u0301lead",
    "e\u0301cole école",
    "раypal gооgle",
)
"""Texts of which each is a way of its own to do harm."""

HUGE = (
    "A" * MEGABYTE,
    "世" * (MEGABYTE // 3),
    "a\u0301" * (MEGABYTE // 3),
    "a" + "\u0301" * (MEGABYTE // 2),
    "\u202e" * (MEGABYTE // 3),
    "\x1b[31m" * (MEGABYTE // 5),
    "\x1b]0;" + "x" * MEGABYTE,
    "[red]" * (MEGABYTE // 5),
    "👨\u200d👩\u200d👧" * (MEGABYTE // 18),
    " " * MEGABYTE,
    "word " * (MEGABYTE // 5),
    "\ud800" * (MEGABYTE // 3),
)
"""Texts of a megabyte each."""


def hostile_texts(count: int, seed: int = 0) -> Iterator[str]:
    """That many texts: the known ones first, then random ones made of the same stuff.

    Args:
        count: How many.
        seed: Other seeds give other texts, and the known ones in another order.
    """
    rng = random.Random(f"texts {seed}")
    known = rng.sample(KNOWN, len(KNOWN))
    yield from known[:count]
    for line in hostile_lines(max(0, count - len(known)), seed):
        yield _text(rng, line)


def _text(rng: random.Random, line: bytes) -> str:
    """The line as a careless adapter may have read it; sometimes with something known in it."""
    kind = rng.random()
    if kind < 0.6:
        text = line.decode("utf-8", "replace")
    elif kind < 0.75:
        text = line.decode("latin-1")
    elif kind < 0.9:
        text = line.decode("utf-8", "surrogateescape")
    else:
        text = rng.choice(KNOWN) + line.decode("utf-8", "ignore") + rng.choice(KNOWN)
    return text[: rng.choice((8, 20, 40, 80, 300, 2_000))]
