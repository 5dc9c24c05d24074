"""What a prior that is learned after the autoencoder gains."""

from statistics import median
from typing import Any

from benchmarks._report import report
from playground.concepts.latent_prior.experiment import LatentPriorExperiment
from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.settings import Value
from playground.training.recipe import trained
from playground.training.untouched import untouched

SEEDS = (0, 1, 2)
PLAIN: dict[str, Value] = {"beta": 1.0}
WORDS: dict[str, Value] = {"code": "words", "batch_size": 50}


def measure() -> None:
    """Print what learned priors gain on digits; medians of three seeds.

    `prior_gain`: nats by which the bound of held-out digits rises over N(0, I) with the same
    decoder, as the page stands; `prior_gain_elbo`, the same of a VAE that was trained by its
    bound, beta 1. `prior_ratio` and `vq_prior_ratio`: the Frechet distance of samples by the
    learned prior over that by N(0, I), and by words alone; `vq_prior_bits`, of a held-out word,
    and `vq_alone_bits`.
    """
    for name, changes in (("", {}), ("_elbo", PLAIN)):
        answers = [_asked(changes, "bound", seed)["gain"][0] for seed in SEEDS]
        report(f"prior_gain{name}", median(answers), "nats")
    for name, changes in (("", {}), ("vq_", WORDS)):
        found = [_asked(changes, "quality", seed) for seed in SEEDS]
        report(f"{name}prior_ratio", median(each["learned"] / each["normal"] for each in found),
               "")
    bits = [_asked(WORDS, "places", seed) for seed in SEEDS]
    for name in ("learned", "alone"):
        report(f"vq_{name}_bits", median(each[f"total_{name}"][0] / each[name].size
                                         for each in bits), "bits")


_made: dict[tuple[str, int], LatentPriorExperiment] = {}


def _asked(changes: dict[str, Value], question: str, seed: int) -> dict[str, Any]:
    key = str(changes), seed
    if key not in _made:
        training = trained("latent_prior", LatentPriorSettings(seed=seed).with_changes(**changes))
        assert isinstance(training.experiment, LatentPriorExperiment)
        _made[key] = training.experiment
    made = _made[key]
    with untouched(made, made.device):
        return made.ask(question, {} if question == "places" else {"seed": 0})
