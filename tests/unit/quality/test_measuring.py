from quality.cases import Case
from quality.measuring import batches


def test_cases_with_settings_of_their_own_are_measured_apart() -> None:
    plain, other = Case("cup", "t", "c"), Case("pot", "t", "c")
    release = Case("jug", "t", "c", profile="release")
    one_round = Case("mug", "t", "c", rounds="1")
    found = batches([plain, release, one_round, other])
    assert [(batch.name, batch.cases) for batch in found] == [
        ("all", (plain, other)),
        ("release", (release,)),
        ("rounds1", (one_round,)),
    ]
