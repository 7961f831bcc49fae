"""What each command does, one module for each, imported only when the command runs."""
