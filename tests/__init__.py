"""Tests, by what they need: nothing (unit), servers (integration), a browser."""
