"""The identity graph as it is stored: the only package that talks Bolt."""
