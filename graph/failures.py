"""What the driver raises, in the hub's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ConnectionAcquisitionTimeoutError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from hub.core.errors import DoesNotFit, Unavailable

_TIMED_OUT = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "LockClientStopped")

_VANISHED = "Neo.ClientError.Statement.EntityNotFound"


def may_pass(error: DriverError | Neo4jError) -> bool:
    """Whether the same statement may succeed a moment later.

    Besides what the driver knows: a node that another writer deleted between two steps of our read is reported as the
    client's error, though nothing is wrong with the statement.
    """
    return error.is_retryable() or (isinstance(error, Neo4jError) and error.code == _VANISHED)


def vanished() -> TransientError:
    """What to raise in a transaction that saw another one at work, so that the driver repeats it."""
    return TransientError("a node vanished while it was read")


class Torn(TransientError):
    """Parts of one whole that do not fit each other: somebody wrote between two reads of ours, or they are spoilt."""


@contextmanager
def translated(statement: str) -> Iterator[None]:
    """Turn the driver's failures into `Unavailable`; programming errors pass unchanged.

    `statement` names the work for the log.
    """
    try:
        yield
    except ConnectionAcquisitionTimeoutError as error:
        raise Unavailable(
            "The graph is busy: every connection is in use. Try again shortly.", statement=statement
        ) from error
    except AuthError as error:
        raise Unavailable(
            "The graph refuses the hub's credentials: its operator has to look.", retry_after_s=30, statement=statement
        ) from error
    except IncompleteCommit as error:
        raise Unavailable(
            "The graph went away during a commit, so the change may or may not be stored. Send it again: "
            "a repeat is recognised.",
            statement=statement,
        ) from error
    except TimeoutError as error:
        raise Unavailable(
            "The graph took too long. A change may or may not be stored: send it again, a repeat is recognised.",
            statement=statement,
        ) from error
    except Torn as error:
        raise DoesNotFit(
            f"What was read did not fit together, again and again: {error}. Try again; if that does not help, its "
            "operator has to look.",
            statement=statement,
        ) from error
    except (ServiceUnavailable, SessionExpired, TransientError) as error:
        raise Unavailable("The graph does not answer. Try again shortly.", statement=statement) from error
    except Neo4jError as error:
        if (error.code or "").endswith(_TIMED_OUT):
            raise Unavailable("The graph took too long. Try again shortly.", statement=statement) from error
        raise
    except DriverError as error:
        if isinstance(error.__cause__, OSError):
            raise Unavailable("The graph does not answer. Try again shortly.", statement=statement) from error
        raise
