"""What an engine is worth on this machine: how often it is right, and how long it takes."""
