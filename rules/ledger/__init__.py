"""The ledger's decisions: what an operation does to lots, debts and holds. Pure, in integers.

An operation is a function that posts entries to a `Book`; the state of an account is what its entries add up to, and
nothing else (`account.post`), so that any balance can be added up again and compared.
"""
