"""How long chains stay, of chains for which it is known."""

import numpy as np
import pytest

from playground.experiments.mixing import stays


def test_a_stay_ends_where_another_place_begins() -> None:
    places = np.array([[0, 0, 0, 1, 1, 0], [2, 2, 2, 2, 2, 2]]).T
    found = stays(places, 3)
    assert found["changes"] == pytest.approx(100 * 1 / 6)  # 2 and 0 in 6 steps
    assert found["stay"] == pytest.approx(12 / 4)  # 0 0 0, 1 1, 0 and one of all the six 2
    assert found["stuck"] == 0.5 and found["nowhere"] == 0
    np.testing.assert_allclose(found["shares"], [4 / 12, 2 / 12, 6 / 12])


def test_being_nowhere_is_no_change() -> None:
    found = stays(np.array([[-1, 2, -1, 2, 2, 5, -1, 5, 2], [-1] * 9]).T, 6)
    assert found["changes"] == pytest.approx(100 * 1 / 9)  # 2 of the one chain, 0 of the other
    assert found["stuck"] == 0  # who was never anywhere is not stuck
    assert found["nowhere"] == pytest.approx(12 / 18)
    assert found["shares"].sum() + found["nowhere"] == pytest.approx(1)


def test_chains_that_jump_as_a_coin_falls_change_in_half_of_the_steps() -> None:
    places = np.random.default_rng(0).integers(2, size=(2000, 50))
    found = stays(places, 2)
    assert found["changes"] == pytest.approx(50, abs=0.5)
    assert found["stay"] == pytest.approx(2, abs=0.02)
