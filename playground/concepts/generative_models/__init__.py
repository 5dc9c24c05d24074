"""The map of generative models: what they are good for, and their family tree."""
