"""A limit on the processor time that one line may take."""

from __future__ import annotations

import signal
import threading

SECONDS = 10.0


class TimeUp(Exception):
    """What was tried took longer than it may."""


class time_limit:
    """Raise TimeUp in what computes longer, where the platform has timers (the main thread on Unix).

    Processor time counts, so a busy machine reaches the same verdicts. Elsewhere nothing is interrupted: the checker
    counts its work there, and a page ends its worker. An outer limit that is already running stays in force.
    """

    def __init__(self, seconds: float = SECONDS):
        self.seconds = seconds

    def __enter__(self):
        able = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
        self.ours = able and not signal.getitimer(signal.ITIMER_PROF)[0]
        if self.ours:
            self.previous = signal.signal(signal.SIGPROF, self.stop)
            signal.setitimer(signal.ITIMER_PROF, self.seconds, 0.05)  # again and again: a callback may swallow one

    def stop(self, _, frame):
        if frame.f_globals["__name__"] != __name__:  # an error in this module would leave the timer running
            raise TimeUp

    def __exit__(self, *_):
        if self.ours:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, self.previous)
