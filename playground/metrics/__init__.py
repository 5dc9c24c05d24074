"""How alike two sets are, and what a code has learned."""
