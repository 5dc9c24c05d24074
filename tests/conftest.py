"""One thread for torch, as in the worker."""

import torch

torch.set_num_threads(1)
