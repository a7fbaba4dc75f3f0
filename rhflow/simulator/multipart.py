"""One file out of a multipart/form-data body, as it streams past (RFC 7578).

Nothing is kept in memory but the last few bytes, in which a boundary might begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import Message

_NAME = re.compile(r'(?:^|;)\s*name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_MAX_HEADER = 16_384
_MAX_FIELD = 4_096


class Malformed(Exception):
    """The body is not what its content type says; the message is a sentence."""


def boundary_of(content_type: str) -> bytes:
    """The boundary of a multipart body.

    Raises:
        Malformed: the content type is another, or names none.
    """
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        raise Malformed("the body has to be multipart/form-data with a boundary")
    return boundary.encode("latin-1", "replace")


class PartReader:
    """Hands the bytes of the first part called `wanted` to `sink`.

    `found` tells whether there was one, `is_complete` whether the closing boundary came. The first bytes of
    parts called as in `fields` are kept in `values`.
    """

    def __init__(
        self,
        boundary: bytes,
        wanted: str,
        sink: Callable[[bytes], object],
        fields: tuple[str, ...] = (),
    ) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._wanted = wanted
        self._sink = sink
        self._rest = b"\r\n"  # so that the first boundary looks like every other
        self._step: Callable[[], bool] = self._skip
        self._is_wanted = False
        self._field: str | None = None
        self._fields = fields
        self.values: dict[str, bytes] = {}
        self.found = False
        self.is_complete = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            Malformed: the parts are not where they should be.
        """
        self._rest += chunk
        while not self.is_complete and self._step():
            pass

    def _skip(self) -> bool:
        """Content up to the next boundary: to the sink, or nowhere."""
        at = self._rest.find(self._delimiter)
        end = at if at >= 0 else max(len(self._rest) - len(self._delimiter) + 1, 0)
        if self._is_wanted and end:
            self._sink(self._rest[:end])
        elif self._field is not None and end:
            self.values[self._field] = (self.values.get(self._field, b"") + self._rest[:end])[:_MAX_FIELD]
        self._rest = self._rest[end:]
        if at < 0:
            return False
        self._rest = self._rest[len(self._delimiter) :]
        self._is_wanted, self._field = False, None
        self._step = self._after_boundary
        return True

    def _after_boundary(self) -> bool:
        if len(self._rest) < 2:
            return False
        if self._rest.startswith(b"--"):
            self.is_complete = True
            return False
        line, found, rest = self._rest.partition(b"\r\n")
        if not found:
            return self._wait()
        if line.strip(b" \t"):
            raise Malformed("a boundary is followed by other text")
        self._rest = b"\r\n" + rest  # a part without headers has its empty line at once
        self._step = self._headers
        return True

    def _headers(self) -> bool:
        head, found, rest = self._rest.partition(b"\r\n\r\n")
        if not found:
            return self._wait()
        name = _part_name(head)
        self._is_wanted = not self.found and name == self._wanted
        self._field = name if name in self._fields else None
        self.found = self.found or self._is_wanted
        self._rest = rest
        self._step = self._skip
        return True

    def _wait(self) -> bool:
        if len(self._rest) > _MAX_HEADER:
            raise Malformed("the headers of a part are too long")
        return False


def _part_name(head: bytes) -> str | None:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        if key.strip().lower() == "content-disposition":
            match = _NAME.search(value)
            return match[1] if match else None
    return None
