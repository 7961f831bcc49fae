"""The report of a repository as one HTML file."""
