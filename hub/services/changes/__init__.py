"""Changes that are told: from the graph's outbox into a stream, and from there to all who follow them."""
