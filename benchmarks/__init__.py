"""Figures measured side by side, one command: `python -m benchmarks [NAME ...]`."""
