"""The one way to wait: poll a condition with a bound, and say what was waited for."""

import time


class WaitTimeout(AssertionError):
    """The condition did not come true in time."""


def wait_until(condition, timeout, what, *, check=None, longest_pause=0.05):
    """Polls `condition` until it returns something true, and returns that.

    An exception in `condition` counts as "not yet", except AssertionError raised by `check`, which is called before each
    poll and is the place to notice that waiting has become pointless.
    timeout: seconds. Raises WaitTimeout with `what` and the last value or exception.
    """
    began = time.monotonic()
    deadline = began + timeout
    pause = 0.002
    while True:
        if check is not None:
            check()
        try:
            last = condition()
            if last:
                return last
        except Exception as error:  # noqa: BLE001: "not yet" has many faces
            last = error
        now = time.monotonic()
        if now >= deadline:
            raise WaitTimeout(f"waited {now - began:.1f} s for {what}; last seen: {last!r}")
        time.sleep(min(pause, deadline - now))
        pause = min(pause * 1.5, longest_pause)
