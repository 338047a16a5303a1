"""What the lab has found out, for people (`text`, by rich) and for programs (`record`, as JSON)."""
