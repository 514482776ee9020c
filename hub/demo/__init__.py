"""Demo data: the real purchases of 2,469 households, sold through four invented systems to invented people."""
