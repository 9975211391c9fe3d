"""The one error a user ever sees, and what ends a run from outside."""


class LabError(Exception):
    """A user's mistake, or a circumstance a user can mend.

    The message says what is wrong and where, in lower case and without a full stop; the hint says what to
    type next. The command line prints both and exits with status 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class Interrupted(BaseException):
    """A signal asked the lab to stop. No Exception, so that nothing takes it for a failure and goes on; and no
    KeyboardInterrupt, which libraries catch for themselves."""
