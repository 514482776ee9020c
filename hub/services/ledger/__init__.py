"""The ledger's use cases: earning, spending, holding, undoing, balances, the nightly work, and the proof."""
