"""The bench that every page stands on: its frame, its figures, and who is looking."""
