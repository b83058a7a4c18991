"""The commands that tests start are interrupted as those of a terminal, wherever pytest itself was started."""

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_not_ignored():
    # A shell starts what is to run in the background so that it ignores interrupts, and children inherit that: they would
    # never end. What has a handler here is as usual for them.
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
