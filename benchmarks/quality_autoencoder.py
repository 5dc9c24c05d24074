"""How near a linear autoencoder comes to PCA, and what hidden layers gain over it."""

from benchmarks._report import report
from playground.concepts.autoencoder.settings import AutoencoderSettings
from playground.training.recipe import seen, trained


def measure() -> None:
    """Train on 1500 digits of 8 x 8 pixels; print the angle, and squared errors of 250 held out.

    The aim: `linear_ae_angle`, the largest principal angle between the decoder of the page's
    linear preset and PCA's subspace, 3 degrees.
    """
    linear = _metrics(AutoencoderSettings(linear=True, learning_rate=0.02))
    report("linear_ae_angle", linear["largest_angle"], "degrees")
    report("linear_ae_error", linear["held_out_error"], "squared error per image")
    deep = _metrics(AutoencoderSettings())
    report("digits_ae_error", deep["held_out_error"], "squared error per image")
    report("digits_pca_error", deep["pca_error"], "squared error per image")


def _metrics(settings: AutoencoderSettings) -> dict[str, float]:
    """Return the metrics at the end of a run."""
    return seen(trained("autoencoder", settings)).metrics
