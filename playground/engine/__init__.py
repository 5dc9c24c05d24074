"""Where training happens: a worker process per device, and the web's side of it."""
