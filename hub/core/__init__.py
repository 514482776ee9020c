"""What every layer shares: the domain model, errors, settings, logs. Imports nothing else of ours."""
