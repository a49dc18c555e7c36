from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tui.config.scanner import KeyPath, KeyScanner

KEYS = st.one_of(st.from_regex(r"[a-z0-9_-]{1,6}", fullmatch=True), st.text(min_size=1, max_size=6))
TEXTS = st.text(max_size=12)
SCALARS = st.one_of(
    TEXTS,
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.floats(),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS.filter(str.isprintable), inner, max_size=3),
        st.lists(st.dictionaries(KEYS.filter(str.isprintable), inner, max_size=2), min_size=1, max_size=3),
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS.filter(str.isprintable), VALUES, max_size=5)


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths_of(item, (*path, index))


@given(DOCUMENTS, st.booleans())
def test_finds_the_same_keys_as_the_standard_reader(document: dict[str, Any], is_multiline: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=is_multiline).replace("\r\n", "\n")
    assert set(KeyScanner(text).lines) == set(paths_of(tomllib.loads(text)))


@given(DOCUMENTS)
def test_each_line_mentions_its_key(document: dict[str, Any]) -> None:
    text = tomli_w.dumps(document)
    lines = text.split("\n")
    for path, line in KeyScanner(text).lines.items():
        key = path[-1]
        if isinstance(key, str) and key.isascii() and key.isalnum():
            assert key in lines[line - 1]


TRICKY = r'''
# [not.a.table]
"quoted key" = 1            # line 3
a.b . c = "x = y # no"      # line 4
long = """
[fake]
key = "v"
""""" # five quotes end it
raw = \'\'\'
x = 1
\'\'\'
when = 1979-05-27 07:32:00  # a blank inside
list = [ # comment ]
  "]",
  {x = 1, "y z" = [ {deep = 1} ]},
]
[ tab . "le" ]   # spaced
k = { }
empty = []
[[tab.rows]]
n = 1
[[tab.rows]]
n = 2
[tab.rows.sub]
m = 3
[[tab.rows.sub2]]
o = '\'
'''.replace(r"\'\'\'", "'''")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("quoted key",), 3),
        (("a",), 4),
        (("a", "b", "c"), 4),
        (("long",), 5),
        (("raw",), 9),
        (("when",), 12),
        (("list",), 13),
        (("list", 0), 14),
        (("list", 1, "x"), 15),
        (("list", 1, "y z", 0, "deep"), 15),
        (("tab",), 17),
        (("tab", "le", "k"), 18),
        (("tab", "rows", 0), 20),
        (("tab", "rows", 0, "n"), 21),
        (("tab", "rows", 1), 22),
        (("tab", "rows", 1, "n"), 23),
        (("tab", "rows", 1, "sub", "m"), 25),
        (("tab", "rows", 1, "sub2", 0, "o"), 27),
    ],
)
def test_tells_the_line_of_every_kind_of_key(path: KeyPath, line: int) -> None:
    assert KeyScanner(TRICKY).lines[path] == line


def test_tricky_text_has_exactly_the_keys_of_the_standard_reader() -> None:
    assert set(KeyScanner(TRICKY).lines) == set(paths_of(tomllib.loads(TRICKY)))


def test_headers_are_kept_as_they_are_written() -> None:
    headers = KeyScanner(TRICKY).headers
    assert headers[("tab", "le")] == '[ tab . "le" ]'
    assert headers[("tab", "rows", 1)] == "[[tab.rows]]"
