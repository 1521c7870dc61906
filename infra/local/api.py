"""Calls the HTTP API of a local stack."""

import json
import time
import urllib.error
import urllib.request
from typing import NamedTuple

from progress import StackError

# A proxy of the shell's must not see what stays on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_TRIES = 7

# A body that is JSON's null; None is no body.
NULL = object()


class Answer(NamedTuple):
    status: int
    body: dict | list | None
    etag: str | None


class Api:
    """The API for one login, or for the public without a token."""

    def __init__(self, base: str, token: str | None = None):
        self._base = base
        self._token = token

    def call(
        self,
        method: str,
        path: str,
        body=None,
        expect: tuple[int, ...] = (200, 201, 202, 204),
        retry: tuple[int, ...] = (),
        **headers: str,
    ) -> Answer:
        """Sends JSON and returns the answer; raises StackError on a status that is not expected.

        Tries again, for some seconds, on `retry` and on what passes: conflicts, limits, a dependency that is down.
        """
        answer = self._try(method, path, body, headers)
        for attempt in range(1, _TRIES):
            if answer.status in expect or answer.status not in (409, 429, 502, 503, 504, *retry):
                break
            time.sleep(0.1 * 2**attempt)
            answer = self._try(method, path, body, headers)
        if answer.status not in expect:
            raise StackError(f"{method} {path} answered {answer.status}: {json.dumps(answer.body, ensure_ascii=False)}")
        return answer

    def _try(self, method: str, path: str, body, headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(self._base + path, method=method)
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        if body is not None:
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            request.add_header("Content-Type", kind)
            request.data = json.dumps(None if body is NULL else body, ensure_ascii=False).encode()
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with OPENER.open(request, timeout=40) as response:
                return _read(response)
        except urllib.error.HTTPError as refused:
            return _read(refused)


def _read(response) -> Answer:
    content = response.read()
    try:
        body = json.loads(content) if content else None
    except ValueError:
        body = {"text": content[:500].decode(errors="replace")}
    return Answer(response.status, body, response.headers.get("ETag"))
