"""The config file: schema, loading with precise errors, secrets, paths, the state folder."""
