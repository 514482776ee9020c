"""Pure decisions: no I/O, no clock, no randomness. The same evidence gives the same answer, for ever."""
