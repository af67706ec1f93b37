"""A limit on the time that one line may take."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager

SECONDS = 10.0


class TimeUp(Exception):
    """What was tried took longer than it may."""


@contextmanager
def time_limit(seconds: float = SECONDS):
    """Raise TimeUp in what takes longer, where the platform has timers (the main thread on Unix).

    Elsewhere nothing is interrupted: the checker counts its work there, and a page ends its worker.
    An outer limit that is already running stays in force.
    """
    here = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    if not here or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(*_):
        raise TimeUp

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)  # again and again: a signal can be lost in a callback
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
