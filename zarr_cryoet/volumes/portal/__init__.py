"""The CryoET Data Portal as a source of volumes: found by its API, fetched from its bucket."""
