"""Servers on loopback in the place of services: what speaks their protocols, without them."""
