"""Customers and orders from files: CSV, JSON Lines (both perhaps gzipped), XLSX and Parquet.

    source = opening.open_source(path)                     # checks the whole file, before its first row
    mapping = ready.find_mapping(source.columns, system)   # or mapping.load_mapping, or guess.guess_mapping
    outcomes = translate.translate(source, mapping, system, timezone=zone, latest_ms=latest_ms, skip=position)
    rejects = rejects.open_rejects(path, source)           # keeps what was rejected, to be corrected and imported

Nothing is imported here, so that reading a mapping does not load the libraries of every format.
"""
