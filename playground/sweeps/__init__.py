"""Sweeps: the same model trained with many settings, and what comes out of that."""
