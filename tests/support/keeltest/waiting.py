# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for something to be true, with a deadline.

No test sleeps and hopes: it says what it waits for, and the deadline is only there so that a
broken product gives a failure and not a hang. KEEL_TEST_SLOWNESS stretches every deadline (the
sanitizers cost about a factor of three).
"""

import os
import time


class Timeout(AssertionError):
    """What was waited for did not come true in time."""


def scaled(seconds):
    """A deadline of so many seconds, on the machine and build at hand."""
    return seconds * float(os.environ.get('KEEL_TEST_SLOWNESS', '1'))


def wait_until(what, condition, seconds=20, interval=0.02):
    """Calls condition() until it gives something true, which is returned.

    What a failing condition raises as AssertionError counts as "not yet", and is told when the
    time is over.
    """
    deadline = time.monotonic() + scaled(seconds)
    why = None
    while True:
        try:
            value = condition()
            if value:
                return value
            why = value
        except AssertionError as error:
            why = error
        if time.monotonic() > deadline:
            raise Timeout(f'not within {scaled(seconds):g} s: {what} (last: {why!r})')
        time.sleep(interval)
