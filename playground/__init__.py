"""The Generative Playground: small models that train before your eyes."""
