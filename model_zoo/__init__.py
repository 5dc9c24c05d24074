"""The model zoo: one idea per file, pure PyTorch, readable as a lesson."""
