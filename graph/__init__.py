"""The identity graph as it is stored: the only package that talks Bolt."""

from graph.driver import load_driver

load_driver()
