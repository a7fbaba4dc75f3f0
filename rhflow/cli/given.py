"""Input values from the command line: `-i name=value` and `--inputs FILE`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.errors import DocumentError, UsageError
from rhflow.language.document import read_document
from rhflow.language.inputs import Given


def given_inputs(pairs: Sequence[str] | None, file: Path | None) -> dict[str, Given]:
    """Values by input name; a pair outweighs the file.

    Raises:
        UsageError: a pair without `=`, or a file that is no mapping.
        DocumentError: the file is no YAML.
    """
    values = _from_file(file) if file is not None else {}
    for pair in pairs or ():
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"-i {pair!r} gives no value", "Write it as -i name=value.")
        values[name.strip()] = Given(value, str(Path.cwd()), from_command_line=True)
    return values


def _from_file(file: Path) -> dict[str, Given]:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    problems = Diagnostics()
    document = read_document(text, str(file), problems)
    if document is None or problems.has_errors:
        raise DocumentError(tuple(problems), {str(file): text.decode("utf-8", "replace")})
    if not isinstance(document.data, dict):
        raise UsageError(f"{file} holds no mapping of input names to values")
    return {
        name: Given(value, str(file.parent), from_command_line=False) for name, value in document.data.items()
    }
