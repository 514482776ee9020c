"""The HTTP edge: the GraphQL endpoint, GraphiQL, health, metrics."""
