"""A diligent learner has an agent that balances, and runs on all cores are those of one."""

import numpy as np
import pytest
import torch
from diligent import pass_exercises

from qlib.core.training import exam
from qlib.lessons import own_run
from qlib.lessons.stand_ins import Pieces, pieces


@pytest.fixture
def theirs(home):
    for stem in ("02_network", "04_choosing_actions", "05_replay_memory", "06_one_update"):
        pass_exercises(stem)
    return pieces()


def test_the_pieces_of_a_diligent_learner_balance_the_pole_on_12_of_16_seeds(theirs):
    assert "qlib's" not in repr(theirs), theirs
    torch.set_num_threads(1)
    scores = np.array([run.score for run in own_run.train_many(theirs, range(100, 116))])
    assert len(scores) == 16
    assert (scores >= 475).sum() >= 12, sorted(scores.round())


def test_no_run_is_lost_on_its_way_from_another_process():
    runs = own_run.train_many(Pieces(), range(3), budget=80)
    alone = [own_run.run(Pieces(), seed, budget=80) for seed in range(3)]
    assert [(each.score, each.lengths) for each in runs] == [(each.score, each.lengths) for each in alone]
    assert all(each.network is None for each in runs), "none of them was trained here in place of one that was lost"


@pytest.mark.parametrize("balanced", [True, False])
def test_a_policy_balances_if_it_falls_from_no_start(balanced):
    played = []

    def policy(observations):
        played.append(len(observations))
        steady = observations @ np.array([0.1, 0.3, 1.0, 0.6]) > 0
        return (steady == balanced).astype(np.int64)

    assert own_run.balances(policy) == balanced
    assert len(played) == 500 if balanced else len(played) < 20
    assert (exam(policy, own_run.OWN, range(3_000_000, 3_000_020)).min() == 500) == balanced
