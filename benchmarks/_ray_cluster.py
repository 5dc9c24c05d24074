"""Two nodes of a Ray cluster on this machine, with a CPU each, in a process of their own.

Ray ends whoever has joined a cluster when its head is gone: neither tests nor benchmarks may.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled",
         "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


class TwoNodes:
    """A cluster of two nodes; the second one can be killed.

    Attributes:
        address: what `RAY_ADDRESS` must be.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._ray_cluster"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | QUIET)
        self.address = self._answer()

    def kill_one(self) -> None:
        """Kill all processes of the second node."""
        assert self._process.stdin is not None
        print("kill", file=self._process.stdin, flush=True)
        self._answer()

    def close(self) -> None:
        """End the cluster."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError("the Ray cluster must start")
        return line


def main() -> None:
    """Start both nodes, tell the address, kill one when told so, end when stdin closes."""
    from ray.cluster_utils import Cluster

    here: dict[str, Any] = {"num_cpus": 1, "node_ip_address": "127.0.0.1",
                            "include_log_monitor": False}
    cluster = Cluster(initialize_head=True, head_node_args={
        **here, "include_dashboard": False, "no_monitor": True})
    second = cluster.add_node(**here)
    print(cluster.address, flush=True)
    for _line in sys.stdin:
        cluster.remove_node(second, allow_graceful=False)
        print("killed", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
