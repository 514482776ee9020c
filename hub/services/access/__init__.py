"""Who may ask what: clients of the API, the keys that sign their tokens, and the log of what they did."""
