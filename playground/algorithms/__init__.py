"""Algorithms that learn without a model: each is an iterator of the states it goes through."""
