"""Runs: what they are, what is kept of them, and their way to disk and back."""
