"""The gates that a candidate has to pass, cheapest first."""
