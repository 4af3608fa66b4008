"""Azure: who may use the keys of a vault or a managed HSM, by role assignments and policies."""
