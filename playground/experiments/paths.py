"""Ways from one code to another."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.arguments import OneOf


def slerp(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Walk from a to b, (1, Z) each, along a sphere; straight where they lie in one direction.

    Args:
        share: how far, 0 to 1, (N, 1).
    """
    cosine = F.cosine_similarity(a, b, dim=-1).clamp(-1, 1)
    angle = torch.arccos(cosine)[:, None]
    if angle.item() < 1e-3 or angle.item() > torch.pi - 1e-3:
        return torch.lerp(a, b, share)
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


def lerp(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Walk from a to b, (1, Z) each, straight; `share` as in `slerp`."""
    return torch.lerp(a, b, share)


PATHS = {"lerp": lerp, "slerp": slerp}
PathName = Annotated[str, OneOf(tuple(PATHS))]
