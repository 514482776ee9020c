"""The errors that memberhub raises on purpose.

Each has two audiences: `safe_message` is written for whoever called (what was wrong, what to do), `context` is for
the log. They are translated at the edges only: HTTP, GraphQL, workers and the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class HubError(Exception):
    """An expected failure.

    Attributes:
        code: stable, `SCREAMING_SNAKE`; callers may branch on it.
        safe_message: one or two sentences for the caller; never holds personal data or internals.
        context: facts for the log; the log's redaction still applies to them.
    """

    code: ClassVar[str] = "HUB_ERROR"

    def __init__(self, safe_message: str, **context: object) -> None:
        super().__init__(safe_message)
        self.safe_message = safe_message
        self.context = context


class InvalidInput(HubError):
    """The caller sent something that cannot be right; sending it again will not help."""

    code = "INVALID_INPUT"


class InvalidPayload(InvalidInput):
    """A delivery that cannot be parsed: it is parked, so that nothing is lost."""

    code = "INVALID_PAYLOAD"


class UnsupportedEvent(InvalidInput):
    """A well-formed delivery that the hub has no use for: acknowledged and counted."""

    code = "UNSUPPORTED_EVENT"


class WriteTokenInvalid(InvalidInput):
    """What came as a write token is none of this installation's: the caller drops it."""

    code = "WRITE_TOKEN_INVALID"


class InvalidSettings(HubError):
    """The process cannot start with the settings it was given: its operator's to mend, never a caller's."""

    code = "INVALID_SETTINGS"


class NotAuthenticated(HubError):
    """The caller did not prove who it is."""

    code = "NOT_AUTHENTICATED"


class SignatureInvalid(NotAuthenticated):
    """A delivery whose signature does not fit its bytes."""

    code = "SIGNATURE_INVALID"


class AccessDenied(HubError):
    """The caller is known and may not do this."""

    code = "ACCESS_DENIED"


class Forbidden(AccessDenied):
    """The caller's grant does not reach so far.

    Attributes:
        scopes: the missing ones, by name.
    """

    code = "FORBIDDEN"

    def __init__(self, safe_message: str, scopes: Iterable[str] = ()) -> None:
        super().__init__(safe_message)
        self.scopes = tuple(sorted(map(str, scopes)))


class NotFound(HubError):
    """What was asked for by name does not exist."""

    code = "NOT_FOUND"


class Erased(NotFound):
    """What was asked for was there and is erased for good; its id is never given to anyone else."""

    code = "ERASED"


class EventsGone(NotFound):
    """What was told after an event is not kept any more, so that nobody can go on from there."""

    code = "EVENTS_GONE"


class TooSlow(HubError):
    """A subscriber did not take its events in time, and was dropped."""

    code = "TOO_SLOW"


class Conflict(HubError):
    """The request is fine but contradicts what is already there."""

    code = "CONFLICT"


class Ambiguous(Conflict):
    """What was given fits several persons.

    Attributes:
        persons: whom it may mean, by id; the first ones, where they are many.
    """

    def __init__(self, safe_message: str, persons: tuple[str, ...] = ()) -> None:
        super().__init__(safe_message)
        self.persons = persons


class PolicyChanged(Conflict):
    """The identity policy that a process works by is no longer in force: it has to read the new one and repeat."""

    code = "POLICY_CHANGED"


class TooLarge(HubError):
    """Answering takes more work than is done while a caller waits; asking again will not help."""

    code = "TOO_LARGE"


class Unavailable(HubError):
    """Something that the hub needs does not answer: the only family worth retrying.

    Attributes:
        retry_after_s: how long a caller should wait before the next attempt.
    """

    code = "UNAVAILABLE"

    def __init__(self, safe_message: str, *, retry_after_s: float = 1.0, **context: object) -> None:
        super().__init__(safe_message, **context)
        self.retry_after_s = retry_after_s


class DoesNotFit(Unavailable):
    """What was read of one thing did not fit together, again and again: it is changed without end, or was spoilt."""


class InvariantBroken(HubError):
    """The stored state contradicts itself. Someone should be woken up."""

    code = "INVARIANT_BROKEN"
