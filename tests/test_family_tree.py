"""The map's tree: its leaves tell the truth about the models, and lead to their pages."""

import re
from pathlib import Path

import pytest

from model_zoo.base import Autoencoder, GenerativeModel, log_prob_kind
from model_zoo.coupling_flow import CouplingFlow
from model_zoo.diffusion import PointDiffusion
from model_zoo.energy import PointEnergy
from model_zoo.gan import GAN
from model_zoo.gsn import GSN
from model_zoo.latent_prior import LatentPrior
from model_zoo.pixel_cnn import PixelCNN
from model_zoo.pixel_rnn import RowLSTM
from model_zoo.pixel_transformer import PixelTransformer
from model_zoo.rbm import RBM
from model_zoo.vae import VAE
from playground import concepts
from playground.concepts.generative_models import family_tree
from playground.concepts.generative_models.family_tree import LEAVES, Leaf, figures
from playground.concepts.generative_models.figures import Twig, tree
from playground.concepts.generative_models.same_data import (
    ALL_TAKE_PART,
    PICTURES,
    POINTS,
    of,
)
from playground.experiments.base import experiment_type
from playground.experiments.drawing import Draws
from playground.ui.bench.session import gallery_run
from playground.ui.tools.contest import Board

NO_FAMILIES = {"generative_models", "arena", "image_arena", "applications", "autoencoder", "dcgan"}
ROOT = Path(__file__).parents[1]
MODELS: dict[str, GenerativeModel] = {"pixel_rnn": RowLSTM((1, 4, 4)), "vae": VAE((1, 4, 4)),
                                      "pixel_cnn": PixelCNN((1, 4, 4)), "gan": GAN((2,)),
                                      "pixel_transformer": PixelTransformer((1, 4, 4)),
                                      "flow": CouplingFlow((2,)),
                                      "diffusion": PointDiffusion((2,)),
                                      "rbm": RBM((1, 4, 4)),
                                      "gsn": GSN((2,)),
                                      "energy": PointEnergy(),
                                      "latent_prior": LatentPrior((1, 4, 4))}


def _leaf(page: str) -> Leaf:
    return next(leaf for leaf in LEAVES if leaf.page == page)


@pytest.mark.parametrize("page", MODELS)
def test_a_leaf_says_what_its_model_can(page: str) -> None:
    assert _leaf(page).claim.kind == log_prob_kind(MODELS[page])


@pytest.mark.parametrize("page", MODELS)
def test_only_a_model_that_encodes_has_a_code_both_ways(page: str) -> None:
    assert _leaf(page).code.startswith("yes") == isinstance(MODELS[page], Autoencoder)


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.has_page],
                         ids=lambda leaf: leaf.page)
def test_a_leaf_with_a_page_can_be_asked_to_draw(leaf: Leaf) -> None:
    assert leaf.page in concepts.names()
    assert issubclass(experiment_type(leaf.page), Draws)
    assert leaf.nats[0] or not leaf.claim.is_log_p


def test_the_map_prints_what_all_held_out_pictures_cost_where_that_is_known(
        monkeypatch: pytest.MonkeyPatch) -> None:
    run = gallery_run("pixel_cnn", "mnist")
    assert run is not None and run.history.last is not None
    monkeypatch.setattr(family_tree, "_run", lambda leaf: run)
    monkeypatch.setattr(family_tree, "is_clocked", lambda run: False)
    found = figures(_leaf("pixel_cnn"))
    assert found is not None
    assert found.nats == -run.all_held_out["nats"] != -run.history.last.metrics["held_out"]


def test_no_leaf_is_without_a_page_and_no_family_without_a_leaf() -> None:
    text = (ROOT / "playground/ui/bench/contents.py").read_text(encoding="utf-8")
    section = text[text.index('_("Generative models")'):]
    pages = set(re.findall(r"pages/(\w+)\.py", section))
    leaves = {leaf.page for leaf in LEAVES}
    assert all(leaf.has_page for leaf in LEAVES)
    assert pages - NO_FAMILIES == leaves - {"density_estimation"}


@pytest.mark.parametrize("board", [POINTS, PICTURES], ids=lambda board: board.concept)
def test_the_tables_of_the_same_data_show_every_family_of_their_run(board: Board) -> None:
    name = ALL_TAKE_PART if board.concept == "image_arena" else "default"
    run = gallery_run(board.concept, name)
    assert run is not None
    shown = [row["family"] for row in of(board, run)]
    assert shown == [*(family.title for family in board.families.values()), "real data"]
    assert all(float(row[list(row)[3]]) > 0 for row in of(board, run)[:-1])  # drawing costs


def test_all_kinds_of_the_tree_are_there() -> None:
    assert {leaf.path[1:] for leaf in LEAVES} >= {
        ("Explicit: it has a p(x)", "Tractable"),
        ("Explicit: it has a p(x)", "Approximate", "Variational"),
        ("Explicit: it has a p(x)", "Approximate", "Markov chain"),
        ("Implicit: it only draws", "Direct"), ("Implicit: it only draws", "By a Markov chain")}


def test_the_map_comes_first_in_its_section() -> None:
    text = (ROOT / "playground/ui/bench/contents.py").read_text(encoding="utf-8")
    section = text[text.index('_("Generative models")'):]
    assert section.index("pages/generative_models.py") < section.index("pages/pixel_rnn.py")


def test_a_branch_stands_at_the_mean_height_of_its_leaves() -> None:
    twigs = [Twig(("root", "a"), "1", "", ""), Twig(("root", "a"), "2", "", ""),
             Twig(("root", "b", "c"), "3", "", "#000000")]
    _edges, branches, leaves = tree(twigs)["data"]
    heights = dict(zip(branches["text"], branches["y"], strict=True))
    assert heights == {"root": -1.0, "a": -0.5, "b": -2.0, "c": -2.0}
    assert leaves["text"] == ["1", "2", "3"] and leaves["x"] == [3.0] * 3
