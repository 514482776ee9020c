"""One module a system: what its exports of customers and orders look like."""
