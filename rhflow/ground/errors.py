"""The program cannot go on: the tree of what it says then.

    RhflowError                 message, hint, exit code
    ├── UsageError        2     the command line or a value given with it
    ├── DocumentError     2     the author's text; carries Diagnostics
    ├── PlanError         2     the plan cannot be carried out
    │   ├── PlanChanged   2     a frozen plan no longer fits what it was made from
    │   └── PriceUnknown  7     nobody publishes the price and nobody allowed that
    ├── AccountError      4     key, account or balance
    ├── NetworkError      6     host not found, no route, TLS
    ├── StoreError        9     disk full, store damaged or busy
    │   ├── RunBusy       9     another process works on the run
    │   └── JournalDamaged 9    unreadable state: it blocks, it never buys
    └── SettingsError     2     a setting that makes no sense

    Bug                         apart from them: a state that cannot be (never caught)

A `Failure` (lifecycle) is the world's answer and a `Diagnostic` is about the author's text;
neither is an exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rhflow.ground.diagnostics import Diagnostic, counted

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_WAITING = 3
EXIT_ACCOUNT = 4
EXIT_FAR_SIDE = 5
EXIT_NETWORK = 6
EXIT_BUDGET = 7
EXIT_DOUBT = 8
EXIT_STATE = 9
EXIT_INTERRUPTED = 130

EXIT_ORDER = (
    EXIT_INTERRUPTED,
    EXIT_STATE,
    EXIT_DOUBT,
    EXIT_BUDGET,
    EXIT_ACCOUNT,
    EXIT_NETWORK,
    EXIT_FAR_SIDE,
    EXIT_WAITING,
    EXIT_FAILED,
)
"""Several reasons apply: the first of these that does is the exit code (contract)."""


class RhflowError(Exception):
    """Something a person must hear of: a sentence, and where possible what to do next."""

    exit_code = EXIT_FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(RhflowError):
    """The command line, or a value given with it, is wrong."""

    exit_code = EXIT_USAGE


class SettingsError(RhflowError):
    """A setting makes no sense."""

    exit_code = EXIT_USAGE


class DocumentError(RhflowError):
    """The author's text has problems; `sources` holds the texts they point into."""

    exit_code = EXIT_USAGE

    def __init__(self, problems: Sequence[Diagnostic], sources: Mapping[str, str]) -> None:
        errors = sum(item.severity == "error" for item in problems)
        super().__init__(f"{counted(errors, 'problem')} in the text")
        self.problems = tuple(problems)
        self.sources = sources

    def __str__(self) -> str:
        return "\n".join([f"{self.message}:", *(f"  {item}" for item in self.problems)])


class PlanError(RhflowError):
    """The plan cannot be carried out."""

    exit_code = EXIT_USAGE


class PlanChanged(PlanError):
    """A frozen plan no longer fits what it was made from."""


class PriceUnknown(PlanError):
    """Nobody publishes a price, and nothing the author said covers that."""

    exit_code = EXIT_BUDGET


class AccountError(RhflowError):
    """Key, account or balance."""

    exit_code = EXIT_ACCOUNT


class NetworkError(RhflowError):
    """The far side cannot be reached."""

    exit_code = EXIT_NETWORK


class StoreError(RhflowError):
    """Local state: disk full, store damaged or busy."""

    exit_code = EXIT_STATE


class RunBusy(StoreError):
    """Another process works on the run."""


class JournalDamaged(StoreError):
    """Unreadable state: it blocks and says so; it never buys."""


class Bug(Exception):
    """A state that cannot be. Never caught: what follows would be a guess about money."""
