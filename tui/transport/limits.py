"""How much, how long and how often: every number of the transport, each with its reason."""

from __future__ import annotations

from tui.core.bounds import MAX_JOBS

KIB = 1024
MIB = 1024 * KIB

MAX_BODY_BYTES = 32 * MIB
"""Decoded bytes of an answer that is held in memory. The largest known one, the list of 10,000 Talend tasks,
is 16 MiB; a parsed answer costs about five times its bytes."""

MAX_RECORD_BYTES = 4 * MIB
"""Decoded bytes of an answer that tells of one thing, or of a change: several of them come at once."""

MAX_STREAM_BYTES = 4 * KIB * MIB
"""Decoded bytes of an answer that is read piece by piece: logs of a few GB exist, and they go to a file."""

MAX_ERROR_BYTES = 256 * KIB
"""Bytes that are read of an answer that says that something is wrong; the rest is not waited for."""

MAX_LOGIN_BYTES = MIB
"""Decoded bytes of a login's answer: a token and a few names."""

MAX_LINE_BYTES = 64 * KIB
"""A longer line of a stream is handed on in pieces: a server that never ends one must not fill the memory."""

PIECE_BYTES = 64 * KIB
"""Bytes that are unpacked at once: what httpcore reads at once, and small enough to keep the loop going."""

MAX_PIECES_AT_ONCE = 16
"""Pieces of one packed read after which other tasks get their turn: 1 MiB unpacks in about 4 ms."""

HEAD_PATIENCE = 2.0
"""The head of an answer may take so many times the timeout, with the wait for a connection. Each step keeps
the timeout by itself; this ends a head that comes byte by byte."""

BODY_PATIENCE = 10.0
"""A body may take so many times the timeout while it keeps coming: a large list over a slow line is fine,
a server that sends one byte every few seconds is not."""

MAX_JSON_VALUES = 2_000_000
"""Values in one JSON answer: twice as many as the largest known list has. Each costs up to 250 bytes, even if
it takes three on the line: without a bound 32 MiB of them become a gigabyte."""

MAX_FIELD_CHARS = 4000
"""Characters of one field that are taken over: names, paths and messages are far shorter."""

MAX_RECORDS = MAX_JOBS + 1
"""Records of one listing that are looked at: one more than is shown, so that this can be told."""

MAX_TOKEN_CHARS = 16 * KIB
"""A login that gives a longer token is not meant seriously: no known server takes a header of that size."""

LONGEST_PAUSE_S = 86_400.0
"""A server that asks to be left alone for longer than a day is taken to be wrong."""

MAX_REDIRECTS = 3
"""Redirects that are followed on the same host: one for a missing slash, one for https, one to spare."""

KEEPALIVE_S = 20.0
"""Seconds that an idle connection is kept: longer than the usual 15 s between two sweeps, and not longer than
the 20 s after which Tomcat, the server below most of these systems, drops it."""

MAX_COOKIES = 50
"""A server that sets more is not keeping a session; then all of them are forgotten."""

BLOCK_CHARS = MIB
"""Bytes or characters that are decoded or searched at once, in about 1 ms."""

LARGE_JSON_CHARS = 256 * KIB
"""Texts up to this size are parsed at once, in about 3 ms; larger ones in slices."""

SLICE_S = 0.004
"""Seconds of parsing between two turns of the event loop: a quarter of a frame at 60 Hz."""

SLICE_RECORDS = 500
"""Records that an adapter turns into jobs between two turns of the event loop, about 5 ms of work."""

MAX_PAGES = 10_000
"""Pages of one listing: far more than any known system needs for 100,000 jobs."""

MAX_EMPTY_PAGES = 20
"""Empty pages in a row of one listing: a filter may leave some empty, but each costs a request."""

EXCERPT_CHARS = 200
"""Characters of an answer that are quoted in an error."""

EXCERPT_SOURCE_CHARS = 16 * KIB
"""Characters of an answer among which these are looked for."""
