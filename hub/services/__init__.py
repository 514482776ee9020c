"""Use cases: one verb a module. They compose rules, graph and connectors; the edges call them."""
