"""Steps made up by Hypothesis.

@generated
@given(steps=cases(command("SET", KEYS, VALUES), command("DEL", KEYS)))
def test_any_strings(compare, steps):
    compare(steps)
"""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.differential.steps import Step, Word, step
from tests.programs import IN_CI

#: A strategy of words, or one fixed word.
Part: TypeAlias = "Word | st.SearchStrategy[Word]"

#: Few keys, so that commands meet on the same one.
KEYS = st.sampled_from([b"k1", b"k2", b"k3"])
#: Short values, among them what commands read as numbers.
VALUES = st.one_of(
    st.sampled_from([b"", b"0", b"1", b"-1", b"10", b"3.5", b"abc", b"9223372036854775807"]),
    st.binary(max_size=6),
)
INDEXES = st.integers(min_value=-5, max_value=5)

#: No time limit for an example, as real servers are in it; the same examples in every run of CI.
generated = settings(
    max_examples=60,
    deadline=None,
    derandomize=IN_CI,
    # `compare` starts each example from an empty server, so that sharing it does no harm.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def command(*parts: Part) -> st.SearchStrategy[Step]:
    """Return a strategy of steps with these words."""
    words = [part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts]
    return st.tuples(*words).map(lambda chosen: step(*chosen))


def cases(*commands: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    """Return a strategy of cases made of these commands."""
    return st.lists(st.one_of(commands), min_size=1, max_size=12)
