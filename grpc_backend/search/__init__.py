"""Which symbols a query means, best first. Knows no SQL and no gRPC."""
