"""The question which known factor of the data moves which latent dimension."""

import numpy as np
import torch
from torch import Tensor

from playground.concepts.vae.training import TrainedVAE
from playground.datasets.sprites import FACTORS
from playground.experiments.base import Answer, Work, question
from playground.metrics.disentanglement import mig, mutual_information

MOST_DATA = 4000
AT_ONCE = 100


class FactorQuestions(TrainedVAE):
    """Compares codes with what the data were drawn from."""

    @question
    @torch.no_grad()
    def factors(self) -> Work[Answer]:
        """Measure how much each latent mean tells of each factor.

        Where the factors are not known, the class is the only one.

        Returns:
            `information` (Z, F), the share of each factor's entropy, 0 to 1; `mig`; the `names`
            of the factors; `n`, how many data were encoded, at most `MOST_DATA`.
        """
        vae, data = self.the_vae(), self.data
        x = np.concatenate([data.train, data.test])[:MOST_DATA]
        classes = np.concatenate([data.train_labels, data.test_labels])[:MOST_DATA]
        known = classes[:, None] if data.factors is None else np.concatenate(data.factors)
        shown = torch.from_numpy(x).to(self.device)
        y = (torch.from_numpy(classes).to(self.device) if self.settings.tells_class else None)
        parts: list[Tensor] = []
        for rows in torch.arange(len(x), device=self.device).split(AT_ONCE):
            yield len(parts) * AT_ONCE / len(x)
            parts.append(vae.encode(shown[rows], None if y is None else y[rows]))
        codes = torch.cat(parts).cpu().numpy()
        columns = []
        for code in codes.T:
            yield None
            columns.append(mutual_information(code[:, None], known[:MOST_DATA]))
        table = np.concatenate(columns)
        names = ["class"] if data.factors is None else list(FACTORS)
        return {"information": table, "mig": mig(table), "names": names, "n": len(x)}
