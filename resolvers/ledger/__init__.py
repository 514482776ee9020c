"""The ledger in GraphQL: balances, entries, operations, and the mutations that make them."""
