"""Names and other texts that the code around a hole suggests, without a model."""
