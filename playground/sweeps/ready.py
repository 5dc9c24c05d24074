"""Ready-made sweeps, and their stored results: what they say is on the screen on arrival.

`python -m playground.sweeps` trains them anew and stores metrics and small pictures, no weights;
names after it train just those.
"""

import base64
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from playground import gallery
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import Value
from playground.sweeps.outcome import Outcome
from playground.sweeps.plan import Plan, made

FOLDER = gallery.FOLDER / "sweeps"
DIGITS = {"dataset": "digits"}


@dataclass(frozen=True)
class Ready:
    """A sweep that is there to be looked at, and to be trained again.

    Attributes:
        label: what it is called.
        look_for: one line, what to see.
        plan: what it trains.
    """

    label: str
    look_for: str
    plan: Plan


@dataclass(frozen=True)
class Stored:
    """What a ready-made sweep gave.

    Attributes:
        plan: what was trained, which may be older than the plan of today.
        device: where.
        day: when, ISO 8601.
    """

    plan: Plan
    outcomes: list[Outcome]
    device: str
    day: str


def _plan(concept: str, metric: str, better: str, settings: dict[str, Value], seeds: int = 1,
          **axes: tuple[Value, ...]) -> Plan:
    return made(concept=concept, settings=settings, metric=metric, better=better, seeds=seeds,
                axes=[{"name": name, "values": values} for name, values in axes.items()])


READY = {
    "vae": Ready(
        N_("VAE: beta and latent dimensions"),
        N_("Along beta the plane empties: the codes collapse onto the prior. More dimensions help "
           "only where beta lets them."),
        _plan("vae", "held_out_elbo", "high", DIGITS | {"steps": 1000}, latent_dim=(1, 2, 5, 10),
              beta=(0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 20.0))),
    "autoencoder": Ready(
        N_("Learning rate and batch size"),
        N_("Each batch size has its best rate, and beyond it all is lost at once."),
        _plan("autoencoder", "held_out_error", "low", DIGITS | {"steps": 500},
              batch_size=(10, 50, 200, 1000),
              learning_rate=(0.0001, 0.0005, 0.002, 0.005, 0.02, 0.1, 0.5))),
    "gan": Ready(
        N_("GAN: steps of D and its learning rate"),
        N_("The picture of each cell: how many of the eight modes the forger has found."),
        _plan("gan", "js", "low", {"steps": 1000}, critic_steps=(1, 2, 5),
              discriminator_rate=(0.0001, 0.0005, 0.002, 0.01, 0.05))),
    "kde": Ready(
        N_("Kernel density: bandwidth and points"),
        N_("The best bandwidth falls as there are more points."),
        _plan("density_estimation", "held_out", "high",
              {"dataset": "moons", "estimator": "kde", "rule": "hand"}, seeds=3,
              n_points=(20, 50, 200, 1000),
              bandwidth=(0.02, 0.05, 0.1, 0.2, 0.5, 1.0))),
    "kmeans": Ready(
        N_("k-means: k and the start"),
        N_("More groups always fit better, so the distances alone do not tell k. Look at the "
           "spread over seeds: a random start is a matter of luck."),
        _plan("clustering", "inertia", "low", {"method": "kmeans", "n_points": 200}, seeds=5,
              start=("random", "kmeans++", "farthest"), n_clusters=(2, 3, 4, 5, 6, 8))),
    "tsne": Ready(
        N_("t-SNE: perplexity"),
        N_("The same data, and each perplexity tells another story: small ones tear groups apart, "
           "large ones melt them."),
        _plan("dimensionality_reduction", "trustworthiness", "high",
              {"dataset": "digits", "method": "tsne", "n_points": 500}, seeds=2,
              perplexity=(2.0, 5.0, 10.0, 20.0, 50.0, 100.0))),
    "diffusion": Ready(
        N_("Diffusion: when does it stop learning by heart?"),
        N_("Of twenty points a third of the samples are copies. From a hundred on it is about one "
           "in ten, as among held-out points, however many there are."),
        _plan("diffusion", "copied", "low", {"steps": 2000}, seeds=3,
              n_points=(20, 50, 100, 200, 500, 1000, 2000))),
    "flow": Ready(
        N_("Normalizing flow: layers, and how a number is moved"),
        N_("Nats above the true density. One layer of splines does what four do that only shift "
           "and scale; beyond four there is nothing left to gain."),
        _plan("flow", "gap", "low", {"steps": 1000}, seeds=3, bend=("affine", "spline"),
              flow_layers=(1, 2, 4, 8))),
    "pixel_cnn": Ready(
        N_("PixelCNN: features and blocks"),
        N_("Depth sees farther, width sees more: which one pays in nats?"),
        _plan("pixel_cnn", "held_out", "low", {"steps": 200}, features=(8, 16, 32),
              blocks=(0, 1, 2, 4))),
}


def stored(name: str) -> Stored | None:
    """Return what a ready-made sweep gave; None if nothing is stored that can be read."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        return None
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        plan = Plan(**plain["plan"])
        plan.check()
    except (ValidationError, Refusal):
        return None
    points = {json.dumps(list(point)): point for point in plan.points()}
    found = [Outcome(**{**each, "point": points[json.dumps(each["point"])],
                        "picture": each["picture"] and base64.b64decode(each["picture"])})
             for each in plain["outcomes"] if json.dumps(each["point"]) in points]
    return Stored(plan, found, plain["device"], plain["day"])


def store(name: str, result: Stored) -> Path:
    """Write what a ready-made sweep gave."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    rows = [_plain(each, result.plan.metric) for each in result.outcomes]
    path.write_text(json.dumps({"plan": result.plan.model_dump(mode="json"), "outcomes": rows,
                                "device": result.device, "day": result.day}), encoding="utf-8")
    return path


def _plain(outcome: Outcome, metric: str) -> dict[str, Any]:
    """Return an outcome for JSON: without its run, and a picture of the first seed alone."""
    picture = outcome.picture if outcome.seed == 0 else None
    plain = asdict(replace(outcome, run="", picture=None))
    return plain | {"point": list(outcome.point), "seconds": round(outcome.seconds, 3),
                    "metrics": {key: float(f"{value:.6g}")
                                for key, value in (outcome.metrics or {}).items()},
                    "picture": base64.b64encode(picture).decode() if picture else None}


def checked(name: str) -> Ready:
    """Return a ready-made sweep.

    Raises:
        Refusal: there is none of this name.
    """
    if name not in READY:
        raise Refusal(N_("{name} must be one of {choices}, got {value!r}"), name="sweep",
                      choices=list(READY), value=name)
    return READY[name]


