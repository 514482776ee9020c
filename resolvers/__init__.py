"""GraphQL: types, loaders, limits and the schema. What it answers comes from `hub.services` and `graph`."""
