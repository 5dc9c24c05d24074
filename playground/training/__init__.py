"""How models are trained: players x batches -> steps, seeds, looks; and what a step may cost."""
