import signal


def pytest_configure() -> None:
    # A shell starts background jobs with SIGINT ignored, and children inherit it: interrupts under test would be lost.
    signal.signal(signal.SIGINT, signal.default_int_handler)
