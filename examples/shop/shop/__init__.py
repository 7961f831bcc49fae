"""A small shop: a catalogue, carts, orders and their paperwork."""
