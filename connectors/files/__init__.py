"""Customers and orders from files: CSV, JSON Lines, XLSX and Parquet.

`open_source` checks a whole file and hands out its rows, `translate` turns them into events by a mapping, and
`open_rejects` keeps, verbatim, the rows that could not be translated, in a form that can be corrected and imported.
"""
