import pytest

from engine.deadline import Deadline
from engine.protocol import EngineError


def test_there_is_time_until_a_deadline_is_told():
    deadline = Deadline("nano", clock=lambda: 1e12)
    assert deadline.left() == float("inf")
    assert not deadline.is_over()


@pytest.mark.parametrize("now", [10.0, 11.0])
def test_past_the_deadline_nothing_begins(now):
    deadline = Deadline("nano", clock=lambda: now)
    deadline.at = 10.0
    assert deadline.is_over()
    with pytest.raises(EngineError, match="engine nano: the time of the run is over"):
        deadline.left()


def test_before_the_deadline_the_rest_of_the_time_is_left():
    deadline = Deadline("nano", clock=lambda: 7.5)
    deadline.at = 10.0
    assert (deadline.left(), deadline.is_over()) == (2.5, False)
