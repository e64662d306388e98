"""Errors that a person reads: one line that says what is wrong and what to do.

* QuarterdeckError
    * UsageError         the command line or a typed command is wrong (exit 64)
    * ConfigError        a configuration file or a key file is wrong (exit 78)
    * UnavailableError   something needed is not there: port, engine, host (exit 69)
    * DataError          a file or a message does not say what it must (exit 65)
"""

from __future__ import annotations


class QuarterdeckError(Exception):
    """Base of all errors shown to the user.

    Args:
        message: What is wrong, in one line.
        hint: What to do about it, in one line; may be empty.
    """

    exit_code = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class UsageError(QuarterdeckError):
    """What was typed cannot be understood or is not allowed."""

    exit_code = 64


class DataError(QuarterdeckError):
    """A file or a message does not hold what it must."""

    exit_code = 65


class UnavailableError(QuarterdeckError):
    """A port, a process, a host or a file that is needed is not there."""

    exit_code = 69


class ConfigError(QuarterdeckError):
    """A configuration or key file is wrong."""

    exit_code = 78
