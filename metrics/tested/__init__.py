"""What functions test about a value: which place it was read from, and the literals, members and classes it may be."""
