"""PixelCNN and its smaller relatives."""

import torch

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.gated_pixel_cnn import GatedPixelCNN
from model_zoo.made import MADE, NADE
from model_zoo.pixel_cnn import PixelCNN
from playground.concepts.pixel_cnn.settings import PixelCNNSettings
from playground.experiments.autoregressive import AutoregressiveExperiment, shared_out
from playground.experiments.autoregressive_settings import CONVOLUTIONAL
from playground.experiments.sight import Net, small_net
from playground.training.updates import PRECISIONS

FEATURES_TO_SEE = 12


class PixelCNNExperiment(AutoregressiveExperiment[PixelCNNSettings]):
    """Trains models whose training sees all pixels at once."""

    @classmethod
    def build(cls, settings: PixelCNNSettings, shape: tuple[int, ...],
              n_classes: int = 0) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""
        levels, hidden = settings.n_levels, settings.hidden
        if settings.model == "fvsbn":
            return MADE(shape, levels, (), n_classes)
        if settings.model == "made":
            return MADE(shape, levels, (hidden, hidden), n_classes)
        if settings.model == "nade":
            return NADE(shape, levels, hidden, n_classes)
        features = shared_out(settings.features, shape[0])
        if settings.model == "gated":
            return GatedPixelCNN(shape, levels, features, settings.blocks, settings.kernel,
                                 settings.dropout, n_classes)
        model = PixelCNN(shape, levels, features, settings.blocks, settings.kernel, n_classes)
        for row, column in settings.turned:
            model.first.turn(row, column)
        return model

    @property
    def precision(self) -> torch.dtype:
        """As the visitor has set it, where there are convolutions."""
        s = self.settings
        return PRECISIONS[s.arithmetic] if s.model in CONVOLUTIONAL else torch.float32

    @classmethod
    def uses(cls, settings: PixelCNNSettings, shape: tuple[int, ...]) -> int:
        """Convolutions use their weights at each pixel, the others once an image."""
        return shape[1] * shape[2] if settings.model in CONVOLUTIONAL else 1

    @classmethod
    def nets(cls, settings: PixelCNNSettings) -> dict[str, Net]:
        """Return both kinds of convolutional nets, with this first kernel."""
        return {name: small_net(kind, FEATURES_TO_SEE, settings.kernel)
                for name, kind in (("pixel_cnn", PixelCNN), ("gated", GatedPixelCNN))}
