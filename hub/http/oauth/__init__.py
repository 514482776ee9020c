"""The authorization server: programs get their access tokens here (RFC 6749, client credentials)."""
