"""Systems that say aloud what they should keep to themselves: every secret that they were ever told."""

from __future__ import annotations

import inspect
import json
import random
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import httpx

from tests.reliability.secret_search import FORMS, Canaries

SPOKEN = re.compile(r"(?i)message|msg$|error|desc|detail|reason|text|comment|label|remark")
"""Members of answers that people read."""

HANDED_OUT = re.compile(r"(?i)token|session.?id|jwt|access.?key$")
"""Members of answers that are secrets of their own."""

FAILS = 0.12
"""This share of the questions is answered by an error that quotes them."""


class Echo:
    """Answers as a simulator does, and adds secrets to everything that is text."""

    def __init__(self, name: str, system: Callable[..., Any], canaries: Canaries, own: Sequence[str]) -> None:
        """Wrap a simulator.

        Args:
            name: Of the system.
            system: Answers the requests.
            canaries: Take note of what is handed out.
            own: The secrets that this system is told.
        """
        self.name = name
        self.echoes = 0
        """So often a secret was said."""
        self.fails = FAILS
        """Share of the questions that fail."""
        self._system = system
        self._canaries = canaries
        self._own = list(own)
        self._secrets = list(own)
        self._tokens: list[str] = []
        self._rng = random.Random(name)
        self._forms = list(FORMS.values())

    def say(self) -> str:
        """A secret in one of its forms; each in each form before long."""
        self.echoes += 1
        if not self._secrets:
            return ""
        secret = self._secrets[self.echoes % len(self._secrets)]
        return self._forms[self.echoes // len(self._secrets) % len(self._forms)](secret)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        answer = self._system(request)
        response = await answer if inspect.isawaitable(answer) else answer
        body = await response.aread()
        self._secrets = self._told_in(request)
        self._take_note(response, body)
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name not in ("content-length", "content-encoding", "transfer-encoding")
        ]
        said = self.say().encode("ascii", "replace").decode().replace("\n", " ")
        headers.append(("x-received", said))
        if request.method == "GET" and response.is_success and self._rng.random() < self.fails:
            return self._failure(request)
        try:
            value = json.loads(body)
        except ValueError:
            kind = response.headers.get("content-type", "")
            if kind.startswith("text/") and "html" not in kind:
                body += self._lines().encode()
        else:
            body = json.dumps(self._spoken(value)).encode()
        return httpx.Response(response.status_code, headers=headers, content=body)

    def _told_in(self, request: httpx.Request) -> list[str]:
        """The secrets that came with a request: those of other connections are none of its business."""
        received = f"{request.url} {request.headers} {request.content.decode('utf-8', 'replace')}"
        for word in re.findall(r"[\w+/=-]{16,}", received):
            with suppress(ValueError):
                received += b64decode(word + "==").decode("utf-8", "replace")
        tokens = [token for token in self._tokens if token in received]
        told = [secret for secret in self._canaries.places.values() if secret in received]
        return list(dict.fromkeys([*(told or self._own), *tokens]))

    def _failure(self, request: httpx.Request) -> httpx.Response:
        told = f"bad request {request.url} {request.headers.get('authorization', '')} {self.say()}"
        code = self._rng.choice((500, 502, 400, 403))
        if self._rng.random() < 0.5:
            return httpx.Response(code, json={"message": told, "error": {"message": self.say()}})
        return httpx.Response(code, html=f"<html><title>{self.say()}</title><body>{told}</body></html>")

    def _spoken(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._spoken(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        told = {name: self._spoken(inner) for name, inner in value.items()}
        for name, inner in told.items():
            if isinstance(inner, str) and SPOKEN.search(name) and not HANDED_OUT.search(name):
                told[name] = f"{inner} [{self.say()}]"
        told["xReceived"] = self.say()
        return told

    def _lines(self) -> str:
        lines = [
            f"ERROR login failed for {make(secret)} at once"
            for secret in self._secrets
            for make in self._forms
        ]
        return "\n" + "\n".join(lines) + "\n"

    def _take_note(self, response: httpx.Response, body: bytes) -> None:
        for cookie in response.headers.get_list("set-cookie"):
            self._learn(cookie.partition(";")[0].partition("=")[2])
        try:
            self._look_for_tokens(json.loads(body))
        except ValueError:
            return

    def _look_for_tokens(self, value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                self._look_for_tokens(inner)
        elif isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, str) and HANDED_OUT.search(name):
                    self._learn(inner)
                else:
                    self._look_for_tokens(inner)

    def _learn(self, secret: str) -> None:
        if len(secret) >= 12 and secret not in self._secrets:
            self._secrets.append(secret)
            self._tokens.append(secret)
            self._canaries.hand_out(f"token of {self.name}", secret)
