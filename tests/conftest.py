"""One thread for torch, as in the worker; a virtual device, of which it hears in time; no spares.
"""

import os

import torch
from pseudo import pseudo as pseudo
from virtual_device import register

os.environ["PLAYGROUND_SPARE"] = "0"  # they would take a core from the tests
torch.set_num_threads(1)
register()
