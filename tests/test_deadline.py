"""What takes too long is stopped, once and for all, and leaves no timer behind."""

import signal
import threading
import time
import types

import pytest

from nblib.deadline import TimeUp, time_limit


def busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_what_takes_too_long_is_stopped():
    started = time.process_time()
    with pytest.raises(TimeUp), time_limit(0.1):
        busy(3)
    assert time.process_time() - started < 1


def test_what_is_done_in_time_is_left_alone():
    with time_limit(1.0):
        busy(0.01)
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_no_timer_stays_behind_after_an_error():
    with pytest.raises(ZeroDivisionError), time_limit(1.0):
        1 / 0  # noqa: B018
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_the_handler_that_was_there_comes_back():
    before = signal.getsignal(signal.SIGPROF)
    with time_limit(1.0):
        pass
    assert signal.getsignal(signal.SIGPROF) is before


def test_an_outer_limit_stays_in_force():
    started = time.process_time()
    with pytest.raises(TimeUp), time_limit(0.1), time_limit(5.0):
        busy(3)
    assert time.process_time() - started < 1


def test_a_limit_that_was_swallowed_comes_again():
    """A finalizer or a callback of the garbage collector may swallow what a signal raises."""
    started = time.process_time()
    with pytest.raises(TimeUp), time_limit(0.1):
        try:
            busy(3)
        except TimeUp:
            pass
        busy(3)
    assert time.process_time() - started < 1


def test_waiting_does_not_count():
    with time_limit(0.05):
        time.sleep(0.3)


def test_a_limit_that_comes_on_the_way_out_leaves_no_timer_behind():
    """The signal may arrive anywhere; an error on the way out would skip what stops the timer."""
    for attempt in range(200):
        try:
            with time_limit(0.001):
                busy(0.001 + attempt * 2e-6)
        except TimeUp:
            pass
        assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    limit = time_limit(5.0)
    with limit:
        limit.stop(signal.SIGPROF, function_frame(time_limit.__exit__))  # no error


def function_frame(function):
    """What a signal handler is given while `function` runs: only the globals matter."""
    return types.SimpleNamespace(f_globals=function.__globals__)


def test_a_thread_is_not_interrupted():
    done = []

    def work():
        with time_limit(0.05):
            busy(0.2)
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
