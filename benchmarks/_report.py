"""How a figure is printed: one line, nothing else on it."""


def report(figure: str, value: float, unit: str) -> None:
    """Print one figure."""
    print(f"{figure} {value:.4g} {unit}", flush=True)
