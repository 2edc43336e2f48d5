from quality.outcome import Alarm, Repeats
from quality.repeating import Repeat, tally

from leakgate.dhat.profile import Metric


def alarm(test: str, head: int) -> Alarm:
    return Alarm(test=test, metric=Metric.T_GMAX_BYTES, base=10, head=head)


def test_times_are_counted_by_case_and_the_worst_alarm_of_a_test_is_kept() -> None:
    done = [
        Repeat(1.0, (alarm("cup fills", 70), alarm("cup empties", 50)), ()),
        Repeat(1.0, (alarm("cup fills", 90),), (alarm("pot pours", 20), alarm("cupboard opens", 20))),
        Repeat(1.0, (), (alarm("pot pours", 30),)),
        Repeat(1.0, (), ()),
    ]
    assert tally(["cup", "pot", "jug"], done) == {
        "cup": Repeats(runs=4, failed=2, warned=0, alarms=(alarm("cup empties", 50), alarm("cup fills", 90))),
        "pot": Repeats(runs=4, failed=0, warned=2),
        "jug": Repeats(runs=4, failed=0, warned=0),
    }
