"""How much an engine takes on."""

from dataclasses import dataclass, field

from playground.engine.memory import gigabytes

WEB_GB = "PLAYGROUND_WEB_GB"


@dataclass(frozen=True)
class Limits:
    """How much an engine takes on.

    Attributes:
        sessions: sessions that train at once, per worker; the others queue.
        queue: runs that may wait.
        background: runs of one session that train at once in the background, per worker: on a
            cluster, as many in each of its places.
        seconds: training time of one run.
        looks: what the looks at a run may cost, as a share of its training time.
        lease: seconds after which a running run that nobody polls is stopped.
        idle_lease: the same for a run that is paused or over; then it is forgotten.
        silence: seconds without a sign of life after which a worker is replaced.
        hang: seconds that one slice of work may take before its worker is replaced.
        answer: seconds that `ask` waits for an answer.
        moment: seconds that a visitor's page waits for one before it shows how far it is.
        abandoned: seconds after which a question that nobody waits for is ended.
        remembered: seconds for which an answer is kept; `shared`, that of a stored run, which
            everybody hears.
        again: seconds that a branch may take to go through its run's steps again.
        memory: bytes of the histories of all runs together; `PLAYGROUND_WEB_GB`, or 2 GB.
    """

    sessions: int = 8
    queue: int = 24
    background: int = 4
    seconds: float = 600.0
    looks: float = 1 / 30
    lease: float = 150.0
    idle_lease: float = 1800.0
    silence: float = 5.0
    hang: float = 12.0
    answer: float = 10.0
    moment: float = 1.0
    abandoned: float = 3.0
    remembered: float = 20.0
    shared: float = 900.0
    again: float = 120.0
    memory: float = field(default_factory=lambda: gigabytes(WEB_GB, 2.0))
