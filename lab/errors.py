"""The one exception a user ever sees."""


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
