"""PixelCNN and its smaller relatives."""

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.gated_pixel_cnn import GatedPixelCNN
from model_zoo.made import MADE, NADE
from model_zoo.pixel_cnn import PixelCNN
from playground.experiments.autoregressive import AutoregressiveExperiment, Net
from playground.experiments.pixel_cnn.settings import PixelCNNSettings

OPEN = {"itself": 0, "next": 1}
FEATURES_TO_SEE = 12


class PixelCNNExperiment(AutoregressiveExperiment[PixelCNNSettings]):
    """Trains models whose training sees all pixels at once."""

    @classmethod
    def build(cls, settings: PixelCNNSettings, shape: tuple[int, ...]) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""
        levels, hidden = settings.n_levels, settings.hidden
        if settings.model == "fvsbn":
            return MADE(shape, levels, hidden=())
        if settings.model == "made":
            return MADE(shape, levels, hidden=(hidden, hidden))
        if settings.model == "nade":
            return NADE(shape, levels, hidden)
        if settings.model == "gated":
            return GatedPixelCNN(shape, levels, settings.features, settings.blocks,
                                 settings.kernel, settings.dropout)
        model = PixelCNN(shape, levels, settings.features, settings.blocks, settings.kernel)
        if settings.mask in OPEN:
            middle = settings.kernel // 2
            model.first.mask[:, :, middle, middle + OPEN[settings.mask]] = 1
        return model

    @classmethod
    def nets(cls, settings: PixelCNNSettings) -> dict[str, Net]:
        """Return both kinds of convolutional nets, with this first kernel."""
        kernel = settings.kernel
        return {
            "pixel_cnn": lambda shape, depth: PixelCNN(shape, 2, FEATURES_TO_SEE, depth, kernel),
            "gated": lambda shape, depth: GatedPixelCNN(shape, 2, FEATURES_TO_SEE, depth, kernel),
        }
