"""What the concepts share on the worker's side: what trains, looks and answers."""
