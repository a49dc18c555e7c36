"""Bytes that no terminal should get from a log: random lines of them, and what tells if one got through."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import pyte
from pyte import modes

Draw: TypeAlias = Callable[[random.Random], bytes]

_COLOUR = r"(?:[0-479]|2[1-479]|[349][0-7]|[34]9|10[0-7]|[34]8;(?:5;\d{1,3}|2(?:;\d{1,3}){3}))"
SGR = rf"\x1b\[(?:{_COLOUR}(?:;{_COLOUR})*)?m"
"""Matches a sequence that does nothing but to colour text, and leaves it to be seen."""

MOVE = r"\x1b\[\d+(?:;\d+H|G)"
"""Matches a sequence that puts the cursor somewhere, as the painter does."""

FRAME = r"\x1b\[\?2026[hl]"
"""Matches the ends of a frame, as the driver sends them."""


def _words(text: str) -> Sequence[str]:
    return text.split(" ")


_TITLES = b"0;evil 2;evil 52;c;aGk= 52;p;? 8;;http://evil.example/ 8;id=1;file:///etc/passwd".split()
_OTHERS = (
    *b"4;1;rgb:ff/00/00 4;1;? 10;#000000 11;? 9;note 777;notify;a;b 133;A 7;file:///x +q544e".split(),
    *b"1337;File=inline=1:AAAA Ga=T,f=24,s=1,v=1;AAAA q#0;2;0;0;0~- tmux;\x1b\x1b]0;x\x07".split(),
    b"$q m",
)
_QUERIES = b"c >c =c 6n ?6n 5n 18t 21t ?2026$p ?u x >q 14t".split()
_MODES = (
    *b"?1049h ?25l ?1000h ?1003h ?1006h ?2004h ?2026h ?7h ?5h ?6h ?69h ?1l 4h 20h !p 1;5r s u".split(),
    *b"2J 3J K 1;1H 9999B 5A 10@ 3P 2M 200~ 201~ >1u <u 8;9;9t b 99b 5i 1;2'z 0$}".split(),
    b"2 q",
)
_ESCAPES = b"c 7 8 D E H M N O Z = > (0 )0 %G %@ #8".split()
_COLOURS = (
    *b"8 5 6 28 30;40 37;47 7 7;8 38;5;999 58;5;1 4:3 4:0 10 13 20 53 51 31 1;31 0 2;30;40 ;;; <8 ?8".split(),
    *b"38;2;16;20;27 48;2;16;20;27 38:2::1:2:3 38;2;1 48;5;0;38;5;0 97;107;8 38;8;38;5;1".split(),
    *(b"", b"1;" * 900 + b"8", b"9" * 50),
)
_ODD_BYTES = (
    *(b"\xc0\x9b2J", b"\xe0\x80\x9b31m", b"\xc1\x9b", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80"),
    *(b"\xc3", b"\xe2\x80", b"\x80", b"\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"A\0B\0"),
    b"\xf8\x88\x80\x80\x80",
)
_HIDDEN = _words(
    "\u202e \u2066 \u2069 \u061c \u200e \u200b \u200c \u200d \u2060 \ufeff \u00ad \u034f \u3164 \uffa0 \u180e"
    " \u115f\u1160 \U000e0041 \U000e0100 \ufe0f \ufe0e \uffff"
    " \ufdd0 \u0378 \U0002fffe \U000f0000 \u0600 \u2800"
)
_WIDTHS = _words(
    "⚠\ufe0f 1\ufe0f\u20e3 👨\u200d👩\u200d👧 👍\U0001f3fd 🇩🇪 🏴\U000e0067\U000e007f \u0301 e\u0301 กี่ नि 각"
    " 한 ﷺ 尺 世界 ｆｕｌｌ ±·…─▒ ① \ue0b0 \U0001fae8 \U0001f9ff ✅ ⌚ שלום مرحبا ß"
)
_SPACES = ("\u00a0", "\u3000", "\u2028", "\u2029", "\x85", "\u2003", "\u205f")
_FLOODS = ("a" + "\u0301\u0334" * 500, "\u0e33" * 9, "ᄀ" + "ᅡ" * 300, "尺" + "\u20dd" * 40, "\u0301" * 100)
_ODD_TEXTS = (*_HIDDEN, *_WIDTHS, *_WIDTHS, *_SPACES, *_FLOODS)
_MARKUP = (
    *b"[red]x[/red] [@click=app.quit]x[/] [@click=app.bell()]x [link=http://evil.example]x[/link]".split(),
    *rb"[/] [b $accent :smile: [conceal]x \[x] [[x]] <b> [reverse]".split(),
    b"[on red]",
)
_LOOKALIKES = r"␛[31m <U+202E> <9B>2J \x1b[31m ^[[31m … ▌ <+9 ␍ \u001b[2J".encode().split()
_TIMES = (b"2026-11-21 14:00:05 ", b"2026-11-21T14:09:00Z ", b"14:00:05.123 ", b"", b"", b"")
_ESCAPED = [r"\u001b[2J", r"\u009b31m", r"\u202e", r"\u2028", r"\ud800", r"\u0007", r"\ufe0f", r"x", r"尺"]
_SEEN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Signs that enclose numbers: Unicode calls them invisible, but they aren't."""

_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
"""Signs that aren't seen although Unicode calls them letters or marks."""

_PARAMETERS = (*b"0 1;2 99999999999999999999 ;;;; 1:2:3 -1".split(), b"", b"1;" * 300)
_ENDS = (b"", b"", b"\x07", b"\x1b\\", b"\x9c", b"\xc2\x9c", b"\x18", b"\x1b")


def hostile_lines(count: int, seed: int = 0) -> Iterator[bytes]:
    """That many random lines; some of them have ends of lines inside."""
    rng = random.Random(seed)
    for number in range(count):
        kind = rng.random()
        if kind < 0.05:
            yield _json(rng)
        elif kind < 0.08:
            yield b"\tat a.B.c(B.java:%d)%b" % (number, _piece(rng))
        elif kind < 0.081:
            yield ((piece := _piece(rng)) + b"abc ") * (21_000 // (len(piece) + 4) + 1)
        else:
            yield _torn(rng, rng.choice(_TIMES) + b"".join(_piece(rng) for _ in range(rng.randint(1, 6))))


def _piece(rng: random.Random) -> bytes:
    return rng.choice((b"", b"", b"x", b"word ")) + rng.choice(_PIECES)(rng)


def _torn(rng: random.Random, line: bytes) -> bytes:
    """The line, sometimes with an end of a line or a carriage return in the middle of something."""
    if rng.random() < 0.9 or not line:
        return line
    at = rng.randrange(len(line))
    return line[:at] + rng.choice((b"\n", b"\r", b"\r\n", b"\t", b"\0")) + line[at:]


def _json(rng: random.Random) -> bytes:
    texts = ["".join(rng.choices((*_ESCAPED, r"\u0301" * 40), k=3)) for _ in range(rng.randint(1, 4))]
    return ("INFO {" + ", ".join(f'"{text}": ["{text}", 1.50]' for text in texts) + "}").encode()


def _control(rng: random.Random) -> bytes:
    code = rng.choice((*range(10), *range(11, 32), *range(0x7F, 0xA0)))
    return bytes([code]) if rng.random() < 0.5 else chr(code).encode()


def _intro(rng: random.Random, letter: bytes) -> bytes:
    """The beginning of a sequence: as ESC and a letter, as one byte, or as one character."""
    single = letter[0] + 0x40
    return rng.choice((b"\x1b" + letter, b"\x1b" + letter, bytes([single]), chr(single).encode()))


def _control_sequence(rng: random.Random) -> bytes:
    private = rng.choice((b"", b"", b"?", b">", b"=", b"<"))
    parameters = rng.choice(_PARAMETERS)
    middle = rng.choice((b"", b"", b" ", b"$", b"!", b'"', b"'"))
    return _intro(rng, b"[") + private + parameters + middle + bytes([rng.randrange(0x40, 0x7F)])


def _string(rng: random.Random) -> bytes:
    inside = rng.choice(_PIECES)(rng) if rng.random() < 0.2 else b""
    intro = _intro(rng, rng.choice((b"]", b"]", b"P", b"_", b"^", b"X")))
    return intro + rng.choice((*_TITLES, *_OTHERS)) + inside + rng.choice(_ENDS)


def _chosen(choices: Sequence[bytes], intro: bytes = b"", end: bytes = b"") -> Draw:
    return lambda rng: (_intro(rng, intro) if intro else b"") + rng.choice(choices) + end


_PIECES: Sequence[Draw] = (
    _control,
    lambda rng: b"\x1b" + bytes([rng.randrange(0x20, 0x7F)]),
    _control_sequence,
    _string,
    _string,
    _chosen(_QUERIES, b"["),
    _chosen(_MODES, b"["),
    lambda rng: b"\x1b" + rng.choice(_ESCAPES),
    _chosen(_COLOURS, b"[", b"m"),
    lambda rng: b"\x1b[%bmseen?\x1b[m" % rng.choice(_COLOURS),
    _chosen(_ODD_BYTES),
    lambda rng: rng.choice(_ODD_TEXTS).encode(),
    lambda rng: rng.choice(_WIDTHS).encode() * rng.choice((2, 3, 30)),
    _chosen(_MARKUP),
    _chosen(_LOOKALIKES),
    lambda rng: rng.randbytes(rng.randint(1, 12)).replace(b"\n", b"\r"),
)


def strangers(sent: str, *allowed: str) -> set[str]:
    """What was sent beside printable text and the sequences of these forms."""
    rest = re.sub("|".join(allowed or (SGR, MOVE)), "", sent)
    return {character for character in set(rest) if not is_harmless(character)}


def is_harmless(character: str) -> bool:
    """Whether a character can do nothing but to be seen."""
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character in _SEEN
    return character not in _FILLERS and not "\U000e0000" <= character <= "\U000e0fff"


@lru_cache(maxsize=10_000)
def _cell(attributes: pyte.screens.Char, character: str) -> pyte.screens.Char:
    return attributes._replace(data=character)


class StrictScreen(pyte.Screen):
    """A terminal that notes what is asked of it, and lets text take the room that Unicode says."""

    def __init__(self, columns: int, lines: int) -> None:
        self.asked: list[str] = []
        """What else than text, colours and moves was asked for."""
        super().__init__(columns, lines)
        self.reset_mode(modes.DECAWM)
        self.asked.clear()

    def draw(self, data: str) -> None:
        attributes, x = self.cursor.attrs, self.cursor.x
        line = self.buffer[self.cursor.y]
        for character in data:
            width = max(0, pyte.screens.wcwidth(character))
            if width:
                x -= max(0, x + width - self.columns)
                line[x] = _cell(attributes, character)
                if width > 1:
                    line[x + 1] = _cell(attributes, "")
                x += width
            elif x:
                at = x - 1 if line[x - 1].data or x == 1 else x - 2
                line[at] = line[at]._replace(data=line[at].data + character)
        self.cursor.x = x

    def row(self, y: int) -> list[str]:
        """What each cell of a line shows; nothing behind a wide character."""
        return [self.buffer[y][x].data for x in range(self.columns)]


def _noting(name: str) -> Callable[..., None]:
    def note(screen: StrictScreen, *arguments: Any, **options: Any) -> None:
        screen.asked.append(name)
        getattr(pyte.Screen, name)(screen, *arguments, **options)

    return note


for _name in pyte.Stream.events - {"draw", "select_graphic_rendition", "cursor_position", "cursor_to_column"}:
    setattr(StrictScreen, _name, _noting(_name))
