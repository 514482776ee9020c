"""What a person may ask for: everything that the hub knows of them, or that it is erased (PIPL, articles 45 to 47)."""
