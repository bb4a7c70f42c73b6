"""Programs that make what the product ships. Not installed with it."""
